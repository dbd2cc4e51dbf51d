//! Ingresses: an address has to be given to them, in any version.

use gitops_core::{Health, HealthStatus, Object};

use crate::field::list;

pub(super) fn check(object: &Object) -> Health {
    match list(object.value(), &["status", "loadBalancer", "ingress"]) {
        [] => Health::new(HealthStatus::Progressing, ""),
        [..] => Health::healthy(),
    }
}
