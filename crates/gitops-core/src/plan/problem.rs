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
            let message = objection(task, options, served)?;
            Some(Problem {
                object: Some(task.object.clone()),
                phase: task.phase,
                message,
            })
        })
        .collect();
    problems.extend(conditions(comparison, options));
    problems
}

/// What the comparison found that stands against any sync; with option
/// `FailOnSharedResource=true`, objects of other applications too.
fn conditions<'a>(
    comparison: &'a Comparison,
    options: &'a Options,
) -> impl Iterator<Item = Problem> + 'a {
    let conditions = comparison.conditions.iter();
    conditions.filter_map(|condition| {
        let message = match condition.condition_type.as_str() {
            _ if condition.forbids_syncs() => condition.to_string(),
            "SharedResourceWarning" if options.application.fail_on_shared_resource => {
                format!("Shared resource found: {}", condition.message)
            }
            _ => return None,
        };
        Some(Problem {
            object: None,
            phase: Phase::Sync,
            message,
        })
    })
}
