//! Compiled checks for the kinds that Kubernetes itself brings, and for Argo Workflows.

mod api_service;
mod daemon_set;
mod deployment;
mod horizontal_pod_autoscaler;
mod ingress;
mod job;
mod persistent_volume_claim;
mod pod;
mod replica_set;
mod rollout;
mod service;
mod stateful_set;
mod workflow;

use gitops_core::{Health, HealthCheck, Object, health};

use crate::{deletion, typed};

/// The compiled checks, by group and kind.
///
/// An object that is being deleted is [`Progressing`] whatever its kind is.
///
/// ```
/// use gitops_core::{HealthCheck, HealthStatus, Object};
/// use gitops_health::Builtin;
///
/// let web = Object::new(serde_json::json!({
///     "apiVersion": "apps/v1", "kind": "Deployment",
///     "metadata": {"name": "web"}, "spec": {"paused": true},
/// }))?;
/// let health = Builtin.check(&web)?.expect("deployments have a check");
/// assert_eq!(health.status, HealthStatus::Suspended);
/// assert_eq!(health.message, "Deployment is paused");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`Progressing`]: gitops_core::HealthStatus::Progressing
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

/// Why a compiled check could not judge an object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The kind is known, but not in this version.
    #[error("unsupported {kind} GVK: {group}/{version}, Kind={object_kind}")]
    UnsupportedVersion {
        /// The check's name for the kind.
        kind: &'static str,
        /// The object's API group.
        group: String,
        /// The object's API version.
        version: String,
        /// The object's kind.
        object_kind: String,
    },
    /// A field has another type than the kind's definition says.
    #[error("failed to convert unstructured {kind} to typed: {detail}")]
    Conversion {
        /// The check's name for the kind.
        kind: &'static str,
        /// What does not fit, in the reference's words.
        detail: String,
    },
    /// The annotation that holds an autoscaler's conditions is not what it should be.
    #[error("failed to convert conditions annotation to typed: {0}")]
    ConditionsAnnotation(String),
}

impl HealthCheck for Builtin {
    fn check(&self, object: &Object) -> Result<Option<Health>, health::Error> {
        if deletion::is_pending(object) {
            return Ok(Some(deletion::health()));
        }
        judge(object)
    }
}

/// Judges `object` by its kind alone, as if it were not being deleted.
pub(crate) fn judge(object: &Object) -> Result<Option<Health>, health::Error> {
    let health = match (object.group(), object.kind()) {
        ("apps", "Deployment") => deployment::check(object),
        ("apps", "StatefulSet") => stateful_set::check(object),
        ("apps", "ReplicaSet") => replica_set::check(object),
        ("apps", "DaemonSet") => daemon_set::check(object),
        ("", "Pod") => pod::check(object),
        ("", "Service") => service::check(object),
        ("", "PersistentVolumeClaim") => persistent_volume_claim::check(object),
        ("batch", "Job") => job::check(object),
        ("autoscaling", "HorizontalPodAutoscaler") => horizontal_pod_autoscaler::check(object),
        ("apiregistration.k8s.io", "APIService") => api_service::check(object),
        ("extensions" | "networking.k8s.io", "Ingress") => Ok(ingress::check(object)),
        ("argoproj.io", "Workflow") => Ok(workflow::check(object)),
        _ => return Ok(None),
    };
    health
        .map(Some)
        .map_err(|error| health::Error::new(name(object), object, error))
}

/// The name of the check that judges `object`, such as `apps/Deployment`.
pub(crate) fn name(object: &Object) -> String {
    match object.group() {
        "" => object.kind().to_owned(),
        group => format!("{group}/{}", object.kind()),
    }
}

/// Checks that the version is `v1` and the whole object of the type `v1.<Kind>`.
fn typed(object: &Object, kind: &'static str, go_type: &str) -> Result<(), Error> {
    if object.version() != "v1" {
        return Err(unsupported(object, kind));
    }
    convert(object, kind, go_type)
}

fn unsupported(object: &Object, kind: &'static str) -> Error {
    Error::UnsupportedVersion {
        kind,
        group: object.group().to_owned(),
        version: object.version().to_owned(),
        object_kind: object.kind().to_owned(),
    }
}

fn convert(object: &Object, kind: &'static str, go_type: &str) -> Result<(), Error> {
    typed::check(go_type, object.value()).map_err(|detail| Error::Conversion { kind, detail })
}

#[cfg(test)]
mod tests;
