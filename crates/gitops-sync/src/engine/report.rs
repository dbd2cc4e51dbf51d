//! What came of a run.

use std::fmt;

use gitops_core::Object;
use gitops_core::api::{
    Application, ApplicationStatus, ManagedNamespaceMetadata, OperationPhase, OperationState,
    ResourceResult, SyncOperationResult,
};
use gitops_core::decide::record;
use gitops_core::hook::HookType;
use gitops_core::plan::{Phase, Task};
use jiff::Timestamp;
use serde_json::Value;

use super::{Ongoing, Refreshed};
use crate::machine::{Operation, TaskResult};

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
    message: String,
}

impl Report {
    pub(super) fn unsynced(found: Refreshed) -> Self {
        Self {
            operation: None,
            found,
            message: "nothing called for a sync".into(),
        }
    }

    /// An operation that has ended as `state` says.
    pub(super) fn synced(
        application: &Application,
        operation: Operation,
        state: OperationState,
        mut found: Refreshed,
    ) -> Self {
        let message = state.message.clone();
        let mut application = application.clone();
        application.status = found.status;
        record(&mut application, &state, Timestamp::now());
        application.status.operation_state = Some(state);
        found.status = application.status;
        Self {
            operation: Some(operation),
            found,
            message,
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
        &self.message
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

/// The state of an operation after what was found.
pub(super) fn state(
    application: &Application,
    ongoing: &Ongoing,
    found: &Refreshed,
) -> OperationState {
    let Ongoing { attempt, operation } = ongoing;
    let sync = &found.status.sync;
    let mut result = SyncOperationResult::default();
    result.revision.clone_from(&sync.revision);
    result.revisions.clone_from(&sync.revisions);
    result.source.clone_from(&sync.compared_to.source);
    result.sources.clone_from(&sync.compared_to.sources);
    result.managed_namespace_metadata = managed_namespace(application, ongoing);
    let tasks = &operation.plan().tasks;
    let results = operation.results().iter();
    result.resources = results
        .map(|result| resource_result(result, &tasks[result.task]))
        .collect();
    let mut state = OperationState::default();
    state.operation = attempt.asked.clone();
    state.phase = operation.phase();
    operation.message().clone_into(&mut state.message);
    state.sync_result = Some(result);
    state.started_at = Some(attempt.started_at);
    state.retry_count = attempt.retries;
    state.finished_at = operation.finished_at();
    state
}

/// What the destination namespace should carry since this operation; a dry run leaves
/// it as it was.
fn managed_namespace(
    application: &Application,
    ongoing: &Ongoing,
) -> Option<ManagedNamespaceMetadata> {
    if ongoing.operation.plan().settings.dry_run {
        let last = application.status.operation_state.as_ref()?;
        return last
            .sync_result
            .as_ref()?
            .managed_namespace_metadata
            .clone();
    }
    application.managed_namespace().cloned()
}

fn resource_result(task: &TaskResult, planned: &Task) -> ResourceResult {
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
    result.hook_type = task.hook.then(|| hook_type(task.sync_phase));
    result.images = planned.target.as_deref().map(images).unwrap_or_default();
    result
}

fn hook_type(phase: Phase) -> HookType {
    match phase {
        Phase::PreSync => HookType::PreSync,
        Phase::Sync => HookType::Sync,
        Phase::PostSync => HookType::PostSync,
        Phase::SyncFail => HookType::SyncFail,
    }
}

/// The images of a workload's containers, or of a Pod's.
fn images(object: &Object) -> Vec<String> {
    let pods = [
        "/spec/template/spec/containers",
        "/spec/jobTemplate/spec/template/spec/containers",
        "/spec/containers",
    ];
    let containers = pods.iter().find_map(|path| object.value().pointer(path));
    let containers = containers.and_then(Value::as_array).into_iter().flatten();
    containers
        .filter_map(|container| container.get("image")?.as_str())
        .map(str::to_owned)
        .collect()
}
