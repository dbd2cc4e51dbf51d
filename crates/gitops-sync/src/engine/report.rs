//! What came of a run.

use std::fmt;

use gitops_core::api::{
    Application, ApplicationStatus, History, InitiatedBy, Operation as Asked, OperationPhase,
    OperationState, ResourceResult, SyncOperation, SyncOperationResult,
};
use jiff::Timestamp;

use super::Refreshed;
use crate::machine::{Operation, TaskResult};

/// Entries of the history that are kept where the Application says nothing.
const HISTORY: usize = 10;

/// What came of a run: the sync, if there was one, and how things are after it.
///
/// `Display` prints it on a line.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The sync that was carried out; `None` when nothing called for one.
    pub operation: Option<Operation>,
    /// What a refresh found after it.
    pub found: Refreshed,
}

impl Report {
    pub(super) fn unsynced(found: Refreshed) -> Self {
        Self {
            operation: None,
            found,
        }
    }

    pub(super) fn synced(
        application: &Application,
        asked: SyncOperation,
        initiated_by: InitiatedBy,
        operation: Operation,
        mut found: Refreshed,
    ) -> Self {
        let state = state(asked, initiated_by, &operation, &found);
        if deserves_history(&state) {
            remember(&mut found.status, &state, application);
        }
        found.status.operation_state = Some(state);
        Self {
            operation: Some(operation),
            found,
        }
    }

    /// The Application's status, to be kept for the next run.
    pub fn status(&self) -> &ApplicationStatus {
        &self.found.status
    }

    /// Whether the sync did what it should; true when nothing called for one.
    pub fn succeeded(&self) -> bool {
        self.operation
            .as_ref()
            .is_none_or(|operation| operation.phase() == OperationPhase::Succeeded)
    }

    /// Whether nothing was sent to the cluster that could change it.
    pub fn changed_nothing(&self) -> bool {
        self.operation
            .as_ref()
            .is_none_or(|operation| operation.plan().changes_nothing())
    }

    /// How the sync ended, in words.
    pub fn message(&self) -> &str {
        match &self.operation {
            Some(operation) => operation.message(),
            None => "nothing called for a sync",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match &self.operation {
            Some(operation) => format!("{}: ", operation.phase()),
            None => String::new(),
        };
        write!(
            f,
            "{phase}{}; the application is {} and {}",
            self.message(),
            self.found.sync_status(),
            self.found.health().status,
        )
    }
}

fn state(
    asked: SyncOperation,
    initiated_by: InitiatedBy,
    operation: &Operation,
    found: &Refreshed,
) -> OperationState {
    let sync = &found.status.sync;
    let mut result = SyncOperationResult::default();
    result.revision.clone_from(&sync.revision);
    result.revisions.clone_from(&sync.revisions);
    result.source.clone_from(&sync.compared_to.source);
    result.sources.clone_from(&sync.compared_to.sources);
    result.resources = operation.results().iter().map(resource_result).collect();
    let mut state = OperationState::default();
    let mut wanted = Asked::default();
    wanted.sync = Some(asked);
    wanted.initiated_by = initiated_by;
    state.operation = wanted;
    state.phase = operation.phase();
    operation.message().clone_into(&mut state.message);
    state.sync_result = Some(result);
    state.started_at = Some(operation.plan().settings.started_at);
    state.finished_at = operation.finished_at();
    state
}

fn resource_result(task: &TaskResult) -> ResourceResult {
    let mut result = ResourceResult::default();
    let kind = &task.object.kind;
    result.group.clone_from(&kind.group);
    result.version.clone_from(&kind.version);
    result.kind.clone_from(&kind.kind);
    result.namespace = task.object.namespace.clone().unwrap_or_default();
    result.name.clone_from(&task.object.name);
    result.status = task.status;
    result.message.clone_from(&task.message);
    result.hook_phase = Some(task.phase);
    result.sync_phase = Some(task.sync_phase);
    result
}

/// Whether a sync has its place in the history: a whole one that succeeded.
fn deserves_history(state: &OperationState) -> bool {
    let asked = state.operation.sync.as_ref();
    state.phase == OperationPhase::Succeeded
        && asked.is_some_and(|sync| !sync.dry_run && sync.resources.is_empty())
}

fn remember(status: &mut ApplicationStatus, state: &OperationState, application: &Application) {
    let Some(result) = &state.sync_result else {
        return;
    };
    let mut entry = History::default();
    entry.id = status.history.last().map_or(0, |last| last.id + 1);
    entry.revision.clone_from(&result.revision);
    entry.revisions.clone_from(&result.revisions);
    entry.source.clone_from(&result.source);
    entry.sources.clone_from(&result.sources);
    entry.deploy_started_at = state.started_at;
    entry.deployed_at = state.finished_at.or_else(|| Some(Timestamp::now()));
    entry.initiated_by = state.operation.initiated_by.clone();
    status.history.push(entry);
    let limit = match application.spec.revision_history_limit {
        Some(limit) => usize::try_from(limit).unwrap_or(0),
        None => HISTORY,
    };
    let surplus = status.history.len().saturating_sub(limit);
    status.history.drain(..surplus);
}
