//! How answers and sightings change what an operation knows.

use gitops_core::apply::{Outcome, Reason, Strategy};
use gitops_core::plan::Check;
use jiff::Timestamp;

use super::Operation;
use super::advice::advise;
use super::limits::{is_retryable, later};
use super::message::short;
use super::record::{Applied, Cleanup, Record, State, Watch};
use super::step::{Answer, Answered, Ask, Live, Observed, Refusal, Sight};
use super::verdict::{applied_message, verdict};
use super::{OperationPhase, ResultCode};

impl Operation {
    pub(super) fn take_in(&mut self, seen: &Observed, now: Timestamp) {
        let started = self.plan.settings.started_at;
        self.approved |= seen.approved_at.is_some_and(|moment| moment >= started);
        for answer in &seen.answers {
            self.take_answer(answer, now);
        }
        for sighting in &seen.sightings {
            if sighting.task < self.records.len() {
                self.take_sight(sighting.task, &sighting.sight, now);
            }
        }
    }

    /// Takes the answer to a call that was handed out; any other is ignored.
    fn take_answer(&mut self, answer: &Answer, now: Timestamp) {
        let task = answer.task;
        let expected = self
            .records
            .get(task)
            .filter(|record| record.asked)
            .and_then(expected);
        if expected != Some(answer.ask) {
            return;
        }
        match &answer.result {
            Ok(Answered::NotMade) => {
                let record = &mut self.records[task];
                record.asked = false;
                record.asks = record.asks.saturating_sub(1);
            }
            Err(refusal) if self.tries_again(task, answer.ask, refusal, now) => {}
            result => self.settle(task, answer.ask, result.as_ref(), now),
        }
    }

    /// Puts a call off that failed for want of the cluster, unless that was too often.
    fn tries_again(&mut self, task: usize, ask: Ask, refusal: &Refusal, now: Timestamp) -> bool {
        let apply = self.plan.tasks[task].apply();
        let defines_kind = apply.is_some_and(|apply| apply.check == Check::Impossible);
        // A deletion names a UID; that it is another's will not change.
        let is_final = ask == Ask::Delete && refusal.reason == Reason::Conflict;
        let record = &mut self.records[task];
        if is_final || !is_retryable(refusal, defines_kind) || record.tries >= self.limits.retries {
            return false;
        }
        record.tries += 1;
        record.asked = false;
        record.not_before = Some(later(now, self.limits.wait(record.tries, refusal)));
        true
    }

    fn settle(
        &mut self,
        task: usize,
        ask: Ask,
        result: Result<&Answered, &Refusal>,
        now: Timestamp,
    ) {
        match ask {
            Ask::Check => self.checked(task, result),
            Ask::Apply => self.answered_apply(task, result, now),
            Ask::Delete if self.records[task].state == State::Pruning => {
                self.answered_prune(task, result);
            }
            Ask::Delete | Ask::Release => self.answered_hook(task, ask, result),
        }
    }

    fn answered_apply(&mut self, task: usize, result: Result<&Answered, &Refusal>, now: Timestamp) {
        match result {
            Ok(Answered::Applied {
                outcome,
                live,
                warnings,
            }) => {
                let message = applied_message(&self.plan.tasks[task], *outcome, warnings);
                self.has_applied(task, live, *outcome, message, now);
            }
            Err(refusal) if self.may_have_created(task, refusal) => {
                self.records[task].go_on(State::Doubtful);
            }
            Err(refusal) => self.refused(task, refusal),
            Ok(_) => self.fail_task(task, "the cluster gave no object back"),
        }
    }

    /// Whether an object that must not exist exists because an earlier call, whose
    /// answer was lost, created it.
    fn may_have_created(&self, task: usize, refusal: &Refusal) -> bool {
        let apply = self.plan.tasks[task].apply();
        refusal.reason == Reason::AlreadyExists
            && self.records[task].asks > 1
            && apply.is_some_and(|apply| apply.strategy == Strategy::Create)
    }

    fn has_applied(
        &mut self,
        task: usize,
        live: &Live,
        outcome: Outcome,
        message: String,
        now: Timestamp,
    ) {
        self.records[task].applied(live, outcome != Outcome::Unchanged, now);
        let (status, phase) = (ResultCode::Synced, OperationPhase::Running);
        self.record(task, Some(status), phase, message);
        self.judge(task, live, now);
    }

    pub(super) fn refused(&mut self, task: usize, refusal: &Refusal) {
        let message = advise(&self.plan.tasks[task], refusal);
        self.fail_task(task, &message);
    }

    /// Ends a task whose object was refused.
    pub(super) fn fail_task(&mut self, task: usize, message: &str) {
        let (status, phase) = (ResultCode::SyncFailed, OperationPhase::Failed);
        self.records[task].enter(State::Ended(phase));
        self.record(task, Some(status), phase, message);
    }

    fn answered_prune(&mut self, task: usize, result: Result<&Answered, &Refusal>) {
        match result {
            Err(refusal) if refusal.reason != Reason::NotFound => {
                self.refused(task, refusal);
            }
            _ => self.pruned(task),
        }
    }

    pub(super) fn pruned(&mut self, task: usize) {
        self.records[task].enter(State::Vanishing);
        let (status, phase) = (ResultCode::Pruned, OperationPhase::Succeeded);
        self.record(task, Some(status), phase, "pruned");
    }

    fn take_sight(&mut self, task: usize, sight: &Sight, now: Timestamp) {
        if let Sight::Unreadable(refusal) = sight {
            self.unreadable(task, refusal);
            return;
        }
        if self.records[task].cleanup == Some(Cleanup::Looking) {
            self.look_before_end(task, sight, now);
            return;
        }
        match (self.records[task].state.clone(), sight) {
            (State::Contested { refusal }, _) => self.look_at_contested(task, sight, &refusal),
            (State::Looking | State::Clearing { .. }, _) => self.look_at_former(task, sight),
            (State::Doubtful, Sight::Gone) => self.records[task].go_on(State::Ready),
            (State::Doubtful, Sight::Live(live)) => self.resolve_doubt(task, live, now),
            (State::Running, Sight::Gone) => self.missing(task),
            (State::Running, Sight::Live(live)) => self.judge(task, live, now),
            (State::Vanishing, sight) if self.records[task].is_other(sight) => {
                self.records[task].enter(State::Ended(OperationPhase::Succeeded));
            }
            _ => {}
        }
    }

    /// Whether a call whose answer was lost has replaced the object that was there.
    fn resolve_doubt(&mut self, task: usize, live: &Live, now: Timestamp) {
        if self.records[task].former.as_ref() == Some(&live.uid) {
            self.records[task].go_on(State::Ready);
            return;
        }
        let message = applied_message(&self.plan.tasks[task], Outcome::Created, &[]);
        self.has_applied(task, live, Outcome::Created, message, now);
    }

    /// An object that cannot be looked at says nothing, unless that stays so.
    fn unreadable(&mut self, task: usize, refusal: &Refusal) {
        let record = &mut self.records[task];
        if is_retryable(refusal, false) {
            return;
        }
        if let State::Contested { refusal } = &record.state {
            let refusal = refusal.clone();
            self.refused(task, &refusal);
            return;
        }
        let message = format!("Failed to get live resource {}", refusal.message);
        if record.cleanup == Some(Cleanup::Looking) {
            record.cleanup = Some(Cleanup::Failed);
        } else if record.is_awaited() {
            record.enter(State::Ended(OperationPhase::Error));
            self.record(task, None, OperationPhase::Error, message);
        }
    }

    fn missing(&mut self, task: usize) {
        let name = short(&self.plan.tasks[task].key());
        let (status, phase) = (ResultCode::SyncFailed, OperationPhase::Error);
        self.records[task].enter(State::Ended(phase));
        self.records[task].held = false;
        let message = format!("Resource {name} is missing, it might have been deleted");
        self.record(task, Some(status), phase, message);
    }

    /// Draws the conclusion from how an applied object fares.
    fn judge(&mut self, task: usize, live: &Live, now: Timestamp) {
        if !self.records[task].recognises(live, now) {
            return;
        }
        let is_hook = self.plan.tasks[task].is_hook();
        self.records[task].held = live.held;
        if is_hook && live.deleting && !live.held {
            self.record(task, None, OperationPhase::Running, "Pending deletion");
            return;
        }
        if !self.is_settled(task, live, now) {
            return;
        }
        let (phase, message) = verdict(&self.plan.tasks[task], live);
        // How an object fares that nobody waits for fails nothing.
        if self.records[task].watch == Watch::Not && phase != OperationPhase::Succeeded {
            return;
        }
        if phase.is_completed() {
            self.records[task].enter(State::Ended(phase));
        }
        self.record(task, None, phase, message);
    }

    /// Whether the object's status speaks of what was applied.
    pub(super) fn is_settled(&self, task: usize, live: &Live, now: Timestamp) -> bool {
        if let (Some(observed), Some(generation)) = (live.observed_generation, live.generation)
            && observed < generation
        {
            return false;
        }
        let Some(applied) = &self.records[task].applied else {
            return true;
        };
        !applied.changed
            || live.health.is_none()
            || live.observed_generation.is_some()
            || live.resource_version != applied.resource_version
            || !is_custom(&self.plan.tasks[task].object.kind.group)
            || now >= later(applied.at, self.limits.settle)
    }
}

impl Record {
    /// Whether the object is the one that was applied, and not an earlier state
    /// of it. One that somebody put in its place counts as ours from now on.
    fn recognises(&mut self, live: &Live, now: Timestamp) -> bool {
        let applied = self.applied.get_or_insert_with(|| Applied {
            uid: live.uid.clone(),
            at: now,
            ..Applied::default()
        });
        if applied.uid != live.uid && !applied.uid.is_empty() {
            if self.former.as_ref() == Some(&live.uid) {
                return false;
            }
            applied.uid.clone_from(&live.uid);
            applied.generation = live.generation;
            return true;
        }
        live.generation >= applied.generation
    }

    /// Whether the object that was there before is gone.
    pub(super) fn is_other(&self, sight: &Sight) -> bool {
        match sight {
            Sight::Gone => true,
            Sight::Unreadable(_) => false,
            Sight::Live(live) => self.former.as_ref().is_some_and(|uid| *uid != live.uid),
        }
    }
}

/// The call that a record's state waits for.
fn expected(record: &Record) -> Option<Ask> {
    match &record.cleanup {
        Some(Cleanup::Releasing { .. }) => return Some(Ask::Release),
        Some(Cleanup::Deleting { .. }) => return Some(Ask::Delete),
        _ => {}
    }
    Some(match record.state {
        State::Pending | State::Rechecking => Ask::Check,
        State::Applying => Ask::Apply,
        State::Deleting { .. } | State::Pruning => Ask::Delete,
        State::Releasing { .. } | State::Ended(_) => Ask::Release,
        _ => return None,
    })
}

/// The groups that Kubernetes itself serves have no dot or end in `.k8s.io`.
fn is_custom(group: &str) -> bool {
    group.contains('.') && !group.ends_with(".k8s.io")
}
