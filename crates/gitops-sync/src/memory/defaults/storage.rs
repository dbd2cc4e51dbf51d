//! Volumes, their claims and classes.

use serde_json::{Value, json};

use super::{at, or};

/// A claim, also as a StatefulSet holds it.
pub(super) fn claim(claim: &mut Value) {
    or(&mut claim["spec"], "volumeMode", "Filesystem");
    or(claim, "status", json!({}));
    or(&mut claim["status"], "phase", "Pending");
}

pub(super) fn volume(object: &mut Value) {
    or(
        &mut object["spec"],
        "persistentVolumeReclaimPolicy",
        "Retain",
    );
    or(&mut object["spec"], "volumeMode", "Filesystem");
    if let Some(path) = at(&mut object["spec"], "hostPath") {
        or(path, "type", "");
    }
    or(object, "status", json!({}));
    or(&mut object["status"], "phase", "Pending");
    let time = object["metadata"]["creationTimestamp"].clone();
    or(&mut object["status"], "lastPhaseTransitionTime", time);
}

pub(super) fn class(object: &mut Value) {
    or(object, "reclaimPolicy", "Delete");
    or(object, "volumeBindingMode", "Immediate");
}
