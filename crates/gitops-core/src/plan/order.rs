//! The order of tasks: phase, wave, then what others of the wave need first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::check::defined;
use super::{Action, Moved, Phase, Task};

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
    let mut order = sorted(tasks, &BTreeMap::new());
    let moves = moves(tasks, &order);
    if !moves.is_empty() {
        order = sorted(tasks, &moves);
        take_places(tasks, &moves);
    }
    let mut slots: Vec<Option<Task>> = std::mem::take(tasks).into_iter().map(Some).collect();
    tasks.extend(order.into_iter().filter_map(|index| slots[index].take()));
    number_batches(tasks);
}

/// The tasks in order, by index. Places are made once, not at every comparison.
fn sorted(tasks: &[Task], moves: &BTreeMap<usize, usize>) -> Vec<usize> {
    let mut places: Vec<(Place<'_>, usize)> = (0..tasks.len())
        .map(|index| (Place::moved(tasks, index, moves), index))
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, index)| index).collect()
}

/// Where a task stands. It ends in the whole identity, so equal places mean the
/// same task.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    step: (Phase, i64),
    work: Work,
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
    fn of(task: &'a Task) -> Self {
        Self {
            step: task.step(),
            work: Work::of(task),
            name: &task.object.name,
            kind: &task.object.kind.kind,
            group: &task.object.kind.group,
            namespace: task.object.namespace.as_deref(),
            lead: Lead::Itself,
            own_name: &task.object.name,
        }
    }

    fn moved(tasks: &'a [Task], index: usize, moves: &BTreeMap<usize, usize>) -> Self {
        let task = &tasks[index];
        match moves.get(&index) {
            None => Self::of(task),
            Some(needed_by) => Self {
                lead: Lead::of(task),
                own_name: &task.object.name,
                ..Self::of(&tasks[*needed_by])
            },
        }
    }
}

impl Work {
    fn of(task: &Task) -> Self {
        let rank = kind_rank(&task.object.kind.kind);
        if task.is_prune() {
            Self::Prune(Reverse(rank))
        } else {
            Self::Apply(rank)
        }
    }
}

impl Lead {
    fn of(task: &Task) -> Self {
        if task.is("", "Namespace") {
            Self::Namespace
        } else {
            Self::Definition
        }
    }
}

/// Which task goes directly before which, by index.
fn moves(tasks: &[Task], order: &[usize]) -> BTreeMap<usize, usize> {
    let needed = Needed::of(tasks);
    if needed.is_empty() {
        return BTreeMap::new();
    }
    let mut moves = BTreeMap::new();
    let mut made = BTreeSet::new();
    for index in order {
        let task = &tasks[*index];
        made.insert(*index);
        if task.is_prune() {
            continue;
        }
        for dependency in needed.by(task) {
            if !made.contains(&dependency) {
                moves.entry(dependency).or_insert(*index);
            }
        }
    }
    moves
}

/// The tasks that others may need, by what they make.
struct Needed<'a> {
    namespaces: BTreeMap<&'a str, usize>,
    definitions: BTreeMap<(String, String), usize>,
}

impl<'a> Needed<'a> {
    fn of(tasks: &'a [Task]) -> Self {
        let mut needed = Self {
            namespaces: BTreeMap::new(),
            definitions: BTreeMap::new(),
        };
        for (index, task) in tasks.iter().enumerate() {
            let Some(target) = &task.target else { continue };
            if task.is("", "Namespace") {
                needed.namespaces.entry(&task.object.name).or_insert(index);
            } else if task.is("apiextensions.k8s.io", "CustomResourceDefinition")
                && let Some(kind) = defined(target)
            {
                needed.definitions.entry(kind).or_insert(index);
            }
        }
        needed
    }

    fn is_empty(&self) -> bool {
        self.namespaces.is_empty() && self.definitions.is_empty()
    }

    fn by(&self, task: &Task) -> impl Iterator<Item = usize> {
        let namespace = task.object.namespace.as_deref();
        let namespace = namespace.and_then(|name| self.namespaces.get(name));
        let definition = if self.definitions.is_empty() {
            None
        } else {
            let kind = &task.object.kind;
            self.definitions
                .get(&(kind.group.clone(), kind.kind.clone()))
        };
        namespace.into_iter().chain(definition).copied()
    }
}

fn take_places(tasks: &mut [Task], moves: &BTreeMap<usize, usize>) {
    for (index, needed_by) in moves {
        let dependant = &tasks[*needed_by];
        let (phase, wave) = dependant.step();
        let needed_by = dependant.object.clone();
        let task = &mut tasks[*index];
        if task.step() != (phase, wave) {
            task.moved = Some(Moved {
                phase: task.phase,
                wave: task.wave,
                needed_by,
            });
            (task.phase, task.wave) = (phase, wave);
        }
    }
}

/// A batch is a run of tasks of one wave with the same work on kinds of one rank.
fn number_batches(tasks: &mut [Task]) {
    let mut before = None;
    let mut batch = 0;
    for task in tasks {
        let this = (task.step(), Work::of(task));
        batch = match before {
            Some((step, _)) if step != this.0 => 0,
            Some(before) if before != this => batch + 1,
            _ => batch,
        };
        task.batch = batch;
        before = Some(this);
    }
}
