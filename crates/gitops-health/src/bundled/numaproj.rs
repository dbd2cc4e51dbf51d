//! Numaflow's pipelines and Numaplane's rollouts of them.

use gitops_core::Health;
use serde_json::Value;

use super::read::{
    conditions, degraded, healthy, is, is_observed, message, progressing, reason, says, unknown,
};
use crate::field::{at, text};

/// How a Numaflow kind tells that it is degraded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// By the message of the last condition that does not hold.
    Condition,
    /// By a sentence.
    Sentence,
}

pub(super) fn buffer_service(object: &Value) -> Health {
    numaflow(object, Told::Condition, true, &[])
}

pub(super) fn mono_vertex(object: &Value) -> Health {
    numaflow(object, Told::Sentence, true, &["Paused"])
}

pub(super) fn pipeline(object: &Value) -> Health {
    numaflow(object, Told::Sentence, true, &["Paused", "Pausing"])
}

pub(super) fn vertex(object: &Value) -> Health {
    numaflow(object, Told::Condition, false, &["Paused"])
}

fn numaflow(object: &Value, told: Told, is_progressive: bool, paused: &[&str]) -> Health {
    const RESULT: &str = "numaplane.numaproj.io/progressive-result-state";
    let kind = text(object, &["kind"]);
    if at(object, &["status"]).is_none() || !is_observed(object) {
        return progressing(format!("Waiting for {kind} status"));
    }
    let phase = text(object, &["status", "phase"]);
    if phase == "Failed" {
        return degraded(text(object, &["status", "message"]));
    }
    if is_progressive && text(object, &["metadata", "labels", RESULT]) == "failed" {
        return degraded("Failed progressive upgrade");
    }
    let unhealthy = conditions(object)
        .unwrap_or_default()
        .iter()
        .rfind(|condition| text(condition, &["status"]) == "False");
    if let Some(condition) = unhealthy {
        return degraded(match told {
            Told::Condition => message(condition),
            Told::Sentence => "Subresources are unhealthy",
        });
    }
    if paused.contains(&phase) {
        return healthy(format!("{kind} is paused"));
    }
    match phase {
        "Running" => healthy(format!("{kind} is healthy")),
        _ => progressing(format!("Waiting for {kind} status")),
    }
}

/// What tells Numaplane's rollouts apart.
struct Rollout {
    /// The reason by which the child tells that it failed; any but `Progressing` where empty.
    failed: &'static str,
    /// The condition that holds while the child pauses.
    pausing: &'static str,
    /// Whether there are progressive upgrades.
    is_progressive: bool,
    unknown: &'static str,
}

pub(super) fn buffer_service_rollout(object: &Value) -> Health {
    let rollout = Rollout {
        failed: "ISBSvcFailed",
        pausing: "",
        is_progressive: true,
        unknown: "Unknown status",
    };
    rollout.judge(object)
}

pub(super) fn mono_vertex_rollout(object: &Value) -> Health {
    let rollout = Rollout {
        failed: "MonoVertexFailed",
        pausing: "MonoVertexPausingOrPaused",
        is_progressive: true,
        unknown: "Unknown MonoVertex status",
    };
    rollout.judge(object)
}

pub(super) fn pipeline_rollout(object: &Value) -> Health {
    let rollout = Rollout {
        failed: "PipelineFailed",
        pausing: "PipelinePausingOrPaused",
        is_progressive: true,
        unknown: "Unknown Pipeline status",
    };
    rollout.judge(object)
}

pub(super) fn controller_rollout(object: &Value) -> Health {
    let rollout = Rollout {
        failed: "",
        pausing: "",
        is_progressive: false,
        unknown: "Unknown status",
    };
    rollout.judge(object)
}

impl Rollout {
    fn judge(&self, object: &Value) -> Health {
        if at(object, &["status"]).is_none() || !is_observed(object) {
            return progressing("Not yet reconciled");
        }
        let conditions = conditions(object).unwrap_or_default();
        if let Some(reason) = self.waits_for(object, conditions) {
            return progressing(reason);
        }
        if text(object, &["status", "phase"]) == "Failed" {
            return degraded(text(object, &["status", "message"]));
        }
        if let Some(health) = conditions
            .iter()
            .find_map(|condition| self.failure(condition))
        {
            return health;
        }
        let find = |kind| {
            conditions
                .iter()
                .find(|condition| says(condition, kind, "True"))
        };
        if let Some(paused) = find(self.pausing).filter(|_| !self.pausing.is_empty()) {
            return healthy(message(paused));
        }
        if find("ChildResourcesHealthy").is_some() {
            return healthy("Healthy");
        }
        unknown(self.unknown)
    }

    fn waits_for(&self, object: &Value, conditions: &[Value]) -> Option<&'static str> {
        let is_upgrading = !matches!(
            at(object, &["status", "upgradeInProgress"]),
            None | Some(Value::String(_))
        ) || !text(object, &["status", "upgradeInProgress"]).is_empty();
        let is_pending = text(object, &["status", "phase"]) == "Pending";
        let has_failed = self.is_progressive && conditions.iter().any(is_failed_upgrade);
        if (is_upgrading || is_pending) && !has_failed {
            return Some("Update in progress");
        }
        conditions
            .iter()
            .any(|condition| {
                says(condition, "ChildResourcesHealthy", "False")
                    && reason(condition) == "Progressing"
            })
            .then_some("Child Progressing")
    }

    fn failure(&self, condition: &Value) -> Option<Health> {
        if says(condition, "ChildResourcesHealthy", "False") {
            let is_failure = match self.failed {
                "" => reason(condition) != "Progressing",
                failed => reason(condition) == failed,
            };
            return is_failure.then(|| degraded(message(condition)));
        }
        (self.is_progressive && is_failed_upgrade(condition))
            .then(|| degraded("Progressive upgrade failed"))
    }
}

fn is_failed_upgrade(condition: &Value) -> bool {
    is(condition, "ProgressiveUpgradeSucceeded") && text(condition, &["status"]) == "False"
}
