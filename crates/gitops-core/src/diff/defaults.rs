//! What the API server fills in where a manifest says nothing.
//!
//! Applied to both sides of a comparison, so that a field nobody set is no
//! difference. The values are those of the server's built-in defaulting.

mod admission;
mod apps;
mod autoscaling;
mod batch;
mod network;
mod pod;
mod rbac;
mod storage;
mod structural;
mod workload;

use serde_json::{Map, Value, json};

use crate::schema::Schema;
use crate::{GroupVersionKind, quantity};

/// Fills in what the API server would: for custom resources what their schema says,
/// for the built-in kinds what the server's own defaulting does.
pub(crate) fn fill_in(kind: &GroupVersionKind, schema: Option<Schema<'_>>, object: &mut Value) {
    if let Some(schema) = schema.filter(|schema| schema.is_custom()) {
        structural::fill_in(schema, object);
    } else {
        built_in(kind, object);
    }
}

fn built_in(kind: &GroupVersionKind, object: &mut Value) {
    let Some(object) = object.as_object_mut() else {
        return;
    };
    let version = kind.version.as_str();
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => pod::pod(object),
        ("", "PodTemplate") => pod::template(object),
        ("", "ReplicationController") => workload::replication_controller(object),
        ("", "Service") => network::service(object),
        ("", "Secret") => set(object, "type", "Opaque"),
        ("", "Namespace") => namespace(object),
        ("", "PersistentVolume") => storage::persistent_volume(object),
        ("", "PersistentVolumeClaim") => storage::claim(object),
        ("", "LimitRange") => limit_range(object),
        ("", "Endpoints") => network::endpoints(object),
        ("", "ResourceQuota") => resource_quota(object),
        ("apps" | "extensions", "Deployment") => apps::deployment(version, &kind.group, object),
        ("apps" | "extensions", "DaemonSet") => apps::daemon_set(version, object),
        ("apps" | "extensions", "ReplicaSet") => apps::replica_set(version, object),
        ("apps", "StatefulSet") => apps::stateful_set(version, object),
        ("batch", "Job") => batch::job(object),
        ("batch", "CronJob") => batch::cron_job(object),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaling::autoscaler(version, object),
        ("networking.k8s.io" | "extensions", "NetworkPolicy") => network::policy(object),
        ("networking.k8s.io", "IngressClass") => network::ingress_class(object),
        ("networking.k8s.io" | "extensions", "Ingress") => network::ingress(version, object),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(object),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rbac::binding(version, object);
        }
        ("storage.k8s.io", "StorageClass") => storage::class(object),
        ("storage.k8s.io", "CSIDriver") => storage::driver(version, object),
        (admission::GROUP, _) => admission::fill_in(version, &kind.kind, object),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") => priority_level(object),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema") => flow_schema(object),
        ("scheduling.k8s.io", "PriorityClass") => {
            set(object, "preemptionPolicy", "PreemptLowerPriority");
        }
        ("certificates.k8s.io", "CertificateSigningRequest") if version == "v1beta1" => {}
        _ => {}
    }
}

/// Sets a field that is absent, null or an empty text.
fn set(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    if is_unset(map.get(key)) {
        map.insert(key.to_owned(), value.into());
    }
}

/// Sets a field that is absent or null: where the server tells an empty text apart.
fn set_absent(map: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    if map.get(key).is_none_or(Value::is_null) {
        map.insert(key.to_owned(), value.into());
    }
}

fn is_unset(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The map under `key`, where there is one.
fn map<'a>(parent: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    parent.get_mut(key)?.as_object_mut()
}

/// The map under `key`, made where there is none; `None` when something else is there.
fn made<'a>(parent: &'a mut Map<String, Value>, key: &str) -> Option<&'a mut Map<String, Value>> {
    set(parent, key, Map::new());
    map(parent, key)
}

/// The maps in the list under `key`.
fn maps<'a>(
    parent: &'a mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let list = parent.get_mut(key).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

fn has_entries(map: &Map<String, Value>, key: &str) -> bool {
    match map.get(key) {
        Some(Value::Object(map)) => !map.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        _ => false,
    }
}

/// Rounds every amount under `key` up to thousandths.
fn round_amounts(parent: &mut Map<String, Value>, key: &str) {
    let Some(amounts) = map(parent, key) else {
        return;
    };
    for value in amounts.values_mut() {
        let rounded = match value {
            Value::String(text) => quantity::rounded_to_milli(text),
            Value::Number(number) => quantity::rounded_to_milli(&number.to_string()),
            _ => None,
        };
        if let Some(rounded) = rounded {
            *value = rounded.into();
        }
    }
}

fn namespace(object: &mut Map<String, Value>) {
    if let Some(status) = made(object, "status") {
        set(status, "phase", "Active");
    }
    let Some(metadata) = map(object, "metadata") else {
        return;
    };
    let name = text(metadata, "name").to_owned();
    if let Some(labels) = made(metadata, "labels").filter(|_| !name.is_empty()) {
        // Whatever else is there, the server writes the name.
        labels.insert("kubernetes.io/metadata.name".into(), name.into());
    }
}

fn limit_range(object: &mut Map<String, Value>) {
    let Some(spec) = map(object, "spec") else {
        return;
    };
    for item in maps(spec, "limits") {
        for key in [
            "max",
            "min",
            "default",
            "defaultRequest",
            "maxLimitRequestRatio",
        ] {
            round_amounts(item, key);
        }
        if text(item, "type") != "Container" {
            continue;
        }
        copy_amounts(item, "max", "default");
        copy_amounts(item, "default", "defaultRequest");
        copy_amounts(item, "min", "defaultRequest");
    }
}

/// Copies the amounts under `from` that `to` lacks.
fn copy_amounts(item: &mut Map<String, Value>, from: &str, to: &str) {
    let Some(Value::Object(amounts)) = item.get(from).cloned() else {
        return;
    };
    if amounts.is_empty() {
        return;
    }
    if let Some(to) = made(item, to) {
        for (name, amount) in amounts {
            set(to, &name, amount);
        }
    }
}

fn resource_quota(object: &mut Map<String, Value>) {
    if let Some(spec) = map(object, "spec") {
        round_amounts(spec, "hard");
    }
}

fn priority_level(object: &mut Map<String, Value>) {
    let Some(spec) = map(object, "spec") else {
        return;
    };
    if let Some(exempt) = map(spec, "exempt") {
        set(exempt, "nominalConcurrencyShares", 0);
        set(exempt, "lendablePercent", 0);
    }
    let Some(limited) = map(spec, "limited") else {
        return;
    };
    set(limited, "nominalConcurrencyShares", 30);
    set(limited, "lendablePercent", 0);
    let queuing = map(limited, "limitResponse").and_then(|response| map(response, "queuing"));
    if let Some(queuing) = queuing {
        set(queuing, "handSize", 8);
        set(queuing, "queues", 64);
        set(queuing, "queueLengthLimit", 50);
    }
}

fn flow_schema(object: &mut Map<String, Value>) {
    if let Some(spec) = map(object, "spec") {
        set(spec, "matchingPrecedence", 1000);
    }
}

/// A list of one text.
fn one(text: &str) -> Value {
    json!([text])
}

#[cfg(test)]
mod tests;
