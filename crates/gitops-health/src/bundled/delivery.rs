//! Rolling out: canaries, sets of game servers, Spin applications, disruption budgets.

use gitops_core::Health;
use serde_json::Value;

use super::read::{
    conditions, degraded, healthy, is, is_observed, message, number_or, progressing, reason, says,
    shown, suspended, text_or, unknown,
};
use crate::field::{at, flag, list, text};
use crate::number;

/// Flagger's canaries.
pub(super) fn canary(object: &Value) -> Health {
    if at(object, &["status"]).is_none() {
        return unknown("No status");
    }
    let weight = shown(object, &["status", "canaryWeight"]);
    let is_weighty = weight.parse().is_ok_and(|weight: f64| weight > 0.0);
    let weight = is_weighty.then(|| format!("Canary Weight: {weight} %"));
    let messages = list(object, &["status", "conditions"])
        .iter()
        .map(|condition| message(condition).to_owned());
    let parts: Vec<String> = weight.into_iter().chain(messages).collect();
    let phase = text(object, &["status", "phase"]);
    let told = format!(
        "{} --- {}",
        shown(object, &["status", "phase"]),
        parts.join(" --- ")
    );
    match phase {
        "Failed" => degraded(told),
        "Progressing" | "Finalising" | "Promoting" => progressing(told),
        "Succeeded" | "Initialized" => healthy(told),
        _ => unknown(told),
    }
}

/// Sets of game servers.
pub(super) fn game_server_set(object: &Value) -> Health {
    let waiting = || progressing("Waiting for GameServerSet initialization");
    if at(object, &["status"]).is_none() || !is_observed(object) {
        return waiting();
    }
    let update = ["spec", "updateStrategy", "rollingUpdate"];
    let within = |field| [update[0], update[1], update[2], field];
    if flag(object, &within("paused")) {
        return suspended("GameServerSet is paused");
    }
    let count = |field| number_or(object, &["status", field], 0.0);
    let partition = number_or(object, &within("partition"), 0.0);
    if partition.abs() > 0.0 && count("updatedReplicas") >= count("replicas") - partition {
        return suspended(format!(
            "Partition={}, waiting for manual intervention",
            number::text(partition)
        ));
    }
    if (count("updatedReadyReplicas") - count("replicas")).abs() < f64::EPSILON {
        return healthy("All GameServerSet replicas are updated and ready");
    }
    if count("readyReplicas") < count("replicas") {
        return progressing(format!(
            "ReadyReplicas {}/{}, still progressing",
            number::text(count("readyReplicas")),
            number::text(count("replicas"))
        ));
    }
    waiting()
}

/// Spin applications.
pub(super) fn spin_app(object: &Value) -> Health {
    if at(object, &["status"]).is_none() {
        return progressing("Waiting for status to be available");
    }
    let conditions = conditions(object).unwrap_or_default();
    if let Some(failed) = conditions
        .iter()
        .find(|condition| is_failed_spin(condition))
    {
        return degraded(text_or(
            failed,
            &["message"],
            "Application deployment has failed",
        ));
    }
    let available = conditions
        .iter()
        .rfind(|condition| is(condition, "Available"));
    if !available.is_some_and(|condition| says(condition, "Available", "True")) {
        return degraded(available.map_or("", |condition| {
            text_or(condition, &["message"], "Application is not available")
        }));
    }
    let ready = number_or(object, &["status", "readyReplicas"], 0.0);
    let wanted = number_or(object, &["spec", "replicas"], 1.0);
    let counts = format!(
        "{}/{}",
        number::text(ready.trunc()),
        number::text(wanted.trunc())
    );
    if ready < wanted {
        return progressing(format!("Waiting for replicas to be ready ({counts})"));
    }
    let moving = conditions
        .iter()
        .rfind(|condition| says(condition, "Progressing", "True"));
    if let Some(condition) = moving {
        return progressing(text_or(
            condition,
            &["message"],
            "Application progress status",
        ));
    }
    healthy(format!(
        "Application is healthy with {counts} replicas ready"
    ))
}

fn is_failed_spin(condition: &Value) -> bool {
    let told = message(condition).to_lowercase();
    says(condition, "Progressing", "False")
        && (reason(condition) == "ProgressDeadlineExceeded"
            || told.contains("timeout")
            || told.contains("failed"))
}

/// Budgets for disruptions of pods.
pub(super) fn disruption_budget(object: &Value) -> Health {
    let conditions = conditions(object).unwrap_or_default();
    let failing = conditions.iter().find(|condition| {
        text(condition, &["status"]) == "False" && reason(condition) != "InsufficientPods"
    });
    match (failing, conditions.last()) {
        (Some(condition), _) => degraded(format!("PodDisruptionBudget has {}", reason(condition))),
        (None, Some(condition)) => {
            healthy(format!("PodDisruptionBudget has {}", reason(condition)))
        }
        (None, None) => progressing("Waiting for status"),
    }
}
