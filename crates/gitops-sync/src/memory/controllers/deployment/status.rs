//! What a Deployment says of itself.

use std::sync::Arc;
use std::time::Duration;

use gitops_core::Object;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Sets;
use super::rollout;
use crate::memory::controllers::condition::{self, Condition};
use crate::memory::controllers::{number, set_status};
use crate::memory::state::State;

/// The sums over a Deployment's ReplicaSets.
#[derive(Clone, Copy, Default)]
struct Sums {
    replicas: i64,
    updated: i64,
    ready: i64,
    available: i64,
}

pub(super) fn write(state: &mut State, deployment: &Arc<Object>, sets: &Sets) {
    let wanted = number(deployment, "replicas");
    let old = &deployment.value()["status"];
    let sums = sum(sets);
    let mut status = old.clone();
    status["observedGeneration"] = deployment.generation().into();
    status["replicas"] = sums.replicas.into();
    status["updatedReplicas"] = sums.updated.into();
    status["readyReplicas"] = sums.ready.into();
    status["availableReplicas"] = sums.available.into();
    status["unavailableReplicas"] = (wanted.max(sums.replicas) - sums.available).max(0).into();
    let enough = sums.available >= wanted - rollout::bounds(deployment).unavailable;
    set_available(state, &mut status, enough);
    if deployment.value()["spec"]
        .get("progressDeadlineSeconds")
        .is_some()
    {
        set_progressing(state, deployment, sets, &mut status);
    }
    set_status(state, deployment, status);
}

fn sum(sets: &Sets) -> Sums {
    let part = |set: &Object, field: &str| set.value()["status"][field].as_i64().unwrap_or(0);
    let mut sums = Sums::default();
    for set in sets.all() {
        sums.replicas += part(set, "replicas");
        sums.ready += part(set, "readyReplicas");
        sums.available += part(set, "availableReplicas");
    }
    sums.updated = sets.new.as_ref().map_or(0, |set| part(set, "replicas"));
    sums
}

fn set_available(state: &State, status: &mut Value, enough: bool) {
    let (reason, message) = if enough {
        (
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        (
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    };
    update(
        state,
        status,
        &Condition {
            kind: "Available",
            status: enough,
            reason,
            message: message.into(),
        },
    );
}

fn set_progressing(state: &mut State, deployment: &Object, sets: &Sets, status: &mut Value) {
    let name = match &sets.new {
        Some(set) => format!("ReplicaSet {:?}", set.name()),
        None => format!("Deployment {:?}", deployment.name()),
    };
    let progressing = |status, reason, message| Condition {
        kind: "Progressing",
        status,
        reason,
        message: format!("{name} {message}"),
    };
    let old = &deployment.value()["status"];
    let former = condition::find(old, "Progressing")
        .map_or("", |it| it["reason"].as_str().unwrap_or_default());
    if is_complete(deployment, status) {
        let done = "NewReplicaSetAvailable";
        return update(
            state,
            status,
            &progressing(true, done, "has successfully progressed."),
        );
    }
    if has_moved(old, status) || former.is_empty() || former == "NewReplicaSetAvailable" {
        update(
            state,
            status,
            &progressing(true, "ReplicaSetUpdated", "is progressing."),
        );
        touch(state, status);
    }
    let seconds = number(deployment, "progressDeadlineSeconds");
    let deadline = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let age = state
        .now
        .duration_since(last_move(state, status))
        .unsigned_abs();
    if let Some(rest) = deadline.checked_sub(age).filter(|rest| !rest.is_zero()) {
        state.wake(deployment.key(), rest);
    } else {
        let late = "ProgressDeadlineExceeded";
        update(
            state,
            status,
            &progressing(false, late, "has timed out progressing."),
        );
    }
}

fn is_complete(deployment: &Object, status: &Value) -> bool {
    let wanted = number(deployment, "replicas");
    ["updatedReplicas", "replicas", "availableReplicas"]
        .iter()
        .all(|field| status[*field].as_i64() == Some(wanted))
}

/// Whether the rollout got nearer to its end.
fn has_moved(old: &Value, new: &Value) -> bool {
    let part = |status: &Value, field: &str| status[field].as_i64().unwrap_or(0);
    let outdated = |status: &Value| part(status, "replicas") - part(status, "updatedReplicas");
    outdated(new) < outdated(old)
        || ["updatedReplicas", "readyReplicas", "availableReplicas"]
            .iter()
            .any(|field| part(new, field) > part(old, field))
}

fn last_move(state: &State, status: &Value) -> Timestamp {
    let progressing = condition::find(status, "Progressing");
    let time = progressing.and_then(|it| it["lastUpdateTime"].as_str()?.parse().ok());
    time.unwrap_or(state.now)
}

/// Sets a condition that also tells when it was last looked at with a new result.
fn update(state: &State, status: &mut Value, condition: &Condition<'_>) {
    let time = state.time();
    let former = condition::find(status, condition.kind).cloned();
    condition::set(status, condition, &time);
    let same = |it: &Value| it["reason"] == condition.reason && it["message"] == *condition.message;
    let since = former.filter(same).map(|it| it["lastUpdateTime"].clone());
    if let Some(mut entry) = condition::find(status, condition.kind).cloned() {
        entry["lastUpdateTime"] = since.unwrap_or_else(|| json!(time));
        condition::put(status, entry);
    }
}

fn touch(state: &State, status: &mut Value) {
    if let Some(mut entry) = condition::find(status, "Progressing").cloned() {
        entry["lastUpdateTime"] = state.time().into();
        condition::put(status, entry);
    }
}
