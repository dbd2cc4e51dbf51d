//! What cannot be changed once it is there.

use serde_json::Value;

use crate::memory::registry::Kind;

const IMMUTABLE: &str = "field is immutable";

/// Says which changes from `old` to `new` are refused.
pub(super) fn check(kind: &Kind, old: &Value, new: &Value, causes: &mut Vec<String>) {
    let id = &kind.resource.kind;
    match (id.group.as_str(), id.kind.as_str()) {
        ("apps", "Deployment" | "ReplicaSet" | "DaemonSet") => {
            fixed(&["spec.selector"], old, new, causes);
        }
        ("apps", "StatefulSet") => stateful_set(old, new, causes),
        ("batch", "Job") => job(old, new, causes),
        ("", "Service") => service(old, new, causes),
        ("", "PersistentVolumeClaim") => claim(old, new, causes),
        ("", "ConfigMap" | "Secret") => frozen(id.kind.as_str(), old, new, causes),
        ("", "Pod") => pod(old, new, causes),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding")
            if old["roleRef"] != new["roleRef"] =>
        {
            causes.push(cause("roleRef", &new["roleRef"], "cannot change roleRef"));
        }
        ("storage.k8s.io", "StorageClass") => storage_class(old, new, causes),
        ("scheduling.k8s.io", "PriorityClass") => {
            fixed(&["value", "preemptionPolicy"], old, new, causes);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            fixed(
                &["spec.scope", "spec.names.kind", "spec.group"],
                old,
                new,
                causes,
            );
        }
        _ => {}
    }
}

fn cause(path: &str, value: &Value, fault: &str) -> String {
    format!("{path}: Invalid value: {value}: {fault}")
}

fn fixed(paths: &[&str], old: &Value, new: &Value, causes: &mut Vec<String>) {
    for path in paths {
        let pointer = format!("/{}", path.replace('.', "/"));
        let (old, new) = (old.pointer(&pointer), new.pointer(&pointer));
        if old != new {
            causes.push(cause(path, new.unwrap_or(&Value::Null), IMMUTABLE));
        }
    }
}

/// The spec without the fields that may change.
fn rest(spec: &Value, mutable: &[&str]) -> Value {
    let mut rest = spec.clone();
    if let Some(map) = rest.as_object_mut() {
        map.retain(|name, _| !mutable.contains(&name.as_str()));
    }
    rest
}

fn stateful_set(old: &Value, new: &Value, causes: &mut Vec<String>) {
    let mutable = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    if rest(&old["spec"], &mutable) != rest(&new["spec"], &mutable) {
        causes.push(
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', \
             'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', \
             'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
                .into(),
        );
    }
}

fn job(old: &Value, new: &Value, causes: &mut Vec<String>) {
    let paths = ["spec.completions", "spec.selector", "spec.completionMode"];
    fixed(&paths, old, new, causes);
    let suspended = old["spec"]["suspend"] == true && old["status"].get("startTime").is_none();
    if !suspended {
        fixed(&["spec.template"], old, new, causes);
    }
}

fn service(old: &Value, new: &Value, causes: &mut Vec<String>) {
    let (before, after) = (&old["spec"], &new["spec"]);
    let external = |spec: &Value| spec["type"] == "ExternalName";
    if external(before) || external(after) {
        return;
    }
    let address = &before["clusterIP"];
    if address.as_str().is_some_and(|it| !it.is_empty()) && *address != after["clusterIP"] {
        let value = &after["clusterIPs"];
        let fault = "may not change once set";
        causes.push(cause("spec.clusterIPs[0]", &value[0], fault));
    }
}

fn claim(old: &Value, new: &Value, causes: &mut Vec<String>) {
    let mut before = rest(&old["spec"], &["resources", "volumeAttributesClassName"]);
    let after = rest(&new["spec"], &["resources", "volumeAttributesClassName"]);
    // Who binds the claim sets its volume, once.
    if before.get("volumeName").is_none()
        && let Some(volume) = after.get("volumeName")
    {
        before["volumeName"] = volume.clone();
    }
    if before != after {
        causes.push(
            "spec: Forbidden: spec is immutable after creation except resources.requests and \
             volumeAttributesClassName for bound claims"
                .into(),
        );
    }
}

fn frozen(kind: &str, old: &Value, new: &Value, causes: &mut Vec<String>) {
    if kind == "Secret" && old["type"] != new["type"] {
        causes.push(cause("type", &new["type"], IMMUTABLE));
    }
    if old["immutable"] != true {
        return;
    }
    let why = "Forbidden: field is immutable when `immutable` is set";
    for field in ["immutable", "data", "binaryData"] {
        if old.get(field) != new.get(field) {
            causes.push(format!("{field}: {why}"));
        }
    }
}

/// A pod's images may change and little else.
fn pod(old: &Value, new: &Value, causes: &mut Vec<String>) {
    let mutable = [
        "activeDeadlineSeconds",
        "terminationGracePeriodSeconds",
        "tolerations",
        "schedulingGates",
        "nodeName",
    ];
    let frozen = |pod: &Value| {
        let mut spec = rest(&pod["spec"], &mutable);
        for list in ["containers", "initContainers"] {
            for container in spec[list].as_array_mut().into_iter().flatten() {
                if let Some(container) = container.as_object_mut() {
                    container.remove("image");
                }
            }
        }
        spec
    };
    if frozen(old) != frozen(new) {
        causes.push(
            "spec: Forbidden: pod updates may not change fields other than \
             `spec.containers[*].image`,`spec.initContainers[*].image`,\
             `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
             tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it \
             was previously negative)"
                .into(),
        );
    }
}

fn storage_class(old: &Value, new: &Value, causes: &mut Vec<String>) {
    for field in [
        "parameters",
        "provisioner",
        "reclaimPolicy",
        "volumeBindingMode",
    ] {
        if old.get(field) != new.get(field) {
            causes.push(format!(
                "{field}: Forbidden: updates to {field} are forbidden."
            ));
        }
    }
}
