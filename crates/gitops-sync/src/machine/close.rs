//! What is left to do when the outcome is known: hooks are deleted as their
//! policies say.

use gitops_core::hook::DeletePolicy;
use jiff::Timestamp;

use super::OperationPhase;
use super::record::{Cleanup, State};
use super::step::{Sight, Step};
use super::{Operation, Stage};

impl Operation {
    pub(super) fn clean_up(&mut self, now: Timestamp) -> Vec<Step> {
        let Stage::Closing { phase, message } = self.stage.clone() else {
            return Vec::new();
        };
        let policy = if phase == OperationPhase::Succeeded {
            DeletePolicy::HookSucceeded
        } else {
            DeletePolicy::HookFailed
        };
        let mut steps = Vec::new();
        let mut all_clean = true;
        for task in 0..self.records.len() {
            if !self.has_policy(task, policy) {
                continue;
            }
            if self.records[task].cleanup.is_none() {
                self.records[task].cleanup = Some(self.first_cleanup(task));
                self.records[task].settle_call();
            }
            all_clean &= self.records[task].is_clean();
            steps.extend(self.cleanup_step(task, now));
        }
        if all_clean {
            self.conclude(phase, message, now);
        }
        steps
    }

    /// A hook that ran goes; one that did not is looked for first.
    fn first_cleanup(&self, task: usize) -> Cleanup {
        let record = &self.records[task];
        match (&record.state, &record.applied) {
            (State::Ended(_), Some(applied)) if !applied.uid.is_empty() => Cleanup::Deleting {
                uid: applied.uid.clone(),
            },
            _ => Cleanup::Looking,
        }
    }

    pub(super) fn cleanup_step(&mut self, task: usize, now: Timestamp) -> Option<Step> {
        match self.records[task].cleanup.clone()? {
            Cleanup::Releasing { uid, .. } => {
                let due = self.records[task].take_turn(now);
                due.then(|| self.release(task, uid))
            }
            Cleanup::Deleting { uid } => {
                let due = self.records[task].take_turn(now);
                due.then(|| self.delete(task, uid))
            }
            Cleanup::Looking | Cleanup::Done | Cleanup::Failed => None,
        }
    }

    /// Decides what becomes of a hook that was looked for at the end.
    pub(super) fn look_before_end(&mut self, task: usize, sight: &Sight, now: Timestamp) {
        if self.phase == OperationPhase::Terminating {
            self.look_before_termination(task, sight, now);
            return;
        }
        let cleanup = match sight {
            Sight::Gone | Sight::Unreadable(_) => Cleanup::Done,
            Sight::Live(live) => Cleanup::Releasing {
                uid: live.uid.clone(),
                delete: true,
            },
        };
        self.records[task].settle_call();
        self.records[task].cleanup = Some(cleanup);
    }
}

impl super::Record {
    pub(super) fn is_clean(&self) -> bool {
        matches!(self.cleanup, Some(Cleanup::Done | Cleanup::Failed))
    }
}
