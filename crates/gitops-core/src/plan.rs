//! What a sync has to do: every task decided, in the order of carrying out.
//!
//! [`plan()`] turns a [`Comparison`] into a [`Plan`]: phases, in them waves, in
//! them batches of tasks. A task says what becomes of one object and why, so
//! specific that whoever carries it out has no choice left to make. A plan is
//! plain data: `Display` prints it as a person reads it, `Serialize` stores it.
//!
//! The same input gives the same plan, in whatever order it arrived.

mod check;
mod dependency;
mod display;
mod halves;
mod hooks;
mod masked;
mod misspelling;
mod namespace;
mod options;
mod order;
mod ownership;
mod problem;
mod repeat;
mod resource;
mod task;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ObjectKey;
use crate::apply::Propagation;
use crate::compare::Comparison;

pub use misspelling::Misspelling;
pub use options::{Hooks, Options, Prune, Selector};
pub use order::kind_rank;
pub use problem::Problem;
pub use task::{Action, Apply, Check, Known, Moved, Phase, Reason, Task};

/// What a sync has to do, in the order of carrying out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// The tasks, ordered by phase, wave and batch; the order is total.
    pub tasks: Vec<Task>,
    /// Objects that take no part, and why.
    pub left_out: Vec<LeftOut>,
    /// Why the plan must not be carried out; empty when it may.
    pub problems: Vec<Problem>,
    /// Sync options that do not exist; they change nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misspelt: Vec<Misspelling>,
    /// What holds for the sync as a whole.
    pub settings: Settings,
}

/// What holds for a sync as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Settings {
    /// The application's destination namespace; may be empty.
    pub namespace: String,
    /// The revision that is synced; empty when there are several.
    pub revision: String,
    /// When the operation began.
    pub started_at: Timestamp,
    /// Whether the cluster is only asked what would come of it.
    pub dry_run: bool,
    /// What becomes of the dependants of objects that are deleted.
    pub propagation: Propagation,
    /// Whether only some of the application's objects take part.
    pub selective: bool,
}

/// An object that takes no part in a sync.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeftOut {
    /// The object.
    pub key: ObjectKey,
    /// Why it takes no part.
    pub reason: LeftOutReason,
}

/// Why an object takes no part in a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// It is as wanted, and only what is not was asked for.
    InSync,
    /// It is not among the objects asked for.
    NotSelected,
    /// Its only hook type is `Skip`.
    Skipped,
    /// It is annotated as a hook of no type a sync knows.
    NoPhase,
    /// It is a hook, and hooks are left out.
    HooksLeftOut,
    /// Its tracking mark speaks of another object.
    ForeignMark,
}

impl LeftOutReason {
    /// The reason as a person reads it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InSync => "in sync",
            Self::NotSelected => "not selected",
            Self::Skipped => "hook type Skip",
            Self::NoPhase => "hook of no known type",
            Self::HooksLeftOut => "hooks are left out",
            Self::ForeignMark => "tracking mark of another object",
        }
    }
}

/// The tasks of one wave of one phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave<'a> {
    /// The phase.
    pub phase: Phase,
    /// The wave's number, after prunes found their place.
    pub number: i64,
    /// Where in [`Plan::tasks`] the wave begins.
    pub start: usize,
    /// The tasks, in order.
    pub tasks: &'a [Task],
    /// What has to happen to them before the sync goes on.
    pub gate: Gate,
}

/// What a sync waits for at the end of a wave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// Nothing: the last wave, when it has no hooks.
    Open,
    /// Its hooks complete: the only wave.
    Hooks,
    /// Its hooks complete, and what it applies is healthy and what it prunes gone.
    All,
}

impl Plan {
    /// The waves in order, each with the tasks of one phase and number.
    pub fn waves(&self) -> impl Iterator<Item = Wave<'_>> {
        let mut start = 0;
        self.tasks
            .chunk_by(|left, right| left.step() == right.step())
            .map(move |tasks| {
                let (phase, number) = tasks[0].step();
                let wave = Wave {
                    phase,
                    number,
                    start,
                    tasks,
                    gate: self.gate(start, tasks),
                };
                start += tasks.len();
                wave
            })
    }

    /// What is waited for after the wave of these tasks.
    fn gate(&self, start: usize, wave: &[Task]) -> Gate {
        let next = self.tasks.get(start + wave.len());
        let is_last = next.is_none_or(|task| task.phase == Phase::SyncFail);
        if is_last && !wave.iter().any(Task::is_hook) {
            Gate::Open
        } else if wave.len() == self.tasks.len() {
            Gate::Hooks
        } else {
            Gate::All
        }
    }

    /// Whether carrying the plan out would leave the cluster as it is.
    pub fn changes_nothing(&self) -> bool {
        self.tasks
            .iter()
            .filter(|task| task.phase != Phase::SyncFail)
            .all(|task| !task.action.writes())
    }

    /// The same plan for showing: without the values of Secrets.
    #[must_use]
    pub fn masked(&self) -> Self {
        masked::plan(self)
    }
}

/// Decides what a sync of `comparison` has to do.
///
/// ```
/// use std::sync::Arc;
///
/// use gitops_core::Object;
/// use gitops_core::compare::{Compared, Comparison};
/// use gitops_core::diff::Diff;
/// use gitops_core::plan::{self, Action, plan};
///
/// let config = Object::new(serde_json::json!({
///     "apiVersion": "v1", "kind": "ConfigMap",
///     "metadata": {"name": "settings", "namespace": "shop"},
/// }))?;
/// let missing = Compared::new(Some(Arc::new(config)), None, Diff::default());
///
/// let plan = plan(&Comparison::new(vec![missing]), &plan::Options::default());
/// assert!(matches!(plan.tasks[0].action, Action::Create(_)));
/// # Ok::<(), gitops_core::object::Error>(())
/// ```
pub fn plan(comparison: &Comparison, options: &Options) -> Plan {
    let resource::Parts {
        mut tasks,
        hooks,
        mut left_out,
        misspelt,
    } = resource::parts(comparison, options);
    let misspelt = misspelling::all(misspelt, comparison, options);
    let hooks = comparison.hooks.iter().chain(hooks);
    tasks.extend(hooks::tasks(hooks, options, &mut left_out));
    tasks.extend(namespace::creation(comparison, options));
    let served = check::Served::of(comparison, &tasks, options);
    order::place_prunes(&mut tasks);
    order::sort(&mut tasks);
    left_out.sort_unstable();
    check::decide(&mut tasks, options, &served);
    Plan {
        problems: problem::find(comparison, &tasks, options, &served),
        misspelt,
        settings: options.settings(),
        tasks,
        left_out,
    }
}

#[cfg(test)]
mod tests;
