//! Whether an operation that somebody asks for is taken.

use crate::api::{
    Application, InitiatedBy, Operation, SyncOperation, SyncStrategy, SyncStrategyApply,
};

/// Why an operation is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The application is being deleted.
    #[error("application is deleting")]
    Deleting,
    /// One operation runs at a time.
    #[error("another operation is already in progress")]
    InProgress,
    /// An automated application follows its own revision.
    #[error("Cannot sync to {revision}: auto-sync currently set to {target}")]
    OtherRevision {
        /// What was asked for.
        revision: String,
        /// What the application follows.
        target: String,
    },
    /// An automated application follows its sources.
    #[error("cannot use local sync when Automatic Sync Policy is enabled unless for dry run")]
    LocalManifests,
    /// Sync windows deny it.
    #[error("cannot sync: blocked by sync window")]
    Window,
    /// An automated application would go forward again.
    #[error("rollback cannot be initiated when auto-sync is enabled")]
    AutomatedRollback,
    /// The history has no such entry.
    #[error("application {application} does not have deployment with id {id}")]
    NoSuchEntry {
        /// The application.
        application: String,
        /// What was asked for.
        id: i64,
    },
    /// The entry does not say what was deployed.
    #[error("history entry {id} has no source to go back to")]
    NoSource {
        /// What was asked for.
        id: i64,
    },
    /// The entry names no revision.
    #[error(
        "history entry {id} names no revision to go back to: its manifests were brought along \
         by a local sync and are not kept"
    )]
    NoRevision {
        /// What was asked for.
        id: i64,
    },
}

/// Decides whether a sync that a person asks for is taken, and with which retries.
///
/// # Errors
///
/// Says why it is not.
pub fn request(
    application: &Application,
    sync: SyncOperation,
    username: &str,
    denied_by_window: bool,
) -> Result<Operation, Refused> {
    refuse_busy(application)?;
    if denied_by_window {
        return Err(Refused::Window);
    }
    refuse_local(application, &sync)?;
    let automated = is_automated(application) && !sync.dry_run;
    let target = application.spec.effective_sources().into_iter().next();
    let target = target
        .map(|source| source.target_revision)
        .unwrap_or_default();
    let named = |revision: &str| {
        if revision.is_empty() {
            "HEAD"
        } else {
            revision
        }
        .to_owned()
    };
    if automated && !sync.revision.is_empty() && named(&sync.revision) != named(&target) {
        return Err(Refused::OtherRevision {
            revision: sync.revision,
            target: named(&target),
        });
    }
    let policy = application.spec.sync_policy.clone().unwrap_or_default();
    Ok(Operation {
        sync: Some(SyncOperation {
            sync_options: if sync.sync_options.is_empty() {
                policy.sync_options
            } else {
                sync.sync_options.clone()
            },
            ..sync
        }),
        initiated_by: by(username),
        retry: policy.retry.unwrap_or_default(),
        ..Operation::default()
    })
}

/// Refuses a sync of local manifests where the application would soon be synced to its
/// sources again. A dry run is taken.
///
/// # Errors
///
/// [`Refused::LocalManifests`].
pub fn refuse_local(application: &Application, sync: &SyncOperation) -> Result<(), Refused> {
    if sync.manifests.is_empty() || sync.dry_run || !is_automated(application) {
        return Ok(());
    }
    Err(Refused::LocalManifests)
}

/// Decides whether an application goes back to an entry of its history, without
/// hooks and without retries. Its spec stays, so it is out of sync afterwards.
///
/// # Errors
///
/// Says why it does not.
pub fn rollback(
    application: &Application,
    id: i64,
    prune: bool,
    dry_run: bool,
    username: &str,
) -> Result<Operation, Refused> {
    refuse_busy(application)?;
    if is_automated(application) {
        return Err(Refused::AutomatedRollback);
    }
    let entry = application
        .status
        .history
        .iter()
        .find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| Refused::NoSuchEntry {
        application: application.metadata.name.clone(),
        id,
    })?;
    if entry.source.is_none() && entry.sources.is_empty() {
        return Err(Refused::NoSource { id });
    }
    if entry.revision.is_empty() && entry.revisions.is_empty() {
        return Err(Refused::NoRevision { id });
    }
    let policy = application.spec.sync_policy.clone().unwrap_or_default();
    Ok(Operation {
        sync: Some(SyncOperation {
            revision: entry.revision.clone(),
            revisions: entry.revisions.clone(),
            source: entry.source.clone(),
            sources: entry.sources.clone(),
            prune,
            dry_run,
            sync_options: policy.sync_options,
            sync_strategy: Some(SyncStrategy {
                apply: Some(SyncStrategyApply::default()),
                hook: None,
            }),
            ..SyncOperation::default()
        }),
        initiated_by: by(username),
        ..Operation::default()
    })
}

fn refuse_busy(application: &Application) -> Result<(), Refused> {
    if application.metadata.deletion_timestamp.is_some() {
        return Err(Refused::Deleting);
    }
    let state = application.status.operation_state.as_ref();
    let running = state.is_some_and(|state| !state.phase.is_completed());
    if application.operation.is_some() || running {
        return Err(Refused::InProgress);
    }
    Ok(())
}

fn is_automated(application: &Application) -> bool {
    application
        .spec
        .sync_policy
        .as_ref()
        .and_then(|policy| policy.automated.as_ref())
        .is_some_and(|automated| automated.enabled != Some(false))
}

fn by(username: &str) -> InitiatedBy {
    InitiatedBy {
        username: username.to_owned(),
        automated: false,
    }
}
