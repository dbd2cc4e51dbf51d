//! Objects on their way out: their own health does not matter any more.

use gitops_core::{Health, HealthStatus, Object, hook};

use crate::typed::time;

/// Whether deletion has begun and nothing keeps the object's health of interest.
///
/// A hook that waits for its result to be seen is judged as if it stayed.
pub(crate) fn is_pending(object: &Object) -> bool {
    object
        .deletion_timestamp()
        .is_some_and(|timestamp| time::parse(timestamp).is_ok())
        && !object
            .finalizers()
            .any(|finalizer| finalizer == hook::FINALIZER)
}

/// The health of an object that is being deleted.
pub(crate) fn health() -> Health {
    Health::new(HealthStatus::Progressing, "Pending deletion")
}
