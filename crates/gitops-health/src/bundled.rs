//! Checks for the custom resources that people run.
//!
//! Most are tables (`tables/*.txt`), read once; those that count, collect or
//! compare what a table does not say are written in Rust, a file a project.

mod ceph;
mod cluster_api;
mod contour;
mod crossplane;
mod data;
mod delivery;
mod flux;
mod gateway;
mod identity;
mod keda;
mod knative;
mod kubevirt;
mod numaproj;
mod observability;
mod open_cluster_management;
mod openshift;
mod promoter;
mod read;
mod registry;
mod rollout;
mod spark;
mod table;

use gitops_core::{Health, HealthCheck, Object, health};

use crate::Outcome;

/// The bundled checks of custom resources, by group and kind.
///
/// They look at an object as it is, also while it is being deleted; a
/// [`Chain`](crate::Chain) asks about that before it asks them.
///
/// ```
/// use gitops_core::{HealthCheck, HealthStatus, Object};
/// use gitops_health::Bundled;
///
/// let certificate = Object::new(serde_json::json!({
///     "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "web"},
///     "status": {"conditions": [{"type": "Ready", "status": "False", "message": "no issuer"}]},
/// }))?;
/// let health = Bundled.check(&certificate)?.expect("certificates have a check");
/// assert_eq!(health.status, HealthStatus::Degraded);
/// assert_eq!(health.message, "no issuer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Bundled;

impl Bundled {
    /// The groups and kinds that have a check, as `group/Kind`, where `_` stands for anything.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        registry::kinds()
    }
}

impl HealthCheck for Bundled {
    fn check(&self, object: &Object) -> Result<Option<Health>, health::Error> {
        Ok(judge(object).health())
    }
}

/// Checks for kinds beside those that the reference has one for.
///
/// Backups of Velero, operators of clusters, the rest of Knative's and Strimzi's
/// kinds and others. The reference says nothing of them, so they are asked on
/// request only: `Chain::standard().related()`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Related;

impl Related {
    /// The groups and kinds that have a check, as `group/Kind`.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        registry::related_kinds()
    }
}

impl HealthCheck for Related {
    fn check(&self, object: &Object) -> Result<Option<Health>, health::Error> {
        let check = registry::related(object.group(), object.kind());
        Ok(check.and_then(|check| check.judge(object.value()).health()))
    }
}

/// Judges `object`, also with no status on purpose.
pub(crate) fn judge(object: &Object) -> Outcome {
    match registry::find(object.group(), object.kind()) {
        Some(check) => check.judge(object.value()),
        None => Outcome::NoCheck,
    }
}

#[cfg(test)]
mod tests;
