//! What an operation asks for and what it is told.

use std::sync::Arc;
use std::time::Duration;

use gitops_core::apply::{self, ApplyOptions, DeleteOptions, Outcome, Reason};
use gitops_core::{Health, HealthCheck, Object, ObjectRef, hook};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One call to the cluster, on behalf of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The task's place in [`Plan::tasks`](gitops_core::plan::Plan::tasks).
    pub task: usize,
    /// What to do.
    pub call: Call,
}

/// What to do with the cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// Ask what would come of applying an object; the options are for a dry run.
    Check {
        /// The object.
        object: Arc<Object>,
        /// How.
        options: ApplyOptions,
    },
    /// Apply an object.
    Apply {
        /// The object.
        object: Arc<Object>,
        /// How.
        options: ApplyOptions,
    },
    /// Delete an object.
    Delete {
        /// The object.
        object: ObjectRef,
        /// How.
        options: DeleteOptions,
    },
    /// Take the hook finalizer from an object.
    Release {
        /// The object.
        object: ObjectRef,
        /// Only from the object with this UID; from any where it is empty.
        uid: String,
    },
}

impl Call {
    /// The kind of call, by which an answer finds back.
    pub fn ask(&self) -> Ask {
        match self {
            Self::Check { .. } => Ask::Check,
            Self::Apply { .. } => Ask::Apply,
            Self::Delete { .. } => Ask::Delete,
            Self::Release { .. } => Ask::Release,
        }
    }
}

/// The kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Ask {
    /// [`Call::Check`].
    Check,
    /// [`Call::Apply`].
    Apply,
    /// [`Call::Delete`].
    Delete,
    /// [`Call::Release`].
    Release,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The task of the step.
    pub task: usize,
    /// The call of the step.
    pub ask: Ask,
    /// What came of it.
    pub result: Result<Answered, Refusal>,
}

/// What a call did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answered {
    /// The object was applied, or would have been.
    Applied {
        /// What it did.
        outcome: Outcome,
        /// The object as it is now.
        live: Live,
        /// What the server wants a person to know.
        warnings: Vec<String>,
    },
    /// The deletion was accepted, or the finalizer is gone. An object that does
    /// not exist is such an answer too.
    Done,
    /// The call was not made; it will be handed out again if it is still due.
    NotMade,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of failure it is.
    pub reason: Reason,
    /// What the cluster said.
    pub message: String,
    /// How long the cluster asks to wait.
    pub retry_after: Option<Duration>,
}

impl From<&apply::Error> for Refusal {
    fn from(error: &apply::Error) -> Self {
        Self {
            reason: error.reason,
            message: error.message.clone(),
            retry_after: error.retry_after,
        }
    }
}

/// What was seen since the last time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Answers to steps.
    pub answers: Vec<Answer>,
    /// Objects that were looked at.
    pub sightings: Vec<Sighting>,
    /// When a person last confirmed that objects of the application are deleted.
    pub approved_at: Option<Timestamp>,
}

/// An object to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The task it belongs to.
    pub task: usize,
    /// Where it is found.
    pub object: ObjectRef,
}

/// An object that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The task it belongs to.
    pub task: usize,
    /// What was seen.
    pub sight: Sight,
}

/// What was seen of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sight {
    /// It is there.
    Live(Live),
    /// It is not.
    Gone,
    /// It could not be looked at.
    Unreadable(Refusal),
}

/// A live object, as far as a sync looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Live {
    /// Its UID.
    pub uid: String,
    /// Its resource version.
    pub resource_version: String,
    /// The generation of its wanted state, where the cluster counts it.
    pub generation: Option<i64>,
    /// The generation its status speaks of, where the status says so.
    pub observed_generation: Option<i64>,
    /// Whether its deletion has begun.
    pub deleting: bool,
    /// Whether it carries the hook finalizer.
    pub held: bool,
    /// How it fares; `None` when no check knows its kind, an error when the check failed.
    pub health: Option<Result<Health, String>>,
}

impl Live {
    /// What a sync looks at in `object`, judged by `check`.
    pub fn of(object: &Object, check: &dyn HealthCheck) -> Self {
        let health = check.check(object).transpose();
        Self {
            uid: object.uid().unwrap_or_default().to_owned(),
            resource_version: object.resource_version().unwrap_or_default().to_owned(),
            generation: object.generation(),
            observed_generation: observed_generation(object),
            deleting: object.deletion_timestamp().is_some(),
            held: object.finalizers().any(|name| name == hook::FINALIZER),
            // The reference says so here and where a sync looks at the result.
            health: health.map(|health| {
                health
                    .map_err(|error| format!("failed to get resource health: {}", error.reported()))
            }),
        }
    }
}

/// `status.observedGeneration`, or the lowest of the conditions'; some
/// controllers write it as text.
fn observed_generation(object: &Object) -> Option<i64> {
    let number = |value: &serde_json::Value| {
        let value = value.get("observedGeneration")?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    let status = object.value().get("status")?;
    number(status).or_else(|| {
        let conditions = status.get("conditions")?.as_array()?;
        conditions.iter().filter_map(number).min()
    })
}
