//! What happens on the way from an Application to a synced cluster.

use std::fmt;

use gitops_core::apply::Reason;
use gitops_core::decide::{DeletionStep, Hindrance};
use gitops_core::plan::Phase;
use gitops_core::{HealthStatus, ObjectRef, Revision, SyncStatus};
use jiff::Timestamp;

use crate::driver;
use crate::machine::{Ask, OperationPhase, Refusal, ResultCode, TaskResult};

/// What happens on the way from an Application to a synced cluster.
///
/// `Display` prints it on a line, as a log or a terminal shows it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A source was resolved.
    Resolved {
        /// The repository, without user information.
        source_url: String,
        /// The revision it stands for now.
        revision: Revision,
    },
    /// The sources gave this many objects.
    Rendered {
        /// How many.
        objects: usize,
    },
    /// What is wanted was compared with what is live.
    Compared {
        /// The verdict on the whole.
        sync: SyncStatus,
        /// How the whole fares.
        health: HealthStatus,
        /// How many objects are not as wanted.
        out_of_sync: usize,
    },
    /// It was decided whether to sync.
    Decided {
        /// Whether a sync begins.
        sync: bool,
        /// Why, or why not.
        reason: String,
    },
    /// An operation that was left unfinished is taken up again.
    Resumed {
        /// How far it is, in words.
        message: String,
    },
    /// The sync has failed and is tried again.
    Retrying {
        /// When.
        at: Timestamp,
        /// Which retry it is, from 1.
        attempt: i64,
        /// Why it failed.
        message: String,
    },
    /// A step of the Application's deletion is made.
    Deleting(DeletionStep),
    /// A wave has begun.
    Wave {
        /// Its phase.
        phase: Phase,
        /// Its number.
        number: i64,
    },
    /// The cluster refused a call, which may be made again.
    Refused {
        /// The object.
        object: ObjectRef,
        /// What the cluster said.
        message: String,
    },
    /// What became of an object is new or has changed.
    Result(TaskResult),
    /// The sync waits, as the message says.
    Waiting {
        /// Such as `waiting for completion of hook batch/Job/migrate`.
        message: String,
    },
    /// The sync has ended.
    Ended {
        /// How.
        phase: OperationPhase,
        /// Why.
        message: String,
    },
    /// A person should know something.
    Warning(String),
}

impl Event {
    /// What the driver tells of a plan's tasks; `None` for what only it needs to know.
    pub(super) fn of(event: driver::Event, objects: &[ObjectRef]) -> Option<Self> {
        Some(match event {
            driver::Event::Wave { phase, number } => Self::Wave { phase, number },
            driver::Event::Result(result) => Self::Result(result),
            driver::Event::Waiting { message } => Self::Waiting { message },
            driver::Event::Ended { phase, message } => Self::Ended { phase, message },
            driver::Event::StepFinished {
                task,
                ask,
                refusal: Some(refusal),
            } if !is_expected(ask, &refusal) => Self::Refused {
                object: objects.get(task)?.clone(),
                message: refusal.message,
            },
            _ => return None,
        })
    }

    /// Whether nothing has happened but that the sync still waits for something.
    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting { .. })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolved {
                source_url,
                revision,
            } => write!(f, "{source_url} is at {}", revision.short()),
            Self::Rendered { objects } => write!(f, "{} wanted", objects_text(*objects)),
            Self::Compared {
                sync,
                health,
                out_of_sync,
            } => write!(
                f,
                "{sync} and {health}, {} {}",
                objects_text(*out_of_sync),
                if *out_of_sync == 1 {
                    "differs"
                } else {
                    "differ"
                }
            ),
            Self::Decided { sync: true, reason } => write!(f, "sync: {reason}"),
            Self::Decided { reason, .. } => write!(f, "no sync: {reason}"),
            Self::Resumed { message } => write!(f, "going on with: {message}"),
            Self::Retrying {
                at,
                attempt,
                message,
            } => write!(f, "{message}; retry {attempt} at {at:.0}"),
            Self::Deleting(step) => deletion_line(step, f),
            Self::Wave { phase, number } => write!(f, "{phase}, wave {number}"),
            Self::Refused { object, message } => write!(f, "{object}: refused: {message}"),
            Self::Result(result) => result_line(result, f),
            Self::Waiting { message } => f.write_str(message),
            Self::Ended { phase, message } => write!(f, "{phase}: {message}"),
            Self::Warning(message) => write!(f, "warning: {message}"),
        }
    }
}

/// That a hook exists which is deleted before it runs again is no objection.
fn is_expected(ask: Ask, refusal: &Refusal) -> bool {
    ask == Ask::Check && refusal.reason == Reason::AlreadyExists
}

fn deletion_line(step: &DeletionStep, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let list = |objects: &[ObjectRef]| {
        let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    match step {
        DeletionStep::Create(hooks) => {
            let hooks: Vec<ObjectRef> = hooks.iter().map(|hook| hook.reference()).collect();
            write!(f, "create {}", list(&hooks))
        }
        DeletionStep::Delete { objects, .. } => write!(f, "delete {}", list(objects)),
        DeletionStep::RemoveFinalizers(names) => write!(f, "done with {}", names.join(", ")),
        DeletionStep::Wait(Hindrance::Operation) => f.write_str("wait for the sync to end"),
        DeletionStep::Wait(Hindrance::Hooks(hooks)) => write!(f, "wait for {}", list(hooks)),
        DeletionStep::Wait(Hindrance::Objects(objects)) => {
            write!(f, "wait until gone: {}", list(objects))
        }
        DeletionStep::Wait(Hindrance::Approval(objects)) => {
            write!(
                f,
                "wait until somebody confirms that this is deleted: {}",
                list(objects)
            )
        }
        DeletionStep::Wait(_) => f.write_str("wait"),
        DeletionStep::Failed { message, .. } => f.write_str(message),
        DeletionStep::Done => f.write_str("deleted"),
    }
}

fn objects_text(count: usize) -> String {
    match count {
        1 => "1 object".into(),
        count => format!("{count} objects"),
    }
}

fn result_line(result: &TaskResult, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let hook = if result.hook { "hook " } else { "" };
    write!(f, "  {hook}{}: ", result.object)?;
    match result.status {
        Some(status) => write!(f, "{status}, {}", result.phase)?,
        None => write!(f, "{}", result.phase)?,
    }
    if result.message.is_empty() || is_over(result) {
        return Ok(());
    }
    write!(f, " ({})", result.message)
}

/// Whether the message tells what was waited for, and no longer is.
fn is_over(result: &TaskResult) -> bool {
    let tells_what_was_done = result.message.contains(&format!("/{}", result.object.name));
    result.phase == OperationPhase::Succeeded
        && result.status == Some(ResultCode::Synced)
        && !result.hook
        && !tells_what_was_done
}
