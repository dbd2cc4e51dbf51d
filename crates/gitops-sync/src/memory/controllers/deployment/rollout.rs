//! From one ReplicaSet to the next, without falling below what must be available.

use std::sync::Arc;

use gitops_core::Object;
use serde_json::Value;

use super::Sets;
use crate::memory::controllers::{number, write};
use crate::memory::state::State;

/// How many pods more and how many fewer than asked for there may be.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) surge: i64,
    pub(super) unavailable: i64,
}

/// Moves the rollout as far as it may go now.
pub(super) fn step(state: &mut State, deployment: &Object, sets: &Sets, paused: bool) {
    let wanted = number(deployment, "replicas");
    let strategy = &deployment.value()["spec"]["strategy"];
    let Some(new) = &sets.new else {
        return;
    };
    if paused {
        // A pause stops the rollout, not the scaling.
        if sets.old.iter().all(|set| number(set, "replicas") == 0) {
            scale(state, new, wanted);
        }
    } else if strategy["type"] == "Recreate" {
        recreate(state, new, &sets.old, wanted);
    } else {
        rolling(state, deployment, new, &sets.old);
    }
}

/// Bounds in numbers of pods, from numbers and percentages.
pub(super) fn bounds(deployment: &Object) -> Bounds {
    let wanted = number(deployment, "replicas");
    let strategy = &deployment.value()["spec"]["strategy"];
    if strategy["type"] == "Recreate" {
        return Bounds {
            surge: 0,
            unavailable: 0,
        };
    }
    let rolling = &strategy["rollingUpdate"];
    let surge = share(&rolling["maxSurge"], wanted, Round::Up);
    let unavailable = share(&rolling["maxUnavailable"], wanted, Round::Down);
    // Without one of the two nothing could ever move.
    let unavailable = if surge == 0 && unavailable == 0 {
        1
    } else {
        unavailable.min(wanted)
    };
    Bounds { surge, unavailable }
}

#[derive(Clone, Copy)]
pub(in crate::memory::controllers) enum Round {
    Up,
    Down,
}

/// A number of pods, or a percentage of `total`.
pub(in crate::memory::controllers) fn share(value: &Value, total: i64, round: Round) -> i64 {
    let percent = value
        .as_str()
        .and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    match (value.as_i64(), percent) {
        (Some(number), _) => number,
        (None, Some(percent)) => {
            let product = percent.saturating_mul(total);
            match round {
                Round::Up => product.saturating_add(99) / 100,
                Round::Down => product / 100,
            }
        }
        (None, None) => 0,
    }
    .max(0)
}

fn recreate(state: &mut State, new: &Arc<Object>, old: &[Arc<Object>], wanted: i64) {
    let mut left = 0;
    for set in old {
        scale(state, set, 0);
        let uid = set.uid().unwrap_or_default();
        left += state.dependants(uid).len();
    }
    if left == 0 {
        scale(state, new, wanted);
    }
}

fn rolling(state: &mut State, deployment: &Object, new: &Arc<Object>, old: &[Arc<Object>]) {
    let wanted = number(deployment, "replicas");
    let Bounds { surge, unavailable } = bounds(deployment);
    let old_total: i64 = old.iter().map(|set| number(set, "replicas")).sum();
    let present = number(new, "replicas");
    let room = (wanted + surge - present - old_total).max(0);
    let target = if present > wanted {
        wanted
    } else {
        (present + room).min(wanted)
    };
    scale(state, new, target);
    let missing = target - available(new);
    let spare = old_total + target - (wanted - unavailable) - missing.max(0);
    shrink(state, old, spare);
}

/// Takes pods from the old ReplicaSets: those that serve nobody, then `spare`
/// of the others.
fn shrink(state: &mut State, old: &[Arc<Object>], mut spare: i64) {
    for set in old {
        let replicas = number(set, "replicas");
        let idle = (replicas - available(set)).clamp(0, spare.max(0));
        let taken = idle + (replicas - idle).min((spare - idle).max(0));
        if taken > 0 {
            scale(state, set, replicas - taken);
            spare -= taken;
        }
    }
}

fn available(set: &Object) -> i64 {
    set.value()["status"]["availableReplicas"]
        .as_i64()
        .unwrap_or(0)
}

fn scale(state: &mut State, set: &Arc<Object>, replicas: i64) {
    if number(set, "replicas") != replicas {
        let mut value = set.value().clone();
        value["spec"]["replicas"] = replicas.into();
        write(state, set, value, None);
    }
}
