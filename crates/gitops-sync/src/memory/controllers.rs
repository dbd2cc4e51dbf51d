//! What makes things happen in a cluster: controllers and the kubelet.
//!
//! A controller looks at one object at a time and moves it one step; the step
//! makes due whoever must know of it. Nothing is random and nothing waits: what
//! has to happen later is a timer on the cluster's clock.

mod api_service;
mod condition;
mod daemon_set;
mod definition;
mod deployment;
mod garbage;
mod job;
mod kubelet;
mod namespace;
mod network;
mod pods;
mod replica_set;
mod revision;
mod stateful_set;
mod storage;

use std::sync::Arc;

use gitops_core::{Object, ObjectKey};
use serde_json::Value;

use super::state::State;
use super::write::{self, Writer};

/// Lets controllers work until none has anything left to do at this moment.
pub(super) fn work(state: &mut State) {
    while let Some(key) = state.take_due() {
        reconcile(state, &key);
    }
}

/// Has a definition's kind served at once, as the API server itself does.
pub(super) fn establish(state: &mut State, object: Arc<Object>) -> Arc<Object> {
    let key = object.key();
    if key.group != "apiextensions.k8s.io" || key.kind != "CustomResourceDefinition" {
        return object;
    }
    definition::reconcile(state, &object);
    state.get(&key).cloned().unwrap_or(object)
}

fn reconcile(state: &mut State, key: &ObjectKey) {
    garbage::collect(state, key);
    let Some(object) = state.get(key).cloned() else {
        return;
    };
    match (key.group.as_str(), key.kind.as_str()) {
        ("", "Pod") => kubelet::reconcile(state, &object),
        ("", "Namespace") => namespace::reconcile(state, &object),
        ("", "Service") => network::service(state, &object),
        ("", "PersistentVolumeClaim") => storage::claim(state, &object),
        ("", "PersistentVolume") => storage::volume(state, &object),
        ("apps", "DaemonSet") => daemon_set::reconcile(state, &object),
        ("apps", "StatefulSet") => stateful_set::reconcile(state, &object),
        ("networking.k8s.io", "Ingress") => network::ingress(state, &object),
        ("apiregistration.k8s.io", "APIService") => api_service::reconcile(state, &object),
        ("apps", "Deployment") => deployment::reconcile(state, &object),
        ("apps", "ReplicaSet") => replica_set::reconcile(state, &object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            definition::reconcile(state, &object);
        }
        ("batch", "Job") => job::reconcile(state, &object),
        _ => {}
    }
}

/// Writes the object's status.
fn set_status(state: &mut State, object: &Object, status: Value) {
    let mut value = object.value().clone();
    value["status"] = status;
    write(state, object, value, Some("status"));
}

/// Writes the object; what cannot be written stays as it is, as with a real
/// controller whose write is refused.
fn write(
    state: &mut State,
    object: &Object,
    mut value: Value,
    subresource: Option<&str>,
) -> Option<Arc<Object>> {
    let key = object.key();
    let kind = state.registry.preferred(&key.group_kind())?;
    let kind = state.registry.stored(&kind);
    let live = state.get(&key).cloned()?;
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
        metadata.remove("managedFields");
    }
    let writer = Writer::controller(subresource);
    let written = write::update(state, &kind, &live, value, &writer);
    written.ok().map(|written| written.object)
}

/// Creates an object; none where it cannot be.
fn create(state: &mut State, value: Value) -> Option<Arc<Object>> {
    let object = Object::new(value).ok()?;
    let kind = state.registry.preferred(&object.group_kind())?;
    let written = write::create(state, &kind, &object, &Writer::controller(None));
    written.ok().map(|written| written.object)
}

/// The entry that makes `owner` the object's controller.
fn owner_reference(owner: &Object) -> Value {
    serde_json::json!({
        "apiVersion": owner.api_version(),
        "kind": owner.kind(),
        "name": owner.name(),
        "uid": owner.uid(),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// Whether `owner` is the object's controller.
fn is_controlled_by(object: &Object, owner: &Object) -> bool {
    let references = object.owner_references().iter();
    let mut controllers = references.filter(|it| it["controller"] == true);
    controllers.any(|it| it["uid"].as_str() == owner.uid())
}

/// The objects of a kind that `owner` controls.
fn controlled(state: &State, owner: &Object, kind: &str) -> Vec<Arc<Object>> {
    let mut objects = state.dependants(owner.uid().unwrap_or_default());
    objects.retain(|it| it.kind() == kind && is_controlled_by(it, owner));
    objects
}

/// A number of the object's spec.
fn number(object: &Object, field: &str) -> i64 {
    object.value()["spec"][field].as_i64().unwrap_or(0)
}
