//! An early end: hooks that run are deleted, everything else stays as it is.

use gitops_core::hook::DeletePolicy;
use jiff::Timestamp;

use super::OperationPhase;
use super::record::{Cleanup, State};
use super::step::{Live, Sight, Step};
use super::{Operation, verdict};

impl Operation {
    pub(super) fn wind_down(&mut self, now: Timestamp) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut all_clean = true;
        for task in 0..self.records.len() {
            if !self.plan.tasks[task].is_hook() {
                // What was sent is waited for, so that its result is known.
                all_clean &= !self.records[task].asked;
                continue;
            }
            if !self.begin_cleanup(task) {
                all_clean = false;
                continue;
            }
            all_clean &= self.records[task].is_clean();
            steps.extend(self.cleanup_step(task, now));
        }
        if all_clean {
            self.end_early(now);
        }
        steps
    }

    /// Decides what is to be cleaned up of a hook; not while a call for it is out.
    fn begin_cleanup(&mut self, task: usize) -> bool {
        let record = &mut self.records[task];
        if record.cleanup.is_some() {
            return true;
        }
        if record.asked {
            return false;
        }
        let may_exist = match record.state {
            State::Running | State::Doubtful => true,
            State::Applying => record.asks > 0,
            _ => false,
        };
        let uid = match &record.applied {
            Some(applied) => applied.uid.clone(),
            None => String::new(),
        };
        let cleanup = match record.state {
            _ if may_exist => Cleanup::Looking,
            State::Ended(_) if record.held => Cleanup::Releasing { uid, delete: false },
            _ => Cleanup::Done,
        };
        record.settle_call();
        record.cleanup = Some(cleanup);
        true
    }

    /// Records how a running hook ended, and lets go of it.
    pub(super) fn look_before_termination(&mut self, task: usize, sight: &Sight, now: Timestamp) {
        let cleanup = match sight {
            Sight::Gone | Sight::Unreadable(_) => {
                self.end_task(task, OperationPhase::Succeeded, "Terminated");
                Cleanup::Done
            }
            Sight::Live(live) => self.stop(task, live, now),
        };
        self.records[task].settle_call();
        self.records[task].cleanup = Some(cleanup);
    }

    fn stop(&mut self, task: usize, live: &Live, now: Timestamp) -> Cleanup {
        let (phase, message) = verdict::verdict(&self.plan.tasks[task], live);
        let completed = phase.is_completed() && self.is_settled(task, live, now);
        match phase {
            OperationPhase::Error => self.end_task(task, phase, &message),
            _ if completed => self.end_task(task, phase, &message),
            _ => self.end_task(task, OperationPhase::Failed, "Terminated"),
        }
        let delete = !completed
            || phase == OperationPhase::Error
            || self.has_policy(task, DeletePolicy::HookFailed);
        Cleanup::Releasing {
            uid: live.uid.clone(),
            delete,
        }
    }

    fn end_task(&mut self, task: usize, phase: OperationPhase, message: &str) {
        self.records[task].enter(State::Ended(phase));
        self.record(task, None, phase, message);
    }

    fn end_early(&mut self, now: Timestamp) {
        let with_errors = self
            .records
            .iter()
            .any(|record| record.cleanup == Some(Cleanup::Failed));
        let (phase, message) = if with_errors {
            (OperationPhase::Error, "Operation termination had errors")
        } else {
            (OperationPhase::Failed, "Operation terminated")
        };
        self.conclude(phase, message.into(), now);
    }
}
