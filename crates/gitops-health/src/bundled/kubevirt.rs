//! Virtual machines.

use gitops_core::Health;
use serde_json::Value;

use super::read::{
    conditions, degraded, healthy, is, is_set, message, progressing, says, shown, suspended,
    unknown,
};
use crate::field::{at, text};

pub(super) fn machine(object: &Value) -> Health {
    let conditions = conditions(object).unwrap_or_default();
    if conditions
        .iter()
        .any(|condition| says(condition, "Paused", "True"))
    {
        return suspended("Paused");
    }
    let mut health = match conditions.iter().rfind(|condition| is(condition, "Ready")) {
        Some(condition) if says(condition, "Ready", "True") => healthy("Running"),
        Some(_) if is_set(object, &["status", "created"]) => progressing("Starting"),
        Some(_) => suspended("Stopped"),
        None => progressing("No status available"),
    };
    if at(object, &["status", "printableStatus"]).is_some() {
        health.message = shown(object, &["status", "printableStatus"]).into_owned();
    }
    health
}

pub(super) fn instance(object: &Value) -> Health {
    let phase = at(object, &["status", "phase"]).map(|_| text(object, &["status", "phase"]));
    match phase {
        Some("Failed") => return degraded("Failed"),
        Some(phase @ ("Pending" | "Scheduling" | "Scheduled")) => return progressing(phase),
        Some("Succeeded") => return suspended("Succeeded"),
        Some("Unknown") => return unknown("Unknown"),
        _ => {}
    }
    let conditions = conditions(object).unwrap_or_default();
    let paused = conditions
        .iter()
        .find(|condition| says(condition, "Paused", "True"));
    if let Some(condition) = paused {
        return suspended(message(condition));
    }
    match conditions.iter().rfind(|condition| is(condition, "Ready")) {
        Some(condition) if says(condition, "Ready", "True") => healthy("Running"),
        Some(condition) => degraded(message(condition)),
        None => progressing(phase.unwrap_or("No status available")),
    }
}
