//! What an Application's sync policy says.

use gitops_core::api::Application;

/// Whether the Application's own syncs delete what is no longer wanted.
pub fn prunes(application: &Application) -> bool {
    let policy = application.spec.sync_policy.as_ref();
    let automated = policy.and_then(|policy| policy.automated.as_ref());
    automated.is_some_and(|automated| automated.prune)
}
