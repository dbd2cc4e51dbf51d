//! The Cluster API: pools of machines and managed control planes.

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use super::read::{conditions, degraded, healthy, message, progressing, reason, same, says, shown};
use crate::field::{at, text};

pub(super) fn machine_pool(object: &Value) -> Health {
    let phase = text(object, &["status", "phase"]);
    let status = match phase {
        "Running" | "Scaling" => HealthStatus::Healthy,
        "Failed" | "Unknown" => HealthStatus::Degraded,
        _ => HealthStatus::Progressing,
    };
    let mut told = match at(object, &["status", "phase"]) {
        Some(_) => format!("MachinePool is {}", shown(object, &["status", "phase"])),
        None => String::new(),
    };
    let failing: Vec<String> = conditions(object)
        .unwrap_or_default()
        .iter()
        .filter(|condition| {
            at(condition, &["type"]).is_some() && text(condition, &["status"]) == "False"
        })
        .map(failing)
        .collect();
    if !failing.is_empty() {
        told = format!("{told}: {}", failing.join(", "));
    }
    Health::new(status, told)
}

fn failing(condition: &Value) -> String {
    let kind = text(condition, &["type"]);
    match at(condition, &["reason"]) {
        Some(_) => format!("Not {kind} ({})", reason(condition)),
        None => format!("Not {kind}"),
    }
}

pub(super) fn aws_control_plane(object: &Value) -> Health {
    if at(object, &["status"]).is_none() {
        return progressing("Provisioning...");
    }
    let has_both = at(object, &["metadata", "generation"]).is_some()
        && at(object, &["status", "observedGeneration"]).is_some();
    if has_both
        && !same(
            object,
            &["status", "observedGeneration"],
            &["metadata", "generation"],
        )
    {
        return progressing("Waiting for the control plane spec to be reconciled");
    }
    let failure = text(object, &["status", "failureMessage"]);
    if !failure.is_empty() {
        return degraded(failure);
    }
    let Some(conditions) = conditions(object) else {
        return progressing("Provisioning...");
    };
    let has = |kind| {
        conditions
            .iter()
            .any(|condition| says(condition, kind, "True"))
    };
    if has("EKSControlPlaneUpdating") {
        return progressing("EKS control plane is updating");
    }
    if has("Ready") {
        return healthy("Control plane is ready");
    }
    let is_error = |condition: &&Value| {
        text(condition, &["status"]) == "False" && text(condition, &["severity"]) == "Error"
    };
    let errors: Vec<&str> = conditions.iter().filter(is_error).map(message).collect();
    if !errors.is_empty() {
        // Every message is followed by a space, the last one too.
        return degraded(format!("{} ", errors.join(" ")));
    }
    if at(object, &["status", "ready"]) == Some(&Value::Bool(false)) {
        return progressing("Control plane is not ready (.status.ready is false)");
    }
    progressing("Control plane is not ready")
}
