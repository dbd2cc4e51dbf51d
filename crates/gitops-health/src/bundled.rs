//! Checks for the custom resources that people run.

use gitops_core::{Health, HealthCheck, Object, health};

use crate::deletion;

/// The bundled checks of custom resources, by group and kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bundled;

impl HealthCheck for Bundled {
    fn check(&self, object: &Object) -> Result<Option<Health>, health::Error> {
        if deletion::is_pending(object) {
            return Ok(Some(deletion::health()));
        }
        Ok(None)
    }
}
