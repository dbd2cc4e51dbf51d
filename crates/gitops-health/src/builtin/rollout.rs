//! What the checks of workloads share.

use gitops_core::{Health, HealthStatus, Object};

use crate::field::{int32, int64};

/// Whether the controller has not seen the latest change of the object.
pub(super) fn is_unobserved(object: &Object) -> bool {
    let value = object.value();
    int64(value, &["metadata", "generation"]).unwrap_or_default() > observed(object)
}

/// The generation that the controller saw last; `0` before it saw one.
pub(super) fn observed(object: &Object) -> i64 {
    int64(object.value(), &["status", "observedGeneration"]).unwrap_or_default()
}

/// A number of the object's status; `0` where it is absent.
pub(super) fn count(object: &Object, field: &str) -> i64 {
    int32(object.value(), &["status", field])
        .unwrap_or_default()
        .into()
}

/// `spec.replicas`, where it is set.
pub(super) fn replicas(object: &Object) -> Option<i64> {
    int32(object.value(), &["spec", "replicas"]).map(i64::from)
}

pub(super) fn progressing(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Progressing, message)
}
