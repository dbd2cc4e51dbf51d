//! Namespaces: what every one has, and how one goes.

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::Propagation;
use serde_json::json;

use super::create;
use crate::memory::delete;
use crate::memory::state::State;

pub(super) fn reconcile(state: &mut State, namespace: &Arc<Object>) {
    match namespace.deletion_timestamp() {
        None => populate(state, namespace.name()),
        Some(_) => empty(state, namespace),
    }
}

/// Every namespace has a service account and the cluster's certificates.
fn populate(state: &mut State, name: &str) {
    let account = json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": name},
    });
    let certificates = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kube-root-ca.crt", "namespace": name},
        "data": {"ca.crt": ""},
    });
    create(state, account);
    create(state, certificates);
}

/// Deletes all that is in the namespace, and the namespace once nothing is.
fn empty(state: &mut State, namespace: &Arc<Object>) {
    let kinds: Vec<_> = state.kinds().cloned().collect();
    let mut left = false;
    for kind in kinds {
        let objects: Vec<_> = state.list(&kind, Some(namespace.name())).cloned().collect();
        for object in objects.iter().filter(|it| it.namespace().is_some()) {
            if object.deletion_timestamp().is_none() {
                delete::begin(state, object, Propagation::Background);
            }
            left |= state.get(&object.key()).is_some();
        }
    }
    if !left && namespace.finalizers().next().is_none() {
        state.discard(&namespace.key());
    }
}
