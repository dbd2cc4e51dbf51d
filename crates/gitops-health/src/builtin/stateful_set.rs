//! StatefulSets: ready pods first, then the revision that they run.

use gitops_core::{Health, HealthStatus, Object};

use super::rollout::{count, is_unobserved, observed, progressing, replicas};
use super::{Error, typed};
use crate::field::{at, int32, text};

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "StatefulSet", "v1.StatefulSet")?;
    Ok(judge(object))
}

fn judge(object: &Object) -> Health {
    if observed(object) == 0 || is_unobserved(object) {
        return progressing("Waiting for statefulset spec update to be observed...");
    }
    let ready = count(object, "readyReplicas");
    if let Some(wanted) = replicas(object)
        && ready < wanted
    {
        return progressing(format!(
            "Waiting for {} pods to be ready...",
            wanted - ready
        ));
    }
    let strategy = ["spec", "updateStrategy"];
    let rolling = at(
        object.value(),
        &[&strategy[..], &["rollingUpdate"]].concat(),
    );
    match text(object.value(), &[&strategy[..], &["type"]].concat()) {
        "RollingUpdate" if rolling.is_some() => partitioned(object),
        "OnDelete" => healthy(format!("statefulset has {ready} ready pods")),
        _ => revision(object),
    }
}

/// A partition keeps the pods below it at the former revision on purpose.
fn partitioned(object: &Object) -> Health {
    let updated = count(object, "updatedReplicas");
    let partition = int32(
        object.value(),
        &["spec", "updateStrategy", "rollingUpdate", "partition"],
    );
    if let (Some(replicas), Some(partition)) = (replicas(object), partition) {
        let wanted = replicas - i64::from(partition);
        if updated < wanted {
            return progressing(format!(
                "Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been updated..."
            ));
        }
    }
    healthy(format!(
        "partitioned roll out complete: {updated} new pods have been updated..."
    ))
}

fn revision(object: &Object) -> Health {
    let current = text(object.value(), &["status", "currentRevision"]);
    let update = text(object.value(), &["status", "updateRevision"]);
    if update != current {
        let updated = count(object, "updatedReplicas");
        return progressing(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {update}..."
        ));
    }
    let pods = count(object, "currentReplicas");
    healthy(format!(
        "statefulset rolling update complete {pods} pods at revision {current}..."
    ))
}

fn healthy(message: String) -> Health {
    Health::new(HealthStatus::Healthy, message)
}
