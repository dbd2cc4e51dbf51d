//! What speaks against carrying a plan out.

use serde::{Deserialize, Serialize};

use super::check::{Served, objection};
use super::{Options, Phase, Task};
use crate::ObjectRef;
use crate::compare::Comparison;

/// Why a task cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Problem {
    /// The object; `None` where it is about the application.
    pub object: Option<ObjectRef>,
    /// The phase of the task.
    pub phase: Phase,
    /// What is wrong and what to do.
    pub message: String,
}

pub(super) fn find(
    comparison: &Comparison,
    tasks: &[Task],
    options: &Options,
    served: &Served,
) -> Vec<Problem> {
    let mut problems: Vec<Problem> = tasks
        .iter()
        .filter_map(|task| {
            Some(Problem {
                object: Some(task.object.clone()),
                phase: task.phase,
                message: objection(task, options, served)?,
            })
        })
        .collect();
    problems.extend(shared(comparison, options));
    problems
}

/// With option `FailOnSharedResource=true`, objects of other applications.
fn shared<'a>(
    comparison: &'a Comparison,
    options: &'a Options,
) -> impl Iterator<Item = Problem> + 'a {
    comparison
        .conditions
        .iter()
        .filter(|_| options.application.fail_on_shared_resource)
        .filter(|condition| condition.condition_type == "SharedResourceWarning")
        .map(|condition| Problem {
            object: None,
            phase: Phase::Sync,
            message: format!("Shared resource found: {}", condition.message),
        })
}
