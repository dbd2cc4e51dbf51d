//! Knative and its inference services: everything that does not hold is told in the message.

use gitops_core::Health;
use serde_json::Value;

use super::read::{
    conditions, degraded, healthy, is, message, progressing, reason, says, suspended,
};
use crate::field::{at, text};

/// A Knative service.
pub(super) fn service(object: &Value) -> Health {
    let Some(conditions) = conditions(object) else {
        return progressing("Waiting for status update.");
    };
    let (mut held, mut failed, mut open) = (0, 0, 0);
    let mut told = String::new();
    for condition in conditions {
        let kind = text(condition, &["type"]);
        match text(condition, &["status"]) {
            "True" if matches!(kind, "ConfigurationsReady" | "RoutesReady" | "Ready") => held += 1,
            status @ ("False" | "Unknown") => {
                failed += usize::from(status == "False");
                open += usize::from(status == "Unknown");
                told = format!("{told}{kind} is {status}{}\n", cause(condition));
            }
            _ => {}
        }
    }
    if held == 3 && failed == 0 && open == 0 {
        return healthy("Knative Service is healthy.");
    }
    if failed > 0 {
        return degraded(told);
    }
    progressing(told)
}

fn cause(condition: &Value) -> String {
    let since = match reason(condition) {
        "" => String::new(),
        reason => format!(", since {reason}."),
    };
    match message(condition) {
        "" => since,
        message => format!("{since} {message}"),
    }
}

/// The installation of Knative Eventing.
pub(super) fn eventing(object: &Value) -> Health {
    installation(object, &["Ready", "InstallSucceeded"], &["Ready"])
}

/// The installation of Knative Serving.
pub(super) fn serving(object: &Value) -> Health {
    installation(
        object,
        &[
            "Ready",
            "InstallSucceeded",
            "DependenciesInstalled",
            "DeploymentsAvailable",
        ],
        &["Ready", "DeploymentsAvailable"],
    )
}

fn installation(object: &Value, needed: &[&str], failing: &[&str]) -> Health {
    let kind = text(object, &["kind"]);
    let Some(conditions) = conditions(object) else {
        return progressing(format!("Waiting for {kind}"));
    };
    let status = |condition: &Value, kinds: &[&str], status: &str| {
        kinds.iter().any(|kind| says(condition, kind, status))
    };
    let held = conditions
        .iter()
        .filter(|condition| status(condition, needed, "True"))
        .count();
    let is_open = conditions.iter().any(|condition| {
        status(condition, failing, "False") || text(condition, &["status"]) == "Unknown"
    });
    if is_open {
        return progressing(listed(conditions));
    }
    if held == needed.len() {
        return healthy(format!("{kind} is healthy."));
    }
    degraded(listed(conditions))
}

fn listed(conditions: &[Value]) -> String {
    (1..)
        .zip(conditions)
        .fold(String::new(), |told, (place, condition)| {
            let (kind, status) = (text(condition, &["type"]), text(condition, &["status"]));
            format!("{told}{place}: {kind} | {status}\n")
        })
}

/// An inference service.
pub(super) fn inference_service(object: &Value) -> Health {
    let transition = at(object, &["status", "modelStatus"])
        .map(|status| text(status, &["transitionStatus"]))
        .filter(|transition| *transition != "UpToDate");
    let Some(conditions) = conditions(object) else {
        return progressing("Waiting for InferenceService to report status...");
    };
    if conditions
        .iter()
        .any(|condition| says(condition, "Stopped", "True"))
    {
        return suspended("InferenceService is Stopped");
    }
    let open: Vec<(usize, &Value)> = (1..)
        .zip(conditions)
        .filter(|(_, condition)| {
            !is(condition, "Stopped") && text(condition, &["status"]) != "True"
        })
        .collect();
    let is_certain = |(_, condition): &(usize, &Value)| {
        !matches!(text(condition, &["status"]), "Unknown" | "False")
    };
    let has_unknown_stop = conditions
        .iter()
        .any(|condition| says(condition, "Stopped", "Unknown"));
    if transition.is_none() && open.iter().all(is_certain) && !has_unknown_stop {
        return healthy("InferenceService is healthy.");
    }
    let told = match transition {
        Some(transition) => format!("0: transitionStatus | {transition}"),
        None => String::new(),
    };
    let told = open.into_iter().fold(told, |told, (place, condition)| {
        format!("{told} | {place}: {}", parts(condition))
    });
    if matches!(transition, None | Some("InProgress")) {
        return progressing(told);
    }
    degraded(told)
}

fn parts(condition: &Value) -> String {
    let always = [text(condition, &["type"]), text(condition, &["status"])];
    let sometimes = [reason(condition), message(condition)];
    let parts: Vec<&str> = always
        .into_iter()
        .chain(sometimes.into_iter().filter(|part| !part.is_empty()))
        .collect();
    parts.join(" | ")
}
