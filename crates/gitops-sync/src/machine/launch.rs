//! How the tasks of a wave are sent: batch after batch, each in its own way.

use std::ops::Range;
use std::sync::Arc;

use gitops_core::apply::Recreate;
use gitops_core::plan::{Action, Reason};
use jiff::Timestamp;

use super::record::{Applied, State};
use super::step::{Call, Step};
use super::{Operation, verdict};
use super::{OperationPhase, ResultCode};

impl Operation {
    /// The steps of the first batch that is not all sent; `None` when all are.
    pub(super) fn launch(&mut self, tasks: Range<usize>, now: Timestamp) -> Option<Vec<Step>> {
        let plan = Arc::clone(&self.plan);
        let mut start = tasks.start;
        for batch in plan.tasks[tasks].chunk_by(|left, right| left.batch == right.batch) {
            let range = start..start + batch.len();
            start = range.end;
            let mut steps = Vec::new();
            let mut launched = true;
            for task in range {
                steps.extend(self.launch_step(task, now));
                launched &= self.records[task].is_launched();
            }
            if !launched {
                return Some(steps);
            }
        }
        None
    }

    pub(super) fn launch_step(&mut self, task: usize, now: Timestamp) -> Option<Step> {
        match self.plan.tasks[task].action {
            Action::Prune { .. } => self.prune_step(task, now),
            Action::Leave => {
                self.leave(task);
                None
            }
            Action::Keep => {
                self.keep(task, now);
                None
            }
            _ => self.apply_step(task, now),
        }
    }

    pub(super) fn apply_step(&mut self, task: usize, now: Timestamp) -> Option<Step> {
        let plan = Arc::clone(&self.plan);
        let planned = &plan.tasks[task];
        let record = &mut self.records[task];
        if matches!(record.state, State::Pending | State::Ready) {
            record.go_on(State::Applying);
        }
        if record.state != State::Applying {
            return None;
        }
        let apply = planned.apply()?;
        let recreates = apply.recreate == Recreate::WhenRefused && record.former.is_some();
        if recreates && record.asks > 0 && !record.asked {
            record.go_on(State::Doubtful);
            return None;
        }
        let object = planned.target.clone()?;
        record.take_turn(now).then(|| Step {
            task,
            call: Call::Apply {
                object,
                options: apply.options(),
            },
        })
    }

    fn prune_step(&mut self, task: usize, now: Timestamp) -> Option<Step> {
        let live = self.plan.tasks[task].live.clone().unwrap_or_default();
        if self.records[task].state == State::Pending {
            if live.deleting {
                self.pruned(task);
                return None;
            }
            self.records[task].enter(State::Pruning);
        }
        if self.records[task].state != State::Pruning || !self.records[task].take_turn(now) {
            return None;
        }
        Some(self.delete(task, live.uid))
    }

    fn leave(&mut self, task: usize) {
        if self.records[task].state != State::Pending {
            return;
        }
        let (status, phase) = (ResultCode::PruneSkipped, OperationPhase::Succeeded);
        let message = self.left(task);
        self.records[task].enter(State::Ended(phase));
        self.record(task, Some(status), phase, message);
    }

    /// Why an object that left the sources stays, in the reference's words.
    pub(super) fn left(&self, task: usize) -> &'static str {
        match self.plan.tasks[task].reason {
            Reason::PruneRefused => "ignored (no prune)",
            _ => "ignored (requires pruning)",
        }
    }

    /// Counts an object that is as wanted as applied.
    fn keep(&mut self, task: usize, now: Timestamp) {
        let record = &mut self.records[task];
        if record.state != State::Pending {
            return;
        }
        record.applied = Some(Applied {
            uid: record.former.take().unwrap_or_default(),
            at: now,
            ..Applied::default()
        });
        record.enter(State::Running);
        let name = verdict::resource_name(&self.plan.tasks[task]);
        let (status, phase) = (ResultCode::Synced, OperationPhase::Running);
        self.record(task, Some(status), phase, format!("{name} unchanged"));
    }
}
