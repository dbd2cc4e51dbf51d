//! Argo Workflows: their phase, in any version.

use gitops_core::{Health, HealthStatus, Object};

use crate::field::text;

pub(super) fn check(object: &Object) -> Health {
    let status = match text(object.value(), &["status", "phase"]) {
        "" | "Pending" | "Running" => HealthStatus::Progressing,
        "Succeeded" => HealthStatus::Healthy,
        "Failed" | "Error" => HealthStatus::Degraded,
        _ => HealthStatus::Unknown,
    };
    Health::new(status, text(object.value(), &["status", "message"]))
}
