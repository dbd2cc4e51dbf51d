//! Deployments: how far the rollout is. Whether they are available plays no part.

use gitops_core::{Health, HealthStatus, Object};

use super::rollout::{count, is_unobserved, progressing, replicas};
use super::{Error, typed};
use crate::field::{condition, flag, text};

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "Deployment", "v1.Deployment")?;
    Ok(judge(object))
}

fn judge(object: &Object) -> Health {
    if flag(object.value(), &["spec", "paused"]) {
        return Health::new(HealthStatus::Suspended, "Deployment is paused");
    }
    if is_unobserved(object) {
        return progressing(
            "Waiting for rollout to finish: observed deployment generation less than desired generation",
        );
    }
    if is_past_deadline(object) {
        let message = format!(
            "Deployment {:?} exceeded its progress deadline",
            object.name()
        );
        return Health::new(HealthStatus::Degraded, message);
    }
    rollout(object).map_or_else(Health::healthy, |waiting| {
        progressing(format!("Waiting for rollout to finish: {waiting}..."))
    })
}

/// The reason alone counts, whatever the condition's status is.
fn is_past_deadline(object: &Object) -> bool {
    condition(object.value(), &["status", "conditions"], "Progressing")
        .is_some_and(|condition| text(condition, &["reason"]) == "ProgressDeadlineExceeded")
}

/// What the rollout waits for.
fn rollout(object: &Object) -> Option<String> {
    let updated = count(object, "updatedReplicas");
    if let Some(wanted) = replicas(object)
        && updated < wanted
    {
        return Some(format!(
            "{updated} out of {wanted} new replicas have been updated"
        ));
    }
    let old = count(object, "replicas") - updated;
    if old > 0 {
        return Some(format!("{old} old replicas are pending termination"));
    }
    let available = count(object, "availableReplicas");
    (available < updated)
        .then(|| format!("{available} of {updated} updated replicas are available"))
}
