//! How far each task of an operation is.

use gitops_core::plan::{Gate, Plan, Task};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OperationPhase;
use super::limits::{Limits, later};
use super::step::{Live, Refusal};

/// How far a task is, and what is known of its object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) state: State,
    /// Whether the sync waits for how the object fares.
    pub(super) watch: Watch,
    /// Whether the server's objections to the object are known; it has none then.
    pub(super) checked: bool,
    /// Whether the state's call was handed out and not answered. Forgotten when
    /// the operation is stored, so that the call is handed out again.
    #[serde(skip)]
    pub(super) asked: bool,
    /// How often the state's call was handed out.
    pub(super) asks: u32,
    /// How often the state's call was refused for the moment.
    pub(super) tries: u32,
    /// How often the hook that exists already was asked to go.
    pub(super) clearings: u32,
    /// When the state's call may be handed out again.
    pub(super) not_before: Option<Timestamp>,
    /// The UID of the object that was there before the task's own.
    pub(super) former: Option<String>,
    /// The object that was applied.
    pub(super) applied: Option<Applied>,
    /// Whether the hook finalizer is still to be taken away.
    pub(super) held: bool,
    /// What is left to do when the operation ends.
    pub(super) cleanup: Option<Cleanup>,
    /// The place of the result.
    pub(super) result: Option<usize>,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum State {
    /// Its turn has not come.
    Pending,
    /// The server objects to the hook; whether only because the one that exists
    /// already is being deleted has to be seen.
    Contested { refusal: Refusal },
    /// The hook that exists already is going, so its successor's creation is checked.
    Rechecking,
    /// A hook's turn has come; whether it exists already has to be seen.
    Looking,
    /// The hook that exists already loses its finalizer.
    Releasing { uid: String },
    /// The hook that exists already is deleted.
    Deleting { uid: String },
    /// The deletion was accepted; the object has to go.
    Clearing { uid: String },
    /// Nothing stands in the way of applying it.
    Ready,
    /// It is applied.
    Applying,
    /// It was applied for as much as is known; whether it was has to be seen.
    Doubtful,
    /// It was applied; how it fares has to be seen.
    Running,
    /// It is deleted, because it left the sources.
    Pruning,
    /// The deletion was accepted; the object has to go.
    Vanishing,
    /// It has ended.
    Ended(OperationPhase),
}

/// Whether a sync waits for how an applied object fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Watch {
    /// It does not matter any more: the last wave, when it has no hooks.
    Not,
    /// It counts for as long as hooks of the wave run: the only wave.
    Beside,
    /// Nothing goes on before it has ended.
    Blocks,
}

/// The object that a task applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Applied {
    /// Its UID; empty where it is not known.
    pub(super) uid: String,
    /// The generation that has to be observed.
    pub(super) generation: Option<i64>,
    /// The resource version it had then.
    pub(super) resource_version: String,
    /// When.
    pub(super) at: Timestamp,
    /// Whether anything was changed.
    pub(super) changed: bool,
}

/// What is left to do with a hook when the operation ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Cleanup {
    /// Whether it exists has to be seen.
    Looking,
    /// It loses its finalizer, and goes then if it is to be deleted.
    Releasing { uid: String, delete: bool },
    /// It goes.
    Deleting { uid: String },
    /// Nothing.
    Done,
    /// Nothing, because it could not be done.
    Failed,
}

impl Record {
    /// One record a task of the plan.
    pub(super) fn all(plan: &Plan) -> Vec<Self> {
        let mut records = Vec::with_capacity(plan.tasks.len());
        for wave in plan.waves() {
            records.extend(wave.tasks.iter().map(|task| {
                let watch = match wave.gate {
                    Gate::Open => Watch::Not,
                    Gate::Hooks if !task.is_hook() => Watch::Beside,
                    Gate::Hooks | Gate::All => Watch::Blocks,
                };
                Self::new(task, watch)
            }));
        }
        records
    }

    fn new(task: &Task, watch: Watch) -> Self {
        Self {
            state: State::Pending,
            watch,
            checked: false,
            asked: false,
            asks: 0,
            tries: 0,
            clearings: 0,
            not_before: None,
            former: task.live.as_ref().map(|live| live.uid.clone()),
            applied: None,
            held: false,
            cleanup: None,
            result: None,
        }
    }

    /// Goes on to another state, whose call was never made.
    pub(super) fn enter(&mut self, state: State) {
        self.state = state;
        self.settle_call();
    }

    /// Goes on to another state of the same attempt, so that the refusals before count.
    pub(super) fn go_on(&mut self, state: State) {
        self.state = state;
        self.asked = false;
        self.asks = 0;
    }

    /// Forgets about the call that was answered.
    pub(super) fn settle_call(&mut self) {
        self.asked = false;
        self.asks = 0;
        self.tries = 0;
        self.not_before = None;
    }

    /// Whether the state's call is due, which then counts as handed out.
    pub(super) fn take_turn(&mut self, now: Timestamp) -> bool {
        if self.asked || self.not_before.is_some_and(|moment| moment > now) {
            return false;
        }
        self.asked = true;
        self.asks = self.asks.saturating_add(1);
        self.not_before = None;
        true
    }

    /// Whether a later batch may begin as far as this task goes.
    pub(super) fn is_launched(&self) -> bool {
        matches!(
            self.state,
            State::Running | State::Vanishing | State::Ended(_)
        )
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(self.state, State::Ended(phase) if phase.is_unsuccessful())
    }

    /// Whether the task's own progress depends on how the object is.
    pub(super) fn is_awaited(&self) -> bool {
        matches!(
            self.state,
            State::Contested { .. }
                | State::Looking
                | State::Clearing { .. }
                | State::Doubtful
                | State::Running
                | State::Vanishing
        )
    }

    /// Remembers the object that the task applied.
    pub(super) fn applied(&mut self, live: &Live, changed: bool, now: Timestamp) {
        self.applied = Some(Applied {
            uid: live.uid.clone(),
            generation: live.generation,
            resource_version: live.resource_version.clone(),
            at: now,
            changed,
        });
        self.held = live.held;
        self.enter(State::Running);
    }

    /// When something is due after `now` although nothing was observed.
    pub(super) fn wake_at(&self, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
        let running = match self.state {
            State::Running => self.applied.as_ref(),
            _ => None,
        };
        let deadlines = running.into_iter().flat_map(|applied| {
            let settled = applied.changed.then_some(limits.settle);
            [settled, limits.wave_timeout, limits.hook_timeout]
                .into_iter()
                .flatten()
                .map(|wait| later(applied.at, wait))
        });
        deadlines
            .chain(self.not_before)
            .filter(|moment| *moment > now)
            .min()
    }
}
