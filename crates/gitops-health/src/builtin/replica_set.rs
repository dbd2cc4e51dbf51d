//! ReplicaSets: whether pods can be made, and how many are available.

use gitops_core::{Health, HealthStatus, Object};

use super::rollout::{count, is_unobserved, progressing, replicas};
use super::{Error, typed};
use crate::field::{condition, text};

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "ReplicaSet", "v1.ReplicaSet")?;
    Ok(judge(object))
}

fn judge(object: &Object) -> Health {
    if is_unobserved(object) {
        return progressing(
            "Waiting for rollout to finish: observed replica set generation less than desired generation",
        );
    }
    let failure = condition(object.value(), &["status", "conditions"], "ReplicaFailure");
    if let Some(failure) = failure.filter(|failure| text(failure, &["status"]) == "True") {
        return Health::new(HealthStatus::Degraded, text(failure, &["message"]));
    }
    let available = count(object, "availableReplicas");
    match replicas(object) {
        Some(wanted) if available < wanted => progressing(format!(
            "Waiting for rollout to finish: {available} out of {wanted} new replicas are available..."
        )),
        _ => Health::healthy(),
    }
}
