//! Jobs: how they ended.

use gitops_core::{Health, HealthStatus, Object};

use super::{Error, typed};
use crate::field::{list, text};

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "Job", "v1.Job")?;
    Ok(judge(object))
}

/// Only of `Suspended` does the condition's status count, and a later condition
/// overrides the message of a former one.
fn judge(object: &Object) -> Health {
    let mut message = None;
    let mut failure = None;
    let mut suspended = false;
    for condition in list(object.value(), &["status", "conditions"]) {
        let told = text(condition, &["message"]);
        match text(condition, &["type"]) {
            "Failed" => failure = Some(told),
            "Complete" => message = Some(told),
            "Suspended" => {
                message = Some(told);
                suspended |= text(condition, &["status"]) == "True";
            }
            _ => {}
        }
    }
    match (failure, message) {
        (Some(failure), _) => Health::new(HealthStatus::Degraded, failure),
        (None, Some(message)) if suspended => Health::new(HealthStatus::Suspended, message),
        (None, Some(message)) => Health::new(HealthStatus::Healthy, message),
        (None, None) => Health::new(HealthStatus::Progressing, ""),
    }
}
