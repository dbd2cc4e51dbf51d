//! Whether an Application's policy asks for a sync.

use gitops_core::SyncStatus;
use gitops_core::api::{Application, OperationPhase, SyncOperation};

use super::Refreshed;

/// What to do, and why.
pub(super) struct Decision {
    /// The sync to start; `None` to leave things as they are.
    pub(super) operation: Option<SyncOperation>,
    /// Why.
    pub(super) reason: String,
}

/// Decides whether what a refresh found calls for a sync.
pub(super) fn decide(application: &Application, found: &Refreshed) -> Decision {
    let wait = |reason: &str| Decision {
        operation: None,
        reason: reason.into(),
    };
    let policy = application.spec.sync_policy.as_ref();
    let automated = policy.and_then(|policy| policy.automated.as_ref());
    let Some(automated) = automated.filter(|automated| automated.enabled != Some(false)) else {
        return wait("the application is synced by hand");
    };
    match found.comparison.status {
        SyncStatus::OutOfSync => {}
        SyncStatus::Synced => return wait("everything is as wanted"),
        SyncStatus::Unknown => return wait("it is not known what differs"),
    }
    let last = application.status.operation_state.as_ref();
    let attempted = last.filter(|state| {
        let result = state.sync_result.as_ref();
        result.is_some_and(|result| {
            Some(result.revision.as_str()) == found.revisions.first().map(|r| r.as_str())
        })
    });
    match attempted.map(|state| state.phase) {
        None => {}
        Some(OperationPhase::Succeeded) if automated.self_heal => {}
        Some(OperationPhase::Succeeded) => return wait("self-healing is off"),
        Some(_) => return wait("the last sync of this revision failed"),
    }
    let mut operation = SyncOperation::default();
    operation.prune = automated.prune;
    Decision {
        operation: Some(operation),
        reason: "live state differs".into(),
    }
}
