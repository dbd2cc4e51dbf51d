//! Crossplane: managed resources, compositions and providers.

use gitops_core::Health;
use serde_json::Value;

use super::read::{
    conditions, degraded, healthy, is, message, progressing, reason, says, suspended,
};
use crate::field::{at, text};

const UP_TO_DATE: &str = "Resource is up-to-date.";

/// Every kind of the crossplane.io groups.
pub(super) fn crossplane(object: &Value) -> Health {
    let ready = [
        "Ready",
        "Healthy",
        "Offered",
        "Established",
        "ValidPipeline",
        "RevisionHealthy",
    ];
    let without_status = matches!(
        text(object, &["kind"]),
        "Composition"
            | "CompositionRevision"
            | "DeploymentRuntimeConfig"
            | "ClusterProviderConfig"
            | "ProviderConfig"
            | "ProviderConfigUsage"
            | "ControllerConfig"
    );
    managed(object, &ready, without_status)
}

/// Every kind of the upbound.io groups.
pub(super) fn upbound(object: &Value) -> Health {
    let without_status = matches!(
        text(object, &["kind"]),
        "ClusterProviderConfig" | "ProviderConfig" | "ProviderConfigUsage"
    );
    managed(object, &["Ready"], without_status)
}

fn managed(object: &Value, ready: &[&str], without_status: bool) -> Health {
    let status = at(object, &["status"]);
    let is_empty = status
        .and_then(Value::as_object)
        .is_none_or(serde_json::Map::is_empty);
    if status.is_none() || is_empty && without_status {
        return healthy(UP_TO_DATE);
    }
    let waiting = || progressing("Provisioning ...");
    let Some(conditions) = conditions(object) else {
        let is_config = matches!(
            text(object, &["kind"]),
            "ProviderConfig" | "ClusterProviderConfig"
        );
        if is_config && at(object, &["status", "users"]).is_some() {
            return healthy("Resource is in use.");
        }
        return waiting();
    };
    if let Some(failed) = conditions.iter().find(|condition| {
        says(condition, "LastAsyncOperation", "False") || says(condition, "Synced", "False")
    }) {
        return degraded(message(failed));
    }
    let is_ready = conditions.iter().any(|condition| {
        ready.contains(&text(condition, &["type"])) && text(condition, &["status"]) == "True"
    });
    if is_ready {
        return healthy(UP_TO_DATE);
    }
    waiting()
}

/// A managed resource of the first AWS provider; `name` is how messages call it.
pub(super) fn aws(object: &Value, name: &str) -> Health {
    let Some(conditions) = conditions(object) else {
        return progressing(format!("Waiting for {name} to be created"));
    };
    let last = |kind: &str| conditions.iter().rfind(|condition| is(condition, kind));
    let is_true = |kind: &str| last(kind).is_some_and(|condition| says(condition, kind, "True"));
    let with_reason = |wanted: &str| {
        conditions
            .iter()
            .rfind(|condition| is(condition, "Synced") && reason(condition) == wanted)
    };
    let (ready, synced) = (is_true("Ready"), is_true("Synced"));
    let paused = with_reason("ReconcilePaused").is_some();
    if ready && synced {
        return healthy(last("Ready").map_or("", reason));
    }
    if !synced && paused {
        return suspended("ReconcilePaused");
    }
    if !ready && synced && !paused {
        return progressing(format!("Waiting for {name} to be available"));
    }
    degraded(with_reason("ReconcileError").map_or("", message))
}

/// A provider package.
pub(super) fn provider(object: &Value) -> Health {
    let Some(conditions) = conditions(object) else {
        return progressing("Waiting for provider to be installed");
    };
    let last = |kind: &str| conditions.iter().rfind(|condition| is(condition, kind));
    let (installed, fit) = (last("Installed"), last("Healthy"));
    let told = format!(
        "{} {}",
        installed.map_or("", reason),
        fit.map_or("", reason)
    );
    let is_true = |condition: Option<&Value>| {
        condition.is_some_and(|condition| text(condition, &["status"]) == "True")
    };
    if is_true(installed) && is_true(fit) {
        return healthy(told);
    }
    degraded(told)
}
