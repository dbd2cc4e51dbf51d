//! Pods: their phase, and for those that are to run for long their containers.

use gitops_core::{Health, HealthStatus, Object, hook};
use serde_json::Value;

use super::{Error, typed};
use crate::field::{at, condition, int32, list, text};

/// Has a pod judged as if it were to be restarted always.
const IGNORE_RESTART_POLICY: &str = "argocd.argoproj.io/ignore-restart-policy";

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "Pod", "v1.Pod")?;
    Ok(judge(object))
}

fn judge(object: &Object) -> Health {
    let pod = object.value();
    let long_running = is_long_running(object);
    if long_running && let Some(messages) = stuck(pod) {
        return Health::new(HealthStatus::Degraded, messages);
    }
    let message = text(pod, &["status", "message"]);
    let status = match text(pod, &["status", "phase"]) {
        "Pending" => HealthStatus::Progressing,
        "Succeeded" => HealthStatus::Healthy,
        "Failed" if message.is_empty() => {
            return Health::new(HealthStatus::Degraded, failure(pod).unwrap_or_default());
        }
        "Failed" => HealthStatus::Degraded,
        "Running" if long_running => running(pod),
        "Running" if runs_to_completion(pod) => HealthStatus::Progressing,
        _ => HealthStatus::Unknown,
    };
    Health::new(status, message)
}

fn is_long_running(object: &Object) -> bool {
    text(object.value(), &["spec", "restartPolicy"]) == "Always"
        || object.annotation(IGNORE_RESTART_POLICY) == Some("true") && !hook::is_hook(object)
}

fn runs_to_completion(pod: &Value) -> bool {
    matches!(text(pod, &["spec", "restartPolicy"]), "OnFailure" | "Never")
}

/// The messages of the containers that wait because something went wrong.
fn stuck(pod: &Value) -> Option<String> {
    let messages: Vec<&str> = list(pod, &["status", "containerStatuses"])
        .iter()
        .filter(|container| is_fault(text(container, &["state", "waiting", "reason"])))
        .map(|container| text(container, &["state", "waiting", "message"]))
        .collect();
    (!messages.is_empty()).then(|| messages.join(", "))
}

fn is_fault(reason: &str) -> bool {
    reason.starts_with("Err") || reason.ends_with("Error") || reason.ends_with("BackOff")
}

fn running(pod: &Value) -> HealthStatus {
    let ready = condition(pod, &["status", "conditions"], "Ready");
    if ready.is_some_and(|ready| text(ready, &["status"]) == "True") {
        return HealthStatus::Healthy;
    }
    let has_crashed = list(pod, &["status", "containerStatuses"])
        .iter()
        .any(|container| at(container, &["lastState", "terminated"]).is_some());
    if has_crashed {
        return HealthStatus::Degraded;
    }
    HealthStatus::Progressing
}

/// Why the first container failed that says so; init containers come first.
fn failure(pod: &Value) -> Option<String> {
    ["initContainerStatuses", "containerStatuses"]
        .iter()
        .flat_map(|containers| list(pod, &["status", containers]))
        .find_map(container_failure)
}

fn container_failure(container: &Value) -> Option<String> {
    let terminated = at(container, &["state", "terminated"])?;
    let message = text(terminated, &["message"]);
    if !message.is_empty() {
        return Some(message.to_owned());
    }
    if text(terminated, &["reason"]) == "OOMKilled" {
        return Some("OOMKilled".to_owned());
    }
    let code = int32(terminated, &["exitCode"]).unwrap_or_default();
    let name = text(container, &["name"]);
    (code != 0).then(|| format!("container {name:?} failed with exit code {code}"))
}
