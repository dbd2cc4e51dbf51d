//! Services: a load balancer needs an address, nothing else is waited for.

use gitops_core::{Health, HealthStatus, Object};

use super::{Error, typed};
use crate::field::{list, text};

pub(super) fn check(object: &Object) -> Result<Health, Error> {
    typed(object, "Service", "v1.Service")?;
    let waits = text(object.value(), &["spec", "type"]) == "LoadBalancer"
        && list(object.value(), &["status", "loadBalancer", "ingress"]).is_empty();
    if waits {
        return Ok(Health::new(HealthStatus::Progressing, ""));
    }
    Ok(Health::healthy())
}
