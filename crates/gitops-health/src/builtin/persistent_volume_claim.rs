//! PersistentVolumeClaims: their phase.

use gitops_core::{Health, HealthStatus, Object};

use super::{Error, typed};
use crate::field::text;

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "PersistentVolumeClaim", "v1.PersistentVolumeClaim")?;
    let status = match text(object.value(), &["status", "phase"]) {
        "Lost" => HealthStatus::Degraded,
        "Pending" => HealthStatus::Progressing,
        "Bound" => HealthStatus::Healthy,
        _ => HealthStatus::Unknown,
    };
    Ok(Health::new(status, ""))
}
