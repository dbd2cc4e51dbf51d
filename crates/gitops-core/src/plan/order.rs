//! The order of tasks: phase, wave, then what others of the wave need first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::repeat::Repeat;
use super::{Action, Phase, Task, dependency};

/// Kinds in the order of creation; all others follow.
const KINDS: [&str; 35] = [
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

/// A kind's place in the order of creation within a wave, whatever its group;
/// kinds without a place of their own share the last.
pub fn kind_rank(kind: &str) -> u32 {
    let rank = KINDS.iter().position(|known| *known == kind);
    u32::try_from(rank.unwrap_or(KINDS.len())).unwrap_or(u32::MAX)
}

/// Reverses the waves of prunes among themselves, so that what came last goes
/// first, and puts those that go last behind all others.
pub(super) fn place_prunes(tasks: &mut [Task]) {
    let waves: BTreeSet<i64> = tasks
        .iter()
        .filter(|task| task.is_prune())
        .map(|task| task.wave)
        .collect();
    let swapped: BTreeMap<i64, i64> = waves
        .iter()
        .copied()
        .zip(waves.iter().rev().copied())
        .collect();
    for task in tasks.iter_mut().filter(|task| task.is_prune()) {
        task.wave = swapped[&task.wave];
    }
    let last = tasks
        .iter()
        .filter(|task| task.phase == Phase::Sync)
        .map(|task| task.wave)
        .fold(0, i64::max)
        .saturating_add(1);
    for task in tasks {
        if matches!(task.action, Action::Prune { last: true, .. }) {
            task.wave = last;
        }
    }
}

/// Sorts tasks into the order of carrying out and numbers their batches.
///
/// A Namespace and a CustomResourceDefinition go directly before the first task
/// that needs them, with its phase and wave, where they would come later.
pub(super) fn sort(tasks: &mut Vec<Task>) {
    let works = works(tasks);
    let mut order = ordered(tasks, &works, &BTreeMap::new());
    let moves = dependency::moves(tasks, &order);
    if !moves.is_empty() {
        order = ordered(tasks, &works, &moves);
        dependency::take_places(tasks, &moves);
    }
    let mut slots: Vec<Option<Task>> = std::mem::take(tasks).into_iter().map(Some).collect();
    tasks.reserve_exact(order.len());
    tasks.extend(order.iter().filter_map(|index| slots[*index].take()));
    let works = order.into_iter().map(|index| works[index]);
    number_batches(tasks, works);
}

/// The tasks in order, by index: those with the same work in the same wave are
/// put together first, so that names are only compared among them.
fn ordered(tasks: &[Task], works: &[Work], moves: &BTreeMap<usize, usize>) -> Vec<usize> {
    let mut groups: BTreeMap<_, Vec<(Place<'_>, usize)>> = BTreeMap::new();
    for index in 0..tasks.len() {
        let like = moves.get(&index).copied();
        let place = Place::of(tasks, index, like);
        let like = like.unwrap_or(index);
        let group = groups.entry((tasks[like].step(), works[like]));
        group.or_default().push((place, index));
    }
    let mut order = Vec::with_capacity(tasks.len());
    for mut group in groups.into_values() {
        // Many are in order already, which a stable sort makes use of.
        group.sort();
        order.extend(group.into_iter().map(|(_, index)| index));
    }
    order
}

/// Where a task stands among those with the same work. It ends in the whole
/// identity, so equal places mean the same task.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    name: &'a str,
    kind: &'a str,
    group: &'a str,
    namespace: Option<&'a str>,
    lead: Lead,
    own_name: &'a str,
}

/// Prunes come before what is applied, in the reverse order of kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Prune(Reverse<u32>),
    Apply(u32),
}

/// What stands directly before the task whose place it shares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lead {
    Namespace,
    Definition,
    Itself,
}

impl<'a> Place<'a> {
    /// The place of a task, or directly before the one that it is `like`.
    fn of(tasks: &'a [Task], index: usize, like: Option<usize>) -> Self {
        let own = &tasks[index];
        let object = &tasks[like.unwrap_or(index)].object;
        let lead = match like {
            None => Lead::Itself,
            Some(_) if own.is("", "Namespace") => Lead::Namespace,
            Some(_) => Lead::Definition,
        };
        Self {
            name: &object.name,
            kind: &object.kind.kind,
            group: &object.kind.group,
            namespace: object.namespace.as_deref(),
            lead,
            own_name: &own.object.name,
        }
    }
}

/// The work of each task.
fn works(tasks: &[Task]) -> Vec<Work> {
    let mut ranks = Repeat::new();
    let mut works = Vec::with_capacity(tasks.len());
    for task in tasks {
        let rank = ranks.ask(task.object.kind.kind.as_str(), |kind| kind_rank(kind));
        works.push(if task.is_prune() {
            Work::Prune(Reverse(rank))
        } else {
            Work::Apply(rank)
        });
    }
    works
}

/// A batch is a run of tasks of one wave with the same work on kinds of one rank.
fn number_batches(tasks: &mut [Task], works: impl Iterator<Item = Work>) {
    let mut before = None;
    let mut batch = 0;
    for (task, work) in tasks.iter_mut().zip(works) {
        let this = (task.step(), work);
        batch = match before {
            Some((step, _)) if step != this.0 => 0,
            Some(before) if before != this => batch + 1,
            _ => batch,
        };
        task.batch = batch;
        before = Some(this);
    }
}
