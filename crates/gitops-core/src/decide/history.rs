//! What is kept of successful syncs.

use jiff::Timestamp;

use crate::api::{Application, History, OperationPhase, OperationState};

/// How many entries are kept where the Application does not say.
pub const DEFAULT_HISTORY_LIMIT: i64 = 10;

/// Adds a sync that has ended to the history, and drops the oldest entries that
/// are too many. Dry runs, syncs of some objects only and failures leave no entry.
pub fn record(application: &mut Application, state: &OperationState, now: Timestamp) {
    let Some(sync) = &state.operation.sync else {
        return;
    };
    let Some(result) = &state.sync_result else {
        return;
    };
    if state.phase != OperationPhase::Succeeded || sync.dry_run || !sync.resources.is_empty() {
        return;
    }
    let limit = application.spec.revision_history_limit;
    let history = &mut application.status.history;
    let id = history.last().map_or(0, |last| last.id.saturating_add(1));
    history.push(History {
        id,
        revision: result.revision.clone(),
        revisions: result.revisions.clone(),
        source: result.source.clone(),
        sources: result.sources.clone(),
        deploy_started_at: state.started_at,
        deployed_at: state.finished_at.or(Some(now)),
        initiated_by: state.operation.initiated_by.clone(),
    });
    let limit = usize::try_from(limit.unwrap_or(DEFAULT_HISTORY_LIMIT)).unwrap_or(0);
    let surplus = history.len().saturating_sub(limit);
    history.drain(..surplus);
}
