//! What became of an operation and of each of its objects.

use gitops_core::ObjectRef;
use gitops_core::api::{OperationPhase, ResultCode};
use gitops_core::plan::{Phase, Task};
use serde::{Deserialize, Serialize};

use super::Operation;

/// What became of one object in one phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskResult {
    /// The task's place in the plan.
    pub task: usize,
    /// The object.
    pub object: ObjectRef,
    /// The phase of the sync.
    pub sync_phase: Phase,
    /// Whether the object is a hook.
    pub hook: bool,
    /// What was done with it; `None` where nothing could be.
    pub status: Option<ResultCode>,
    /// How it fares since.
    pub phase: OperationPhase,
    /// Both in words.
    pub message: String,
}

impl Operation {
    /// Records what became of a task. An empty message leaves the one that was
    /// recorded before.
    pub(super) fn record(
        &mut self,
        task: usize,
        status: Option<ResultCode>,
        phase: OperationPhase,
        message: impl Into<String>,
    ) {
        let message = message.into();
        let index = self.records[task].result;
        if let Some(result) = index.and_then(|index| self.results.get_mut(index)) {
            result.status = status.or(result.status);
            result.phase = phase;
            if !message.is_empty() {
                result.message = message;
            }
            return;
        }
        let Task {
            object,
            phase: sync_phase,
            ..
        } = &self.plan.tasks[task];
        self.records[task].result = Some(self.results.len());
        self.results.push(TaskResult {
            task,
            object: object.clone(),
            sync_phase: *sync_phase,
            hook: self.plan.tasks[task].is_hook(),
            status,
            phase,
            message,
        });
    }

    /// The recorded result of a task.
    pub(super) fn result(&self, task: usize) -> Option<&TaskResult> {
        self.results.get(self.records[task].result?)
    }
}
