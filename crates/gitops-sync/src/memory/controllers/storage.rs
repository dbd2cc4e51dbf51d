//! What gives claims their volumes.

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::ObjectKey;
use gitops_core::apply::Propagation;
use serde_json::json;

use super::{create, set_status, write};
use crate::memory::delete;
use crate::memory::state::State;

const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

/// A claim gets a volume of its own, and loses it when it goes.
pub(super) fn claim(state: &mut State, claim: &Arc<Object>) {
    if claim.deletion_timestamp().is_some() {
        let volume = claim.value()["spec"]["volumeName"]
            .as_str()
            .unwrap_or_default();
        let volume = ObjectKey::new("", "PersistentVolume", "", volume);
        if let Some(volume) = state.get(&volume).filter(|it| is_ours(it, claim)).cloned() {
            delete::begin(state, &volume, Propagation::Background);
        }
        return delete::remove_finalizer(state, claim, CLAIM_PROTECTION);
    }
    if claim.value()["status"]["phase"] == "Bound" {
        return;
    }
    if let Some(bound) = bind(state, claim) {
        let spec = &bound.value()["spec"];
        let mut status = bound.value()["status"].clone();
        status["phase"] = "Bound".into();
        status["accessModes"] = spec["accessModes"].clone();
        status["capacity"] = spec["resources"]["requests"].clone();
        set_status(state, &bound, status);
    }
}

/// A volume is protected while something uses it; here nothing ever does.
pub(super) fn volume(state: &mut State, volume: &Arc<Object>) {
    if volume.deletion_timestamp().is_some() {
        delete::remove_finalizer(state, volume, VOLUME_PROTECTION);
    } else if volume.value()["status"]["phase"] == "Pending" {
        let phase = match volume.value()["spec"].get("claimRef") {
            Some(_) => "Bound",
            None => "Available",
        };
        let mut status = volume.value()["status"].clone();
        status["phase"] = phase.into();
        set_status(state, volume, status);
    }
}

/// The claim with the name of its volume, which is made where it is not named.
fn bind(state: &mut State, claim: &Arc<Object>) -> Option<Arc<Object>> {
    let spec = &claim.value()["spec"];
    if spec["volumeName"].is_string() {
        return Some(Arc::clone(claim));
    }
    let name = format!("pvc-{}", claim.uid().unwrap_or_default());
    let volume = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "accessModes": spec["accessModes"],
            "capacity": spec["resources"]["requests"],
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": claim.name(),
                "namespace": claim.namespace(),
                "uid": claim.uid(),
            },
            "hostPath": {"path": format!("/var/lib/volumes/{name}")},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": spec["storageClassName"],
            "volumeMode": spec["volumeMode"],
        },
    });
    create(state, volume)?;
    let mut value = claim.value().clone();
    value["spec"]["volumeName"] = name.into();
    value["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"] = "yes".into();
    value["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"] = "yes".into();
    write(state, claim, value, None)
}

fn is_ours(volume: &Object, claim: &Object) -> bool {
    volume.value()["spec"]["claimRef"]["uid"].as_str() == claim.uid()
}
