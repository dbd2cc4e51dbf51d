//! Volumes, their claims and classes.

use gitops_core::Object;
use serde_json::{Value, json};

use super::or;

pub(super) fn claim(object: &mut Value, live: Option<&Object>) {
    claim_template(object);
    if live.is_none() {
        protect(object, "kubernetes.io/pvc-protection");
    }
}

/// A claim as a StatefulSet holds it.
pub(super) fn claim_template(claim: &mut Value) {
    or(&mut claim["spec"], "volumeMode", "Filesystem");
    or(claim, "status", json!({}));
    or(&mut claim["status"], "phase", "Pending");
}

pub(super) fn volume(object: &mut Value, live: Option<&Object>) {
    or(
        &mut object["spec"],
        "persistentVolumeReclaimPolicy",
        "Retain",
    );
    or(&mut object["spec"], "volumeMode", "Filesystem");
    or(object, "status", json!({}));
    or(&mut object["status"], "phase", "Pending");
    if live.is_none() {
        protect(object, "kubernetes.io/pv-protection");
    }
}

pub(super) fn class(object: &mut Value) {
    or(object, "reclaimPolicy", "Delete");
    or(object, "volumeBindingMode", "Immediate");
}

fn protect(object: &mut Value, finalizer: &str) {
    or(&mut object["metadata"], "finalizers", json!([]));
    if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut()
        && !finalizers.iter().any(|it| it == finalizer)
    {
        finalizers.push(finalizer.into());
    }
}
