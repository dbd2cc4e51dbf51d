//! Volumes, claims and classes of storage.

use serde_json::{Map, Value, json};

use super::{made, map, maps, one, pod, round_amounts, set, set_absent, text};

const FILE_MODE: i64 = 0o644;

/// A volume of a pod.
pub(super) fn volume(volume: &mut Map<String, Value>) {
    if !pod::has_source(volume) {
        volume.insert("emptyDir".into(), Map::new().into());
    }
    for key in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = map(volume, key) {
            set(source, "defaultMode", FILE_MODE);
        }
    }
    if let Some(source) = map(volume, "downwardAPI") {
        maps(source, "items").for_each(pod::field_reference);
    }
    if let Some(source) = map(volume, "projected") {
        maps(source, "sources").for_each(projection);
    }
    let template = map(volume, "ephemeral").and_then(|source| map(source, "volumeClaimTemplate"));
    if let Some(spec) = template.and_then(|template| made(template, "spec")) {
        claim_spec(spec);
    }
    if let Some(image) = map(volume, "image") {
        let policy = pod::pull_policy(text(image, "reference"));
        set(image, "pullPolicy", policy);
    }
    source(volume);
}

fn projection(source: &mut Map<String, Value>) {
    if let Some(token) = map(source, "serviceAccountToken") {
        set(token, "expirationSeconds", 3600);
    }
    if let Some(source) = map(source, "downwardAPI") {
        maps(source, "items").for_each(pod::field_reference);
    }
}

/// Sources that a pod's volume and a persistent volume share.
fn source(parent: &mut Map<String, Value>) {
    if let Some(source) = map(parent, "hostPath") {
        // An empty type is a value of its own: no check.
        if !source.contains_key("type") || source.get("type") == Some(&Value::Null) {
            source.insert("type".into(), "".into());
        }
    }
    if let Some(source) = map(parent, "iscsi") {
        set(source, "iscsiInterface", "default");
    }
    if let Some(source) = map(parent, "rbd") {
        set(source, "pool", "rbd");
        set(source, "user", "admin");
        set(source, "keyring", "/etc/ceph/keyring");
    }
    if let Some(source) = map(parent, "azureDisk") {
        set(source, "cachingMode", "ReadWrite");
        set(source, "kind", "Shared");
        set(source, "fsType", "ext4");
        set(source, "readOnly", false);
    }
    if let Some(source) = map(parent, "scaleIO") {
        set(source, "storageMode", "ThinProvisioned");
        set(source, "fsType", "xfs");
    }
}

pub(super) fn persistent_volume(object: &mut Map<String, Value>) {
    if let Some(status) = made(object, "status") {
        set(status, "phase", "Pending");
    }
    let Some(spec) = made(object, "spec") else {
        return;
    };
    set(spec, "persistentVolumeReclaimPolicy", "Retain");
    set_absent(spec, "volumeMode", "Filesystem");
    round_amounts(spec, "capacity");
    source(spec);
}

/// A claim, or a template of one.
pub(super) fn claim(object: &mut Map<String, Value>) {
    if let Some(status) = made(object, "status") {
        set(status, "phase", "Pending");
    }
    if let Some(spec) = made(object, "spec") {
        claim_spec(spec);
    }
}

fn claim_spec(spec: &mut Map<String, Value>) {
    set_absent(spec, "volumeMode", "Filesystem");
    if let Some(resources) = map(spec, "resources") {
        round_amounts(resources, "limits");
        round_amounts(resources, "requests");
    }
}

pub(super) fn class(object: &mut Map<String, Value>) {
    set(object, "reclaimPolicy", "Delete");
    set(object, "volumeBindingMode", "Immediate");
}

pub(super) fn driver(version: &str, object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else {
        return;
    };
    set(spec, "attachRequired", true);
    set(spec, "podInfoOnMount", false);
    set(spec, "storageCapacity", false);
    set(spec, "requiresRepublish", false);
    set(spec, "seLinuxMount", false);
    let policy = "ReadWriteOnceWithFSType";
    set(spec, "fsGroupPolicy", policy);
    let modes = spec.get("volumeLifecycleModes");
    if modes.is_none_or(|modes| *modes == json!([]) || modes.is_null()) && !version.is_empty() {
        spec.insert("volumeLifecycleModes".into(), one("Persistent"));
    }
}
