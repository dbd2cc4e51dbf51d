//! Prometheus, Grafana and OpenTelemetry.

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use super::read::{conditions, degraded, healthy, is, progressing, reason, says, shown, text_or};
use crate::field::{at, text};

/// A Prometheus: the last condition about its instances decides.
pub(super) fn prometheus(object: &Value) -> Health {
    let conditions = conditions(object).unwrap_or_default();
    let available = conditions
        .iter()
        .rfind(|condition| is(condition, "Available"));
    let Some(condition) = available else {
        return progressing("Waiting for initialization");
    };
    if says(condition, "Available", "True") {
        return healthy("All instances are available");
    }
    let told = text_or(condition, &["message"], reason(condition));
    match reason(condition) {
        "SomePodsNotReady" => progressing(told),
        _ => degraded(told),
    }
}

/// A dashboard or folder of Grafana: what its conditions say up to the first that fails.
pub(super) fn grafana_content(object: &Value) -> Health {
    let mut status = HealthStatus::Progressing;
    let mut told = String::new();
    for condition in conditions(object).unwrap_or_default() {
        if at(condition, &["status"]).is_none() {
            continue;
        }
        if !told.is_empty() {
            told.push_str(", ");
        }
        told.push_str(&sentence(condition));
        match text(condition, &["status"]) {
            "False" => return degraded(told),
            "True" => status = HealthStatus::Healthy,
            _ => {}
        }
    }
    Health::new(status, told)
}

fn sentence(condition: &Value) -> String {
    let parts = [("reason", ""), ("type", " for "), ("message", " because ")];
    parts
        .iter()
        .take_while(|(field, _)| at(condition, &[field]).is_some())
        .flat_map(|(field, joint)| [*joint, text(condition, &[field])])
        .collect()
}

/// A collector of OpenTelemetry.
pub(super) fn collector(object: &Value) -> Health {
    if at(object, &["status"]).is_none() {
        return progressing("Waiting for OpenTelemetry Collector status");
    }
    let mode = text(object, &["spec", "mode"]);
    let replicas = shown(object, &["status", "scale", "statusReplicas"]);
    if at(object, &["status", "scale", "statusReplicas"]).is_none() {
        return match mode {
            "sidecar" => healthy("Collector is running in sidecar mode"),
            _ => progressing("Scale status not available"),
        };
    }
    match ratio(&replicas) {
        None => progressing(format!("Unable to parse replica status: {replicas}")),
        Some((0, 0)) if mode == "daemonset" => healthy("DaemonSet has no eligible nodes (0/0)"),
        Some((0, _)) => degraded("No replicas are ready"),
        Some((ready, all)) if ready == all => healthy("All replicas are ready"),
        Some(_) => progressing("Replicas are starting up"),
    }
}

/// The first two numbers with a slash between them.
fn ratio(text: &str) -> Option<(u64, u64)> {
    let is_other = |c: char| !c.is_ascii_digit();
    text.match_indices('/').find_map(|(at, _)| {
        let ready = text[..at].rsplit(is_other).next()?.parse().ok()?;
        let all = text[at + 1..].split(is_other).next()?.parse().ok()?;
        Some((ready, all))
    })
}
