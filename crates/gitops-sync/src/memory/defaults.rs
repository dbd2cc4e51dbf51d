//! What the server adds to an object by itself.
//!
//! Measured on a real API server, version 1.35: what it adds must be added
//! here too, or nobody could test with this cluster that additions are no drift.

mod admit;
mod cluster;
mod network;
mod pod;
mod storage;
mod workload;

use gitops_core::Object;
use serde_json::Value;

use super::registry::Kind;

pub(super) use admit::{admit, stored_versions};

/// Fills in what is not set.
pub(super) fn fill(kind: &Kind, value: &mut Value, live: Option<&Object>) {
    let id = &kind.resource.kind;
    match (id.group.as_str(), id.kind.as_str()) {
        ("", "Pod") => pod::bare(value),
        ("", "PodTemplate") => pod::template(&mut value["template"]),
        ("", "ReplicationController") => workload::replication_controller(value),
        ("", "Service") => network::service(value, live),
        ("", "Endpoints") => network::endpoints(value),
        ("", "LimitRange") => cluster::limit_range(value),
        ("", "Namespace") => cluster::namespace(value, live),
        ("", "Secret") => cluster::secret(value),
        ("", "PersistentVolumeClaim") => storage::claim(value),
        ("", "PersistentVolume") => storage::volume(value),
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(value),
        ("apps", "Deployment") => workload::deployment(value),
        ("apps", "ReplicaSet") => workload::replica_set(value),
        ("apps", "StatefulSet") => workload::stateful_set(value),
        ("apps", "DaemonSet") => workload::daemon_set(value),
        ("batch", "Job") => workload::job(value),
        ("batch", "CronJob") => workload::cron_job(value),
        ("autoscaling", "HorizontalPodAutoscaler") => workload::autoscaler(value),
        ("networking.k8s.io", "NetworkPolicy") => network::policy(value),
        ("storage.k8s.io", "StorageClass") => storage::class(value),
        ("scheduling.k8s.io", "PriorityClass") => {
            or(value, "preemptionPolicy", "PreemptLowerPriority");
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            cluster::role_binding(value);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => cluster::definition(value),
        ("apiregistration.k8s.io", "APIService") => cluster::api_service(value),
        ("admissionregistration.k8s.io", name) => cluster::admission(name, value),
        _ => {}
    }
}

/// Groups whose objects all have counted generations.
const COUNTED: [&str; 7] = [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "batch",
    "discovery.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "policy",
    "scheduling.k8s.io",
];

/// Whether the server counts the object's generations.
pub(super) fn has_generation(kind: &Kind) -> bool {
    let id = &kind.resource.kind;
    kind.is_custom()
        || match (id.group.as_str(), id.kind.as_str()) {
            ("", name) => matches!(name, "Pod" | "ReplicationController"),
            ("apps", name) => name != "ControllerRevision",
            ("networking.k8s.io", name) => !matches!(name, "IPAddress" | "ServiceCIDR"),
            (group, _) => COUNTED.contains(&group),
        }
}

/// Whether two states differ in what their user wants, and not only in what is.
pub(super) fn desired_differs(kind: &Kind, old: &Value, new: &Value) -> bool {
    let counts = |name: &str| match name {
        "apiVersion" | "kind" | "metadata" => false,
        "status" => !kind.status,
        _ => true,
    };
    let within = |one: &Value, other: &Value| {
        let mut fields = one.as_object().into_iter().flatten();
        fields.all(|(name, value)| !counts(name) || other.get(name) == Some(value))
    };
    let same = within(old, new) && within(new, old);
    !same
}

/// Sets a field that is not set.
fn or(value: &mut Value, field: &str, default: impl Into<Value>) {
    if let Some(map) = value.as_object_mut() {
        let entry = map.entry(field).or_insert(Value::Null);
        if entry.is_null() {
            *entry = default.into();
        }
    }
}

/// The elements of a list, where there is one.
fn each<'a>(value: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = value.get_mut(field).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

/// A field that is set.
fn at<'a>(value: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    value.get_mut(field).filter(|value| !value.is_null())
}
