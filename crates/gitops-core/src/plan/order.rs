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
pub(super) fn sort(tasks: &mut [Task]) {
    let works = works(tasks);
    let order = ordered(tasks, &works);
    let order = dependency::lead(tasks, order);
    number_batches(tasks, &order, &works);
    arrange(tasks, order);
}

/// The tasks in order, by index: those with the same work in the same wave are
/// put together first, so that names are only compared among them.
fn ordered(tasks: &[Task], works: &[Work]) -> Vec<usize> {
    let mut groups: BTreeMap<_, Vec<(Place<'_>, usize)>> = BTreeMap::new();
    for (index, task) in tasks.iter().enumerate() {
        let group = groups.entry((task.step(), works[index]));
        group.or_default().push((Place::of(task), index));
    }
    let mut order = Vec::with_capacity(tasks.len());
    for mut group in groups.into_values() {
        // Many are in order already, which a stable sort makes use of.
        group.sort();
        order.extend(group.into_iter().map(|(_, index)| index));
    }
    order
}

/// Where a task stands among those with the same work. It is the whole identity,
/// so equal places mean the same task.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    name: &'a str,
    kind: &'a str,
    group: &'a str,
    namespace: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(task: &'a Task) -> Self {
        let object = &task.object;
        Self {
            name: &object.name,
            kind: &object.kind.kind,
            group: &object.kind.group,
            namespace: object.namespace.as_deref(),
        }
    }
}

/// Prunes come before what is applied, in the reverse order of kinds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Prune(Reverse<u32>),
    Apply(u32),
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
fn number_batches(tasks: &mut [Task], order: &[usize], works: &[Work]) {
    let mut before = None;
    let mut batch = 0;
    for index in order {
        let task = &mut tasks[*index];
        let this = (task.step(), works[*index]);
        batch = match before {
            Some((step, _)) if step != this.0 => 0,
            Some(before) if before != this => batch + 1,
            _ => batch,
        };
        task.batch = batch;
        before = Some(this);
    }
}

/// Puts the items into an order that is given by index, in place.
///
/// Each place is settled once: what stands in it moves to the place that its
/// item comes from, until the item of the first place is found.
fn arrange<T>(items: &mut [T], mut order: Vec<usize>) {
    for first in 0..order.len() {
        let mut place = first;
        loop {
            let from = std::mem::replace(&mut order[place], place);
            if from == first {
                break;
            }
            items.swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::arrange;

    proptest! {
        #[test]
        fn items_come_into_any_order(
            order in (0..20_usize).prop_flat_map(|count| Just((0..count).collect::<Vec<_>>()).prop_shuffle())
        ) {
            let mut items: Vec<usize> = (0..order.len()).collect();
            arrange(&mut items, order.clone());
            prop_assert_eq!(items, order);
        }
    }
}
