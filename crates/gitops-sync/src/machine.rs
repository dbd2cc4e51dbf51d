//! A running sync as a value: what was done, what is awaited, what comes next.
//!
//! An [`Operation`] holds a plan and everything that happened so far.
//! [`Operation::advance`] takes what was observed and returns the next steps;
//! nothing in it waits, reads a clock or touches a cluster. So an operation can
//! be stored between steps and taken up again by another process, and a test can
//! drive it through any fault there is.
//!
//! The rules of carrying on after a crash: store the operation after `advance`
//! and before its steps are carried out. Steps that were handed out and not
//! answered are then handed out again, and each is such that twice does what
//! once does: deletions name the UID they are for, applies leave an object that
//! is as wanted alone, and a recreation looks first whether it has happened.
//!
//! ```
//! use gitops_core::compare::Comparison;
//! use gitops_core::plan::{self, plan};
//! use gitops_sync::machine::{Observed, Operation, OperationPhase};
//! use jiff::Timestamp;
//!
//! let plan = plan(&Comparison::new(Vec::new()), &plan::Options::default());
//! let mut operation = Operation::new(plan);
//! let steps = operation.advance(&Observed::default(), Timestamp::UNIX_EPOCH);
//! assert!(steps.is_empty());
//! assert_eq!(operation.phase(), OperationPhase::Succeeded);
//! assert_eq!(operation.message(), "successfully synced (no more tasks)");
//! ```

mod advice;
mod check;
mod close;
mod failure;
mod hook;
mod launch;
mod limits;
mod message;
mod observe;
mod outcome;
mod record;
mod step;
mod terminate;
mod verdict;
mod wave;

use std::sync::Arc;

use gitops_core::plan::{Phase, Plan, Task};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use record::{Cleanup, Record};

pub use gitops_core::api::{OperationPhase, ResultCode};
pub use limits::Limits;
pub use message::{Wait, Waiting};
pub use outcome::TaskResult;
pub use step::{
    Answer, Answered, Ask, Awaited, Call, Live, Observed, Refusal, Sight, Sighting, Step,
};

/// A sync that is under way, or has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    plan: Arc<Plan>,
    limits: Limits,
    phase: OperationPhase,
    message: String,
    finished_at: Option<Timestamp>,
    results: Vec<TaskResult>,
    stage: Stage,
    /// The first task of the wave that is under way.
    cursor: usize,
    /// Whether a person has confirmed that objects are pruned.
    approved: bool,
    waiting: Option<Waiting>,
    /// One a task of the plan.
    records: Vec<Record>,
}

/// How far an operation is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Stage {
    /// The destination namespace is created, before anything is checked.
    Namespace,
    /// The server is asked what it would say to each object.
    Checking,
    /// Wave after wave is carried out.
    Syncing,
    /// A wave has failed; hooks for that case run.
    Failing { reason: String },
    /// What is left to do is to clean up.
    Closing {
        phase: OperationPhase,
        message: String,
    },
    /// Nothing is left to do.
    Closed,
}

impl Operation {
    /// An operation that carries out `plan`, with the default limits.
    pub fn new(plan: Plan) -> Self {
        Self::with_limits(plan, Limits::default())
    }

    /// An operation that carries out `plan` within `limits`.
    pub fn with_limits(plan: Plan, limits: Limits) -> Self {
        let records = Record::all(&plan);
        Self {
            plan: Arc::new(plan),
            limits,
            phase: OperationPhase::Running,
            message: String::new(),
            finished_at: None,
            results: Vec::new(),
            stage: Stage::Namespace,
            cursor: 0,
            approved: false,
            waiting: None,
            records,
        }
    }

    /// What is carried out.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How the operation fares.
    pub fn phase(&self) -> OperationPhase {
        self.phase
    }

    /// The phase in words, with what is waited for or what went wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// When the operation ended; `None` while it is under way.
    pub fn finished_at(&self) -> Option<Timestamp> {
        self.finished_at
    }

    /// What became of each object so far, in the order it happened.
    pub fn results(&self) -> &[TaskResult] {
        &self.results
    }

    /// The phase and wave that are under way; `None` before the first and after the last.
    pub fn wave(&self) -> Option<(Phase, i64)> {
        match self.stage {
            Stage::Syncing | Stage::Failing { .. } => {}
            _ => return None,
        }
        self.plan.tasks.get(self.cursor).map(Task::step)
    }

    /// What is waited for besides answers; `None` when nothing is.
    pub fn waiting(&self) -> Option<&Waiting> {
        self.waiting.as_ref()
    }

    /// Asks for the end: hooks that run are deleted, everything else stays as it
    /// is. Does nothing to an operation that has ended.
    pub fn terminate(&mut self) {
        if self.phase == OperationPhase::Running {
            self.phase = OperationPhase::Terminating;
            self.message = "operation is terminating".into();
        }
    }

    /// Takes in what was observed and says what to do next.
    ///
    /// Each step is handed out once and has to be answered; without an answer
    /// the operation waits. An operation that has ended has no steps.
    pub fn advance(&mut self, seen: &Observed, now: Timestamp) -> Vec<Step> {
        if self.phase.is_completed() {
            return Vec::new();
        }
        self.take_in(seen, now);
        self.waiting = None;
        let steps = if self.phase == OperationPhase::Terminating {
            self.wind_down(now)
        } else {
            self.go_on(now)
        };
        if steps.is_empty() && self.waiting.is_none() && !self.phase.is_completed() {
            self.name_looks();
        }
        steps
    }

    fn go_on(&mut self, now: Timestamp) -> Vec<Step> {
        loop {
            let before = self.stage.clone();
            let steps = match &before {
                Stage::Namespace => self.create_namespace(now),
                Stage::Checking => self.check(now),
                Stage::Syncing => self.sync(now),
                Stage::Failing { .. } => self.run_failure_hooks(now),
                Stage::Closing { .. } => self.clean_up(now),
                Stage::Closed => Vec::new(),
            };
            if !steps.is_empty() || self.stage == before {
                return steps;
            }
        }
    }

    /// The objects to look at before the next [`Operation::advance`].
    pub fn awaited(&self) -> Vec<Awaited> {
        let wave = match &self.stage {
            Stage::Namespace | Stage::Checking => 0..self.records.len(),
            Stage::Syncing | Stage::Failing { .. } => self.wave_at(self.cursor),
            _ => 0..0,
        };
        let running = self.phase == OperationPhase::Running;
        let is_awaited = |(task, record): &(usize, &Record)| match record.cleanup {
            Some(Cleanup::Looking) => !self.phase.is_completed(),
            Some(_) => false,
            None => running && wave.contains(task) && record.is_awaited(),
        };
        self.records
            .iter()
            .enumerate()
            .filter(is_awaited)
            .map(|(task, _)| Awaited {
                task,
                object: self.plan.tasks[task].object.clone(),
            })
            .collect()
    }

    /// When, after `now`, to call [`Operation::advance`] again although nothing
    /// was observed; `None` when only an observation helps.
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        if self.phase.is_completed() {
            return None;
        }
        self.records
            .iter()
            .filter_map(|record| record.wake_at(&self.limits, now))
            .min()
    }

    fn conclude(&mut self, phase: OperationPhase, message: String, now: Timestamp) {
        self.phase = phase;
        self.message = message;
        self.finished_at = Some(now);
        self.stage = Stage::Closed;
    }
}

#[cfg(test)]
mod simulator;
#[cfg(test)]
mod tests;
