//! What happens to hooks besides being applied: the one that is there already
//! goes, and one that has ended loses the finalizer that kept it.

use std::ops::Range;

use gitops_core::apply::{DeleteOptions, Reason};
use gitops_core::hook::DeletePolicy;
use gitops_core::plan::Action;
use jiff::Timestamp;

use super::record::{Cleanup, State};
use super::step::{Answered, Ask, Call, Refusal, Sight, Step};
use super::{Operation, Wait};
use super::{OperationPhase, ResultCode};

/// How often the hook that exists already is asked to go. It may have been replaced by
/// another in between, but hardly as often as this.
const MOST_CLEARINGS: u32 = 5;

impl Operation {
    /// The steps that clear the way for a wave's hooks; `None` when it is clear.
    pub(super) fn clear_hooks(&mut self, wave: Range<usize>, now: Timestamp) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        let (mut unseen, mut going) = (Vec::new(), Vec::new());
        for task in wave {
            if !self.plan.tasks[task].is_hook() {
                continue;
            }
            if self.records[task].state == State::Pending {
                self.records[task].enter(State::Looking);
            }
            match self.records[task].state {
                State::Looking => unseen.push(task),
                State::Clearing { .. } => going.push(task),
                State::Releasing { .. } | State::Deleting { .. } => {
                    going.push(task);
                    steps.extend(self.clearing_step(task, now));
                }
                _ => {}
            }
        }
        match (going.is_empty(), unseen.is_empty()) {
            (true, true) => return None,
            (true, false) => self.wait_for(Wait::Look, unseen),
            (false, _) => self.wait_for(Wait::Deletion, going),
        }
        Some(steps)
    }

    fn clearing_step(&mut self, task: usize, now: Timestamp) -> Option<Step> {
        let record = &mut self.records[task];
        if !record.take_turn(now) {
            return None;
        }
        let state = record.state.clone();
        match state {
            State::Releasing { uid } => Some(self.release(task, uid)),
            State::Deleting { uid } => Some(self.delete(task, uid)),
            _ => None,
        }
    }

    /// Decides what becomes of the hook that is there already.
    pub(super) fn look_at_former(&mut self, task: usize, sight: &Sight) {
        let deletes_former = self.has_policy(task, DeletePolicy::BeforeHookCreation);
        let record = &mut self.records[task];
        let Sight::Live(live) = sight else {
            record.enter(State::Ready);
            return;
        };
        if matches!(&record.state, State::Clearing { uid } if *uid == live.uid) && !live.held {
            return;
        }
        let uid = live.uid.clone();
        record.former = Some(uid.clone());
        record.enter(match (live.deleting, live.held) {
            (false, _) if !deletes_former => State::Ready,
            (_, true) => State::Releasing { uid },
            (true, false) => State::Clearing { uid },
            (false, false) => State::Deleting { uid },
        });
        if matches!(
            record.state,
            State::Releasing { .. } | State::Deleting { .. }
        ) {
            record.clearings += 1;
        }
        if record.clearings > MOST_CLEARINGS {
            let message = "the hook that exists already does not go, however often it is deleted";
            self.fail_clearing(task, message.into());
        }
    }

    fn fail_clearing(&mut self, task: usize, message: String) {
        self.record(task, None, OperationPhase::Error, message);
        self.records[task].enter(State::Ended(OperationPhase::Error));
    }

    pub(super) fn answered_hook(
        &mut self,
        task: usize,
        ask: Ask,
        result: Result<&Answered, &Refusal>,
    ) {
        let refusal = match result {
            Err(refusal) if refusal.reason != Reason::NotFound => Some(refusal),
            _ => None,
        };
        if self.records[task].cleanup.is_some() {
            self.answered_cleanup(task, refusal);
        } else if let State::Ended(_) = self.records[task].state {
            self.released(task, refusal);
        } else {
            self.answered_clearing(task, ask, refusal);
        }
    }

    fn answered_clearing(&mut self, task: usize, ask: Ask, refusal: Option<&Refusal>) {
        let record = &mut self.records[task];
        match (record.state.clone(), refusal) {
            (State::Releasing { uid }, None) => record.enter(State::Deleting { uid }),
            (State::Deleting { uid }, None) => record.enter(State::Clearing { uid }),
            (_, Some(refusal))
                if refusal.reason == Reason::Conflict && record.clearings < MOST_CLEARINGS =>
            {
                record.enter(State::Looking);
            }
            (_, Some(refusal)) => {
                let what = match ask {
                    Ask::Release => "remove hook finalizer",
                    _ => "delete resource",
                };
                self.fail_clearing(task, format!("failed to {what}: {}", refusal.message));
            }
            _ => {}
        }
    }

    /// The steps that take the finalizer from a wave's hooks that have ended;
    /// `None` when it is gone from all.
    pub(super) fn release_hooks(
        &mut self,
        wave: Range<usize>,
        now: Timestamp,
    ) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        let mut all_released = true;
        for task in wave {
            let record = &mut self.records[task];
            let ended = matches!(record.state, State::Ended(_)) && record.held;
            if !ended || !self.plan.tasks[task].is_hook() {
                continue;
            }
            all_released = false;
            if record.take_turn(now) {
                let uid = self.applied_uid(task);
                steps.push(self.release(task, uid));
            }
        }
        (!all_released).then_some(steps)
    }

    fn released(&mut self, task: usize, refusal: Option<&Refusal>) {
        self.records[task].held = false;
        self.records[task].settle_call();
        if let Some(refusal) = refusal
            && refusal.reason != Reason::Conflict
        {
            let message = format!("Failed to remove hook finalizer: {}", refusal.message);
            self.records[task].enter(State::Ended(OperationPhase::Error));
            self.record(task, None, OperationPhase::Error, message);
        }
    }

    fn answered_cleanup(&mut self, task: usize, refusal: Option<&Refusal>) {
        let before = self.records[task].cleanup.clone();
        let after = match (before, refusal) {
            (Some(Cleanup::Releasing { uid, delete: true }), None) => Cleanup::Deleting { uid },
            (_, None) => Cleanup::Done,
            // The object is another's by now.
            (_, Some(refusal)) if refusal.reason == Reason::Conflict => Cleanup::Done,
            (_, Some(refusal)) => {
                let phase = self.result(task).map(|result| result.phase);
                let message = format!("failed to delete resource: {}", refusal.message);
                let phase = phase.unwrap_or(OperationPhase::Error);
                self.record(task, Some(ResultCode::SyncFailed), phase, message);
                Cleanup::Failed
            }
        };
        self.records[task].settle_call();
        self.records[task].cleanup = Some(after);
    }

    pub(super) fn has_policy(&self, task: usize, policy: DeletePolicy) -> bool {
        match &self.plan.tasks[task].action {
            Action::RunHook { delete, .. } => delete.contains(&policy),
            _ => false,
        }
    }

    pub(super) fn applied_uid(&self, task: usize) -> String {
        let applied = self.records[task].applied.as_ref();
        applied.map_or_else(String::new, |applied| applied.uid.clone())
    }

    pub(super) fn release(&self, task: usize, uid: String) -> Step {
        let object = self.plan.tasks[task].object.clone();
        let call = Call::Release { object, uid };
        Step { task, call }
    }

    pub(super) fn delete(&self, task: usize, uid: String) -> Step {
        let options = DeleteOptions::default()
            .propagation(self.plan.settings.propagation)
            .uid(Some(uid).filter(|uid| !uid.is_empty()));
        let object = self.plan.tasks[task].object.clone();
        let call = Call::Delete { object, options };
        Step { task, call }
    }
}
