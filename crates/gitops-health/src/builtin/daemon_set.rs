//! DaemonSets: how many nodes run the updated pod.

use gitops_core::{Health, HealthStatus, Object};

use super::rollout::{count, is_unobserved, progressing};
use super::{Error, typed};
use crate::field::text;

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "DaemonSet", "v1.DaemonSet")?;
    Ok(judge(object))
}

fn judge(object: &Object) -> Health {
    if is_unobserved(object) {
        return progressing(
            "Waiting for rollout to finish: observed daemon set generation less than desired generation",
        );
    }
    let updated = count(object, "updatedNumberScheduled");
    let desired = count(object, "desiredNumberScheduled");
    if text(object.value(), &["spec", "updateStrategy", "type"]) == "OnDelete" {
        let message = format!("daemon set {updated} out of {desired} new pods have been updated");
        return Health::new(HealthStatus::Healthy, message);
    }
    let available = count(object, "numberAvailable");
    let waiting = if updated < desired {
        format!("{updated} out of {desired} new pods have been updated")
    } else if available < desired {
        format!("{available} of {desired} updated pods are available")
    } else {
        return Health::healthy();
    };
    let name = object.name();
    progressing(format!(
        "Waiting for daemon set {name:?} rollout to finish: {waiting}..."
    ))
}
