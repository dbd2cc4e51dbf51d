//! Argo Rollouts.

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use super::read::{
    degraded, healthy, is, is_set, message, number_or, progressing, reason, suspended, unknown,
};
use crate::field::{at, list, text};

const GENERATION: &str = "rollout.argoproj.io/workload-generation";

pub(super) fn check(rollout: &Value) -> Health {
    if !is_generation_observed(rollout) || !is_workload_observed(rollout) {
        return progressing("Waiting for rollout spec update to be observed");
    }
    if at(rollout, &["status", "phase"]).is_some() {
        return by_phase(rollout);
    }
    if let Some(condition) = list(rollout, &["status", "conditions"])
        .iter()
        .find(|condition| is_failure(condition))
    {
        return degraded(message(condition));
    }
    if is_paused(rollout) {
        return suspended("Rollout is paused");
    }
    if at(rollout, &["status", "currentPodHash"]).is_none() {
        return progressing("Waiting for rollout to finish: status has not been reconciled.");
    }
    match waits_for(rollout) {
        Some(reason) => progressing(reason),
        None => healthy(""),
    }
}

/// A generation that the controller writes as a text; one from before counts,
/// because older controllers wrote a hash.
fn is_generation_observed(rollout: &Value) -> bool {
    if at(rollout, &["status"]).is_none() {
        return false;
    }
    let observed = integer(at(rollout, &["status", "observedGeneration"]));
    let generation = number_or(rollout, &["metadata", "generation"], 0.0);
    observed.is_none_or(|observed| observed >= generation)
}

fn is_workload_observed(rollout: &Value) -> bool {
    if at(rollout, &["spec", "workloadRef"]).is_none()
        || at(rollout, &["metadata", "annotations"]).is_none()
    {
        return true;
    }
    let generation = integer(at(rollout, &["metadata", "annotations", GENERATION]));
    generation == integer(at(rollout, &["status", "workloadObservedGeneration"]))
}

/// A number, also where it is written as a text.
fn integer(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::String(text) => text.trim().parse::<i32>().ok().map(f64::from),
        other => other.as_f64(),
    }
}

fn by_phase(rollout: &Value) -> Health {
    let told = text(rollout, &["status", "message"]);
    match text(rollout, &["status", "phase"]) {
        "Paused" | "Suspended" => suspended(told),
        "Healthy" => healthy(told),
        "Progressing" => progressing(told),
        "Degraded" => degraded(told),
        "Missing" => Health::new(HealthStatus::Missing, told),
        "Unknown" => unknown(told),
        _ => unknown("Lua returned an invalid health status"),
    }
}

fn is_failure(condition: &Value) -> bool {
    is(condition, "InvalidSpec")
        || is(condition, "Progressing")
            && matches!(
                reason(condition),
                "RolloutAborted" | "ProgressDeadlineExceeded"
            )
}

fn is_paused(rollout: &Value) -> bool {
    !list(rollout, &["status", "pauseConditions"]).is_empty()
        || is_set(rollout, &["spec", "paused"])
}

fn waits_for(rollout: &Value) -> Option<&'static str> {
    let count = |field| number_or(rollout, &["status", field], 0.0);
    let updated = count("updatedReplicas");
    if updated < number_or(rollout, &["spec", "replicas"], 1.0) {
        return Some("Waiting for roll out to finish: More replicas need to be updated");
    }
    if count("availableReplicas") < updated {
        return Some(
            "Waiting for roll out to finish: updated replicas are still becoming available",
        );
    }
    let current = at(rollout, &["status", "currentPodHash"]);
    let stable = stable(rollout);
    let is_stable = stable == current;
    if at(rollout, &["spec", "strategy", "blueGreen"]).is_some() {
        if at(rollout, &["status", "blueGreen", "activeSelector"]) != current {
            return Some("active service cutover pending");
        }
        let is_empty = stable.and_then(Value::as_str) == Some("");
        return (!is_empty && !is_stable).then_some("waiting for analysis to complete");
    }
    at(rollout, &["spec", "strategy", "canary"])?;
    if count("replicas") > updated {
        return Some("Waiting for roll out to finish: old replicas are pending termination");
    }
    (!is_stable).then_some("Waiting for rollout to finish steps")
}

/// The hash of the pods that were rolled out last; older controllers kept it elsewhere.
fn stable(rollout: &Value) -> Option<&Value> {
    static NONE: Value = Value::String(String::new());
    if let Some(stable) = at(rollout, &["status", "stableRS"]) {
        return Some(stable);
    }
    match at(rollout, &["status", "canary"]) {
        Some(canary) => at(canary, &["stableRS"]),
        None => Some(&NONE),
    }
}
