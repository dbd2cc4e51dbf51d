//! Whether an Application's policy asks for a sync.

use gitops_core::api::{Application, Condition, Operation};
use gitops_core::decide::{Automated, Facts, automated};
use jiff::Timestamp;

use super::Refreshed;

/// The condition that tells why a sync that is due does not begin.
const SYNC_ERROR: &str = "SyncError";

/// What to do, and why.
pub(super) struct Decision {
    /// The operation to start; `None` to leave things as they are.
    pub(super) operation: Option<Operation>,
    /// Why.
    pub(super) reason: String,
}

/// Decides whether what a refresh found calls for a sync, and notes in the status
/// why one that is due does not begin.
pub(super) fn decide(application: &Application, found: &mut Refreshed) -> Decision {
    let revisions: Vec<String> = found.revisions.iter().map(ToString::to_string).collect();
    let facts = Facts::new(application, &found.comparison, &revisions);
    let now = Timestamp::now();
    let verdict = automated(&facts, now);
    let conditions = &mut found.status.conditions;
    conditions.retain(|condition| condition.condition_type != SYNC_ERROR);
    let (operation, reason) = match verdict {
        Automated::Sync(operation) => (Some(*operation), "live state differs".into()),
        Automated::Skip(skip) => (None, skip.to_string()),
        Automated::Wait(moment) => (None, format!("healing waits until {moment}")),
        Automated::Report(condition) => {
            let reason = condition.message.clone();
            conditions.push(since(condition, application, now));
            (None, reason)
        }
    };
    Decision { operation, reason }
}

/// The condition with the time since which it has been so.
fn since(mut condition: Condition, application: &Application, now: Timestamp) -> Condition {
    let known = application.status.conditions.iter().find(|known| {
        known.condition_type == condition.condition_type && known.message == condition.message
    });
    condition.last_transition_time = known
        .and_then(|known| known.last_transition_time)
        .or(Some(now));
    condition
}
