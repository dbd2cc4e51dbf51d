//! What becomes of objects whose owners go.

use std::sync::Arc;

use gitops_core::apply::Propagation;
use gitops_core::{GroupKind, Object, ObjectKey};
use serde_json::Value;

use crate::memory::delete::{self, FOREGROUND, ORPHAN};
use crate::memory::state::State;

/// Deletes the object if its owners are gone, and ends its own deletion if
/// nothing depends on it any more.
pub(super) fn collect(state: &mut State, key: &ObjectKey) {
    if let Some(object) = state.get(key).cloned() {
        follow_owners(state, &object);
    }
    let object = state
        .get(key)
        .filter(|it| it.deletion_timestamp().is_some());
    let Some(object) = object.cloned() else {
        return;
    };
    let finalizers: Vec<&str> = object.finalizers().collect();
    if finalizers.contains(&FOREGROUND) {
        await_dependants(state, &object);
    } else if finalizers.contains(&ORPHAN) {
        release_dependants(state, &object);
    }
}

fn follow_owners(state: &mut State, object: &Arc<Object>) {
    let owners = object.owner_references();
    if owners.is_empty() {
        return;
    }
    let gone = |owner: &Value| !exists(state, object, owner);
    if owners.iter().all(gone) {
        if object.deletion_timestamp().is_none() {
            delete::begin(state, object, Propagation::Background);
        }
        return;
    }
    let waiting = |owner: &Value| {
        let uid = owner["uid"].as_str().unwrap_or_default();
        state.by_uid(uid).is_none_or(|it| awaits_dependants(it))
    };
    if object.deletion_timestamp().is_none() && owners.iter().all(waiting) {
        let object = break_circle(state, object);
        delete::begin(state, &object, Propagation::Foreground);
    }
}

fn awaits_dependants(object: &Object) -> bool {
    object.finalizers().any(|it| it == FOREGROUND)
}

/// Where a dependant of the object is itself waiting for its dependants, the two
/// may wait for each other; the object then no longer blocks its owners.
fn break_circle(state: &mut State, object: &Arc<Object>) -> Arc<Object> {
    let dependants = state.dependants(object.uid().unwrap_or_default());
    if !dependants.iter().any(|it| awaits_dependants(it)) {
        return Arc::clone(object);
    }
    let mut value = object.value().clone();
    let owners = value["metadata"]["ownerReferences"].as_array_mut();
    for owner in owners.into_iter().flatten() {
        owner["blockOwnerDeletion"] = false.into();
    }
    super::write(state, object, value, None).unwrap_or_else(|| Arc::clone(object))
}

/// Whether the owner that is named is there, as what it is named.
fn exists(state: &State, object: &Object, owner: &Value) -> bool {
    let Some(live) = owner["uid"].as_str().and_then(|uid| state.by_uid(uid)) else {
        return false;
    };
    let text = |field: &str| owner[field].as_str().unwrap_or_default();
    let group = text("apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    live.group_kind() == GroupKind::new(group, text("kind"))
        && live.name() == text("name")
        && live
            .namespace()
            .is_none_or(|it| Some(it) == object.namespace())
}

/// Ends a foreground deletion once no dependant blocks it.
fn await_dependants(state: &mut State, object: &Arc<Object>) {
    let uid = object.uid().unwrap_or_default().to_owned();
    let blocks = |dependant: &Arc<Object>| {
        let owners = dependant.owner_references().iter();
        let mut own = owners.filter(|it| it["uid"] == uid.as_str());
        own.any(|it| it["blockOwnerDeletion"] == true)
    };
    let dependants = state.dependants(&uid);
    if !dependants.iter().any(blocks) {
        delete::remove_finalizer(state, object, FOREGROUND);
    }
}

/// Ends an orphaning deletion: dependants forget their owner first.
fn release_dependants(state: &mut State, object: &Arc<Object>) {
    let uid = object.uid().unwrap_or_default().to_owned();
    for dependant in state.dependants(&uid) {
        let mut value = dependant.value().clone();
        if let Some(owners) = value["metadata"]["ownerReferences"].as_array_mut() {
            owners.retain(|it| it["uid"] != uid.as_str());
        }
        super::write(state, &dependant, value, None);
    }
    delete::remove_finalizer(state, object, ORPHAN);
}
