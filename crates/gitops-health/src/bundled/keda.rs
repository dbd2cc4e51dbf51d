//! KEDA's scaled objects and jobs: the last condition that counts is told.

use gitops_core::Health;
use serde_json::Value;

use super::read::{conditions, degraded, healthy, message, progressing, says, suspended};

pub(super) fn scaled_object(object: &Value) -> Health {
    let failing = [("Ready", "False"), ("Fallback", "True")];
    judge(object, &failing, "Creating HorizontalPodAutoscaler Object")
}

pub(super) fn scaled_job(object: &Value) -> Health {
    let failing = [("Ready", "False"), ("Ready", "Unknown")];
    judge(object, &failing, "Waiting for ScaledJob")
}

fn judge(object: &Value, failing: &[(&str, &str)], waiting: &str) -> Health {
    let conditions = conditions(object).unwrap_or_default();
    let fails = |condition: &Value| {
        failing
            .iter()
            .any(|(kind, status)| says(condition, kind, status))
    };
    let has = |kind| {
        conditions
            .iter()
            .any(|condition| says(condition, kind, "True"))
    };
    let told = conditions.iter().rfind(|condition| {
        fails(condition) || says(condition, "Ready", "True") || says(condition, "Paused", "True")
    });
    let told = told.map_or("", message);
    if conditions.iter().any(fails) {
        return degraded(told);
    }
    match (has("Ready"), has("Paused")) {
        (true, false) => healthy(told),
        (true, true) => suspended(told),
        _ => progressing(waiting),
    }
}
