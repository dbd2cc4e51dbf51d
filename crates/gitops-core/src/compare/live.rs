//! Live objects, made ready: duplicates out, shared ones reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Settings;
use crate::api::Condition;
use crate::{Object, ObjectKey};

/// The live objects by key. What the API server shows under several groups with
/// one UID stays under all of them until targets are known.
pub(super) type Live = BTreeMap<ObjectKey, Arc<Object>>;

pub(super) fn prepare(objects: impl Iterator<Item = Arc<Object>>, settings: &Settings) -> Live {
    let mine = |object: &Object| settings.tracking.owner(object);
    let mut live = Live::new();
    for object in objects {
        let key = object.key();
        // Whatever order they come in, one that carries our mark is kept.
        let owned = mine(&object).is_some_and(|owner| owner == settings.instance);
        if owned || !live.contains_key(&key) {
            live.insert(key, object);
        }
    }
    live
}

/// Objects that carry the mark of another application.
pub(super) fn shared(live: &Live, settings: &Settings) -> Vec<Condition> {
    let shown = |instance: &str| instance.replace('_', "/");
    let mut conditions = Vec::new();
    for object in live.values() {
        let Some(owner) = settings.tracking.owner(object) else {
            continue;
        };
        if owner == settings.instance || settings.instance.is_empty() {
            continue;
        }
        let message = format!(
            "{}/{} is part of applications {} and {}",
            object.kind(),
            object.name(),
            shown(&settings.instance),
            shown(&owner),
        );
        conditions.push(Condition::new("SharedResourceWarning", message));
    }
    conditions
}

/// Leaves one of the objects that are the same under several API groups: the one
/// that is wanted, or the first by key.
pub(super) fn without_twins(live: &mut Live, wanted: &BTreeSet<ObjectKey>) {
    let mut twins: BTreeMap<String, Vec<ObjectKey>> = BTreeMap::new();
    for (key, object) in live.iter() {
        if let Some(uid) = object.uid() {
            twins.entry(uid.to_owned()).or_default().push(key.clone());
        }
    }
    for keys in twins.into_values().filter(|keys| keys.len() > 1) {
        let keep = keys
            .iter()
            .find(|key| wanted.contains(*key))
            .unwrap_or(&keys[0]);
        for key in keys
            .iter()
            .filter(|key| *key != keep && !wanted.contains(*key))
        {
            live.remove(key);
        }
    }
}
