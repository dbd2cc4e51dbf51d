//! Looks at the objects an operation awaits.

use std::collections::BTreeMap;

use futures::StreamExt;
use gitops_core::apply::{self, Reason};
use gitops_core::plan::{Action, Task};
use gitops_core::{Applier, GroupVersionKind, HealthCheck, Object};

use crate::machine::{Awaited, Live, Operation, Refusal, Sight, Sighting};

/// More objects of one kind in one namespace than these are listed instead of
/// looked at one by one.
const MOST_SINGLE: usize = 10;

pub(super) async fn look(
    operation: &Operation,
    cluster: &dyn Applier,
    health: &dyn HealthCheck,
    concurrency: usize,
) -> Vec<Sighting> {
    let mut sightings = Vec::new();
    let mut groups: BTreeMap<(GroupVersionKind, Option<String>), Vec<Awaited>> = BTreeMap::new();
    for awaited in operation.awaited() {
        if let Some(sight) = known(&operation.plan().tasks[awaited.task], health) {
            sightings.push(Sighting {
                task: awaited.task,
                sight,
            });
            continue;
        }
        let object = &awaited.object;
        let place = (object.kind.clone(), object.namespace.clone());
        groups.entry(place).or_default().push(awaited);
    }
    let (many, few): (Vec<_>, Vec<_>) = groups
        .into_iter()
        .partition(|(_, awaited)| awaited.len() > MOST_SINGLE);
    let mut single: Vec<Awaited> = few.into_iter().flat_map(|(_, awaited)| awaited).collect();
    for ((kind, namespace), awaited) in many {
        match cluster.list(&kind, namespace.as_deref()).await {
            Ok(list) => {
                let unlisted = of_list(awaited, &list.objects, health, &mut sightings);
                single.extend(unlisted);
            }
            Err(error) => sightings.extend(awaited.into_iter().map(|awaited| Sighting {
                task: awaited.task,
                sight: unreadable(&error),
            })),
        }
    }
    let looks = single
        .into_iter()
        .map(|awaited| look_at(awaited, cluster, health));
    let mut looks = futures::stream::iter(looks).buffer_unordered(concurrency);
    while let Some(sighting) = looks.next().await {
        sightings.push(sighting);
    }
    sightings.sort_by_key(|sighting| sighting.task);
    sightings
}

/// An object that was left as it is, of a kind that has no health, needs no look.
fn known(task: &Task, health: &dyn HealthCheck) -> Option<Sight> {
    let target = task.target.as_deref()?;
    let has_no_health = matches!(health.check(target), Ok(None));
    if task.action != Action::Keep || !has_no_health {
        return None;
    }
    let mut live = Live::default();
    live.uid.clone_from(&task.live.as_ref()?.uid);
    Some(Sight::Live(live))
}

async fn look_at(awaited: Awaited, cluster: &dyn Applier, health: &dyn HealthCheck) -> Sighting {
    let sight = match cluster.get(&awaited.object).await {
        Ok(Some(object)) => Sight::Live(Live::of(&object, health)),
        Ok(None) => Sight::Gone,
        Err(error) => unreadable(&error),
    };
    let task = awaited.task;
    Sighting { task, sight }
}

/// Adds what a list shows, and returns what it does not: a list may be older than
/// what was applied, so that an object is gone has to be seen on its own.
fn of_list(
    awaited: Vec<Awaited>,
    objects: &[Object],
    health: &dyn HealthCheck,
    sightings: &mut Vec<Sighting>,
) -> Vec<Awaited> {
    let by_name: BTreeMap<&str, &Object> = objects
        .iter()
        .map(|object| (object.name(), object))
        .collect();
    let mut unlisted = Vec::new();
    for awaited in awaited {
        match by_name.get(awaited.object.name.as_str()) {
            Some(object) => sightings.push(Sighting {
                task: awaited.task,
                sight: Sight::Live(Live::of(object, health)),
            }),
            None => unlisted.push(awaited),
        }
    }
    unlisted
}

/// A kind that is no longer served has no objects.
fn unreadable(error: &apply::Error) -> Sight {
    match error.reason {
        Reason::UnknownKind | Reason::NotFound => Sight::Gone,
        _ => Sight::Unreadable(Refusal::from(error)),
    }
}
