//! What comes before the first wave: objections, the namespace, the dry run.

use gitops_core::apply::Reason;
use gitops_core::plan::{Action, Apply, Check};
use jiff::Timestamp;

use super::record::State;
use super::step::{Answered, Call, Refusal, Sight, Step};
use super::{Operation, Stage, Wait};
use super::{OperationPhase, ResultCode};

impl Operation {
    /// Creates the destination namespace, without which the server cannot judge
    /// the objects in it; ends the operation where the plan has problems.
    pub(super) fn create_namespace(&mut self, now: Timestamp) -> Vec<Step> {
        if !self.plan.problems.is_empty() {
            self.refuse(now);
            return Vec::new();
        }
        let Some(task) = self.namespace_task() else {
            self.stage = Stage::Checking;
            return Vec::new();
        };
        if self.records[task].has_failed() {
            let reason = self.result(task).map(|result| result.message.clone());
            let reason = reason.unwrap_or_default();
            let message = format!("the namespace failed to apply, reason: {reason}");
            self.conclude(OperationPhase::Failed, message, now);
            return Vec::new();
        }
        if self.records[task].is_launched() {
            self.stage = Stage::Checking;
            return Vec::new();
        }
        self.message = "one or more tasks are running".into();
        self.apply_step(task, now).into_iter().collect()
    }

    /// The task that creates the destination namespace, if it does not exist.
    fn namespace_task(&self) -> Option<usize> {
        let settings = &self.plan.settings;
        if settings.dry_run || settings.namespace.is_empty() {
            return None;
        }
        self.plan.tasks.iter().position(|task| {
            let object = &task.object;
            matches!(task.action, Action::Create(_))
                && object.kind.kind == "Namespace"
                && object.kind.group.is_empty()
                && object.name == settings.namespace
        })
    }

    fn refuse(&mut self, now: Timestamp) {
        let plan = std::sync::Arc::clone(&self.plan);
        let mut messages: Vec<&str> = Vec::new();
        for problem in &plan.problems {
            messages.push(&problem.message);
            let task = plan.tasks.iter().position(|task| {
                Some(&task.object) == problem.object.as_ref() && task.phase == problem.phase
            });
            if let Some(task) = task {
                self.fail_task(task, &problem.message);
            }
        }
        messages.sort_unstable();
        messages.dedup();
        let message = format!(
            "one or more synchronization tasks are not valid: {}",
            messages.join("; ")
        );
        self.conclude(OperationPhase::Failed, message, now);
    }

    /// Asks the server what it would say to every object, before any is changed.
    pub(super) fn check(&mut self, now: Timestamp) -> Vec<Step> {
        let plan = std::sync::Arc::clone(&self.plan);
        let mut steps = Vec::new();
        let mut contested = Vec::new();
        let mut all_known = true;
        for (task, planned) in plan.tasks.iter().enumerate() {
            match self.records[task].state {
                State::Pending | State::Rechecking if !self.records[task].checked => {}
                State::Contested { .. } => {
                    contested.push(task);
                    continue;
                }
                _ => continue,
            }
            let options = self
                .way_of_check(task)
                .and_then(|apply| apply.check_options());
            let (Some(options), Some(object)) = (options, planned.target.clone()) else {
                self.records[task].checked = true;
                continue;
            };
            all_known = false;
            if self.records[task].take_turn(now) {
                let call = Call::Check { object, options };
                steps.push(Step { task, call });
            }
        }
        if !contested.is_empty() {
            self.wait_for(Wait::Deletion, contested);
        } else if all_known {
            self.checked_all(now);
        }
        steps
    }

    /// How an object is checked; a hook whose predecessor is on its way out, as created.
    fn way_of_check(&self, task: usize) -> Option<Apply> {
        let mut apply = self.plan.tasks[task].apply()?.clone();
        if self.records[task].state == State::Rechecking {
            apply.check = Check::AsCreated;
        }
        Some(apply)
    }

    fn checked_all(&mut self, now: Timestamp) {
        if self.records.iter().any(super::Record::has_failed) {
            let message = "one or more objects failed to apply (dry run)".into();
            self.conclude(OperationPhase::Failed, message, now);
        } else if self.plan.settings.dry_run {
            self.record_dry_run();
            let message = "successfully synced (dry run)".into();
            self.conclude(OperationPhase::Succeeded, message, now);
        } else {
            self.stage = Stage::Syncing;
        }
    }

    /// Records the server's verdict on one object.
    pub(super) fn checked(&mut self, task: usize, result: Result<&Answered, &Refusal>) {
        let way = self.way_of_check(task).map(|apply| apply.check);
        match result {
            Err(refusal)
                if way == Some(Check::AsCreated) && refusal.reason == Reason::AlreadyExists => {}
            Err(refusal) if way == Some(Check::AsApplied) && self.plan.tasks[task].is_hook() => {
                let refusal = refusal.clone();
                return self.records[task].enter(State::Contested { refusal });
            }
            Err(refusal) => return self.refused(task, refusal),
            Ok(_) => {}
        }
        self.records[task].checked = true;
        self.records[task].enter(State::Pending);
    }

    /// Decides what an objection to a hook is worth. One that is being deleted can
    /// hardly be changed, but it will be gone when its successor is applied.
    pub(super) fn look_at_contested(&mut self, task: usize, sight: &Sight, refusal: &Refusal) {
        match sight {
            Sight::Live(live) if !live.deleting => self.refused(task, refusal),
            _ => self.records[task].enter(State::Rechecking),
        }
    }

    /// Records what a sync would do to each object the server could judge.
    fn record_dry_run(&mut self) {
        let plan = std::sync::Arc::clone(&self.plan);
        for (task, planned) in plan.tasks.iter().enumerate() {
            let impossible = planned
                .apply()
                .is_some_and(|apply| apply.check == Check::Impossible);
            let (status, message) = match planned.action {
                _ if impossible => continue,
                Action::Prune { .. } => (ResultCode::Pruned, "pruned (dry run)".to_owned()),
                Action::Leave => (ResultCode::PruneSkipped, self.left(task).to_owned()),
                _ => {
                    let name = super::verdict::resource_name(planned);
                    (ResultCode::Synced, format!("{name} (dry run)"))
                }
            };
            self.record(task, Some(status), OperationPhase::Succeeded, message);
        }
    }
}
