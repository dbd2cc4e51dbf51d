//! Rook's Ceph clusters and object stores.

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use super::read::{progressing, shown};
use crate::field::{at, text};

pub(super) fn cluster(object: &Value) -> Health {
    if at(object, &["status"]).is_none() {
        return progressing("Waiting for status to be reported");
    }
    let mut status = HealthStatus::Progressing;
    let mut told = Vec::new();
    if at(object, &["status", "ceph", "health"]).is_some() {
        let health = text(object, &["status", "ceph", "health"]);
        status = match health {
            "HEALTH_ERR" | "HEALTH_WARN" => HealthStatus::Degraded,
            "HEALTH_OK" => HealthStatus::Healthy,
            _ => status,
        };
        told.push(format!("Ceph health is {health}{}", details(object)));
    }
    let state = text(object, &["status", "state"]);
    if status == HealthStatus::Healthy && at(object, &["status", "state"]).is_some() {
        status = match state {
            "Created" | "Connected" => HealthStatus::Healthy,
            "Error" => HealthStatus::Degraded,
            _ => HealthStatus::Progressing,
        };
        told.push(format!("Ceph cluster state is {state}"));
    }
    told.push(shown(object, &["status", "message"]).into_owned());
    told.retain(|part| !part.is_empty());
    Health::new(status, told.join(" - "))
}

/// The messages of the health's details, in the order of their names.
fn details(object: &Value) -> String {
    let Some(Value::Object(details)) = at(object, &["status", "ceph", "details"]) else {
        return String::new();
    };
    let mut names: Vec<&String> = details.keys().collect();
    names.sort_unstable();
    let messages: Vec<&str> = names
        .into_iter()
        .filter(|name| at(&details[*name], &["message"]).is_some())
        .map(|name| text(&details[name], &["message"]))
        .collect();
    if messages.is_empty() {
        return String::new();
    }
    format!(" ({})", messages.join("; "))
}

pub(super) fn object_store(object: &Value) -> Health {
    if at(object, &["status"]).is_none() {
        return progressing("Waiting for status to be reported");
    }
    let phase = text(object, &["status", "phase"]);
    let status = match phase {
        "Ready" => HealthStatus::Healthy,
        "Failure" => HealthStatus::Degraded,
        _ => HealthStatus::Progressing,
    };
    let told = match at(object, &["status", "phase"]) {
        Some(_) => format!(
            "Ceph object store phase is {}",
            shown(object, &["status", "phase"])
        ),
        None => "Waiting for status to be reported".into(),
    };
    match &*shown(object, &["status", "info", "endpoint"]) {
        "" => Health::new(status, told),
        endpoint => Health::new(status, format!("{told} - endpoint: {endpoint}")),
    }
}
