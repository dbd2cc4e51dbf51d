//! How a wave is carried out: prunes, then old hooks out of the way, then batch
//! after batch; the next wave waits until this one is where it should be.

use std::ops::Range;

use gitops_core::plan::{Action, Phase, Task};
use gitops_core::sync_options::Removal;
use jiff::Timestamp;

use super::limits::later;
use super::record::{Record, State, Watch};
use super::step::Step;
use super::{Operation, OperationPhase, Stage, Wait};

/// How far a wave is.
enum Progress {
    /// It goes on when these steps are answered, or when something else is seen.
    Busy(Vec<Step>),
    /// The next wave may begin.
    Passed,
    /// It has failed, and nothing of it is under way.
    Failed,
}

impl Operation {
    pub(super) fn sync(&mut self, now: Timestamp) -> Vec<Step> {
        loop {
            let wave = self.wave_at(self.cursor);
            if wave.is_empty() || self.plan.tasks[wave.start].phase == Phase::SyncFail {
                self.succeed();
                return Vec::new();
            }
            match self.carry_out(wave.clone(), now) {
                Progress::Busy(steps) => return steps,
                Progress::Passed => self.cursor = wave.end,
                Progress::Failed => {
                    self.begin_failing(&wave);
                    return Vec::new();
                }
            }
        }
    }

    /// The tasks of the wave that begins at `start`.
    pub(super) fn wave_at(&self, start: usize) -> Range<usize> {
        let tasks = self.plan.tasks.get(start..).unwrap_or_default();
        let length = tasks
            .iter()
            .take_while(|task| task.step() == tasks[0].step())
            .count();
        start..start + length
    }

    fn succeed(&mut self) {
        let last = self.cursor.checked_sub(1).map(|last| &self.records[last]);
        let awaited = last.is_none_or(|last| last.watch != Watch::Not);
        let what = if awaited {
            "no more tasks"
        } else {
            "all tasks run"
        };
        self.stage = Stage::Closing {
            phase: OperationPhase::Succeeded,
            message: format!("successfully synced ({what})"),
        };
    }

    fn carry_out(&mut self, wave: Range<usize>, now: Timestamp) -> Progress {
        if self.has_failed(&wave) {
            return self.end_failed(wave, now);
        }
        self.message = "one or more tasks are running".into();
        let unconfirmed = self.unconfirmed(wave.clone());
        if !unconfirmed.is_empty() {
            self.wait_for(Wait::Approval, unconfirmed);
            return Progress::Busy(Vec::new());
        }
        let prunes = self.prunes(&wave);
        if let Some(steps) = self.launch(wave.start..prunes, now) {
            return Progress::Busy(steps);
        }
        if let Some(steps) = self.clear_hooks(wave.clone(), now) {
            return Progress::Busy(steps);
        }
        if let Some(steps) = self.launch(prunes..wave.end, now) {
            return Progress::Busy(steps);
        }
        if self.has_failed(&wave) {
            return self.end_failed(wave, now);
        }
        if self.waits(&wave, now) {
            return Progress::Busy(Vec::new());
        }
        if self.has_failed(&wave) {
            return self.end_failed(wave, now);
        }
        match self.release_hooks(wave, now) {
            Some(steps) => Progress::Busy(steps),
            None => Progress::Passed,
        }
    }

    fn has_failed(&self, wave: &Range<usize>) -> bool {
        self.records[wave.clone()].iter().any(Record::has_failed)
    }

    /// Brings a wave that has failed to an end: what was sent is answered, hooks
    /// that run complete, and all that have ended lose their finalizers.
    fn end_failed(&mut self, wave: Range<usize>, now: Timestamp) -> Progress {
        let running = self.running_hooks(&wave, now);
        if !running.is_empty() {
            self.wait_for(Wait::Completion, running);
            return Progress::Busy(Vec::new());
        }
        if let Some(steps) = self.finish(&wave, now) {
            return Progress::Busy(steps);
        }
        match self.release_hooks(wave, now) {
            Some(steps) => Progress::Busy(steps),
            None => Progress::Failed,
        }
    }

    /// The steps that bring to an end what was begun in a wave that has failed, so
    /// that nothing happens without a result; `None` when all has ended.
    fn finish(&mut self, wave: &Range<usize>, now: Timestamp) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        let mut all_ended = true;
        for task in wave.clone() {
            let record = &self.records[task];
            let begun = match record.state {
                State::Applying | State::Pruning => record.asks > 0,
                State::Doubtful => true,
                _ => record.asked,
            };
            all_ended &= !begun;
            if begun {
                steps.extend(self.launch_step(task, now));
            }
        }
        (!all_ended).then_some(steps)
    }

    /// The prunes of a wave that a person has yet to confirm.
    fn unconfirmed(&self, wave: Range<usize>) -> Vec<usize> {
        if self.approved {
            return Vec::new();
        }
        wave.filter(|task| {
            self.records[*task].state == State::Pending
                && matches!(
                    self.plan.tasks[*task].action,
                    Action::Prune {
                        removal: Removal::Confirm,
                        ..
                    }
                )
        })
        .collect()
    }

    /// Where a wave's prunes end and what is applied begins.
    fn prunes(&self, wave: &Range<usize>) -> usize {
        let tasks = &self.plan.tasks[wave.clone()];
        wave.start + tasks.partition_point(Task::is_prune)
    }

    /// Whether something of the wave has to be waited for.
    fn waits(&mut self, wave: &Range<usize>, now: Timestamp) -> bool {
        let running: Vec<usize> = wave
            .clone()
            .filter(|task| {
                let record = &self.records[*task];
                record.state == State::Running
                    && record.watch == Watch::Blocks
                    && !self.times_out(*task, now)
            })
            .collect();
        if !running.is_empty() {
            let has_hook = running.iter().any(|task| self.plan.tasks[*task].is_hook());
            let wait = if has_hook {
                Wait::Completion
            } else {
                Wait::Health
            };
            self.wait_for(wait, running);
            return true;
        }
        let vanishing: Vec<usize> = wave
            .clone()
            .filter(|task| {
                let record = &self.records[*task];
                record.state == State::Vanishing && record.watch != Watch::Not
            })
            .collect();
        if vanishing.is_empty() {
            return false;
        }
        self.wait_for(Wait::Deletion, vanishing);
        true
    }

    /// Ends a task that has been running for longer than allowed.
    pub(super) fn times_out(&mut self, task: usize, now: Timestamp) -> bool {
        let limit = if self.plan.tasks[task].is_hook() {
            self.limits.hook_timeout
        } else {
            self.limits.wave_timeout
        };
        let applied = self.records[task].applied.as_ref();
        let (Some(limit), Some(applied)) = (limit, applied) else {
            return false;
        };
        if now < later(applied.at, limit) {
            return false;
        }
        let last = self.result(task).map(|result| result.message.clone());
        let message = format!("not done within {limit:?}: {}", last.unwrap_or_default());
        self.records[task].enter(State::Ended(OperationPhase::Failed));
        self.record(task, None, OperationPhase::Failed, message);
        true
    }
}
