//! What follows a failure: its reasons in words, and the hooks for that case.

use std::ops::Range;

use gitops_core::plan::Phase;
use jiff::Timestamp;

use super::record::{Record, State};
use super::step::Step;
use super::{Operation, Stage, Wait};
use super::{OperationPhase, ResultCode};

impl Operation {
    /// Leaves the waves that are left undone and turns to the hooks for failures.
    pub(super) fn begin_failing(&mut self, wave: &Range<usize>) {
        let tasks = &self.plan.tasks;
        let has_failure_hooks = tasks
            .last()
            .is_some_and(|task| task.phase == Phase::SyncFail);
        let refused = |record: &Record| record.has_failed() && record.applied.is_none();
        let only_refused = self.records[wave.clone()]
            .iter()
            .filter(|record| record.has_failed())
            .all(refused);
        let waited = wave
            .clone()
            .any(|task| tasks[task].is_hook() && self.records[task].applied.is_some());
        let base = if only_refused && !waited && !has_failure_hooks {
            "one or more objects failed to apply"
        } else {
            "one or more synchronization tasks completed unsuccessfully"
        };
        let reason = with_reasons(
            base,
            ", reason: ",
            &self.reasons(|phase| phase != Phase::SyncFail),
        );
        self.cursor = tasks.partition_point(|task| task.phase < Phase::SyncFail);
        self.stage = Stage::Failing { reason };
    }

    /// Runs the hooks for failures, wave after wave; one that fails stops no other.
    pub(super) fn run_failure_hooks(&mut self, now: Timestamp) -> Vec<Step> {
        self.message = "one or more tasks are running".into();
        loop {
            let wave = self.wave_at(self.cursor);
            if wave.is_empty() {
                self.end_failing();
                return Vec::new();
            }
            match self.failure_wave(wave.clone(), now) {
                Some(steps) => return steps,
                None => self.cursor = wave.end,
            }
        }
    }

    /// The next steps of a wave of hooks for failures; `None` when it is done.
    fn failure_wave(&mut self, wave: Range<usize>, now: Timestamp) -> Option<Vec<Step>> {
        if let Some(steps) = self.clear_hooks(wave.clone(), now) {
            return Some(steps);
        }
        if let Some(steps) = self.launch(wave.clone(), now) {
            return Some(steps);
        }
        let running = self.running_hooks(&wave, now);
        if !running.is_empty() {
            self.wait_for(Wait::Completion, running);
            return Some(Vec::new());
        }
        self.release_hooks(wave, now)
    }

    /// The hooks of a wave that are still running, but not for too long.
    pub(super) fn running_hooks(&mut self, wave: &Range<usize>, now: Timestamp) -> Vec<usize> {
        wave.clone()
            .filter(|task| {
                self.plan.tasks[*task].is_hook()
                    && self.records[*task].state == State::Running
                    && !self.times_out(*task, now)
            })
            .collect()
    }

    fn end_failing(&mut self) {
        let Stage::Failing { reason } = &self.stage else {
            return;
        };
        let of_hooks = self.reasons(|phase| phase == Phase::SyncFail);
        let message = if of_hooks.is_empty() {
            reason.clone()
        } else {
            let more = "one or more SyncFail hooks failed, reason: ";
            format!("{reason}\n{more}{}", of_hooks.join(","))
        };
        self.stage = Stage::Closing {
            phase: OperationPhase::Failed,
            message,
        };
    }

    /// Why tasks failed, each reason once: what the server said where it refused
    /// an object, else what is wrong with which object.
    fn reasons(&self, is_meant: impl Fn(Phase) -> bool) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        for result in &self.results {
            if !result.phase.is_unsuccessful() || !is_meant(result.sync_phase) {
                continue;
            }
            let reason = match result.status {
                Some(ResultCode::SyncFailed) => result.message.clone(),
                _ => format!("{}: {}", result.object, result.message),
            };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    }
}

fn with_reasons(base: &str, between: &str, reasons: &[String]) -> String {
    if reasons.is_empty() {
        return base.to_owned();
    }
    format!("{base}{between}{}", reasons.join(","))
}
