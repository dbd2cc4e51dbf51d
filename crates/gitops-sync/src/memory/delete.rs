//! Deletion: finalizers, owners, propagation.

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::{DeleteOptions, Error, Propagation};
use serde_json::{Value, json};

use super::errors;
use super::registry::Kind;
use super::state::State;

/// The finalizer that keeps an object until its dependants are gone.
pub(super) const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer that keeps an object until its dependants have forgotten it.
pub(super) const ORPHAN: &str = "orphan";

/// Asks for the deletion of `live`.
pub(super) fn delete(
    state: &mut State,
    kind: &Kind,
    live: &Arc<Object>,
    options: &DeleteOptions,
) -> Result<(), Error> {
    if let (Some(wanted), Some(found)) = (options.uid.as_deref(), live.uid())
        && wanted != found
    {
        return Err(errors::other_uid(kind, live.name(), wanted, found));
    }
    if options.dry_run {
        return Ok(());
    }
    begin(state, live, options.propagation);
    Ok(())
}

/// Begins a deletion, and ends it where nothing is in its way.
pub(super) fn begin(state: &mut State, live: &Arc<Object>, propagation: Propagation) {
    let mut finalizers: Vec<&str> = live.finalizers().collect();
    let own = match propagation {
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Background => None,
        Propagation::Orphan => Some(ORPHAN),
    };
    finalizers
        .retain(|it| ![FOREGROUND, ORPHAN].contains(it) || live.deletion_timestamp().is_some());
    if let Some(own) = own.filter(|own| !finalizers.contains(own))
        && live.deletion_timestamp().is_none()
    {
        finalizers.push(own);
    }
    if finalizers.is_empty() && !waits_for_controller(live) {
        state.discard(&live.key());
        return;
    }
    let time = state.time();
    let mut value = live.value().clone();
    let metadata = &mut value["metadata"];
    metadata["finalizers"] = json!(finalizers);
    if finalizers.is_empty() {
        remove(metadata, "finalizers");
    }
    if live.deletion_timestamp().is_none() {
        metadata["deletionTimestamp"] = time.into();
        metadata["deletionGracePeriodSeconds"] = grace(live).into();
        if let Some(generation) = live.generation() {
            metadata["generation"] = (generation + 1).into();
        }
        if live.kind() == "Namespace" && live.group().is_empty() {
            value["status"]["phase"] = "Terminating".into();
        }
    }
    if value != *live.value() {
        state.store(rebuilt(value));
    }
}

/// Takes the finalizer away, and the object where it was the last.
pub(super) fn remove_finalizer(state: &mut State, live: &Arc<Object>, finalizer: &str) {
    let rest: Vec<&str> = live.finalizers().filter(|it| *it != finalizer).collect();
    if rest.is_empty() && live.deletion_timestamp().is_some() && !waits_for_controller(live) {
        state.discard(&live.key());
        return;
    }
    let mut value = live.value().clone();
    if rest.is_empty() {
        remove(&mut value["metadata"], "finalizers");
    } else {
        value["metadata"]["finalizers"] = json!(rest);
    }
    if value != *live.value() {
        state.store(rebuilt(value));
    }
}

/// Whether a controller ends the deletion: the kubelet a pod's, the namespace
/// controller a namespace's, the API server a definition's.
pub(super) fn waits_for_controller(object: &Object) -> bool {
    match (object.group(), object.kind()) {
        ("", "Namespace") | ("apiextensions.k8s.io", "CustomResourceDefinition") => true,
        ("", "Pod") => object.value()["spec"].get("nodeName").is_some(),
        _ => false,
    }
}

fn grace(object: &Object) -> i64 {
    match object.kind() {
        "Pod" => object.value()["spec"]["terminationGracePeriodSeconds"]
            .as_i64()
            .unwrap_or(30),
        _ => 0,
    }
}

fn remove(map: &mut Value, field: &str) {
    if let Some(map) = map.as_object_mut() {
        map.remove(field);
    }
}

fn rebuilt(value: Value) -> Object {
    Object::new(value).expect("a deletion does not change what identifies an object")
}
