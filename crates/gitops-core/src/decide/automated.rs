//! Whether an Application is synced without anybody asking.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::SyncStatus;
use crate::api::{
    self, Application, Condition, InitiatedBy, Operation, OperationPhase, OperationState, Retry,
    SyncOperation, SyncOperationResource,
};
use crate::compare::Comparison;

/// How often an automated sync is tried again where the Application does not say.
const DEFAULT_RETRIES: i64 = 5;

/// What is known when an automated sync is considered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Facts<'a> {
    /// The Application.
    pub application: &'a Application,
    /// Its targets beside what is live.
    pub comparison: &'a Comparison,
    /// The resolved revision of each source.
    pub revisions: &'a [String],
    /// Whether the revisions may bring something that was not compared before.
    pub may_have_changes: bool,
    /// Why sync windows deny an automated sync now; `None` when they allow it.
    pub denied: Option<&'a str>,
    /// How healing is slowed down.
    pub backoff: HealBackoff,
}

impl<'a> Facts<'a> {
    /// What is known where no window denies anything and the revisions are new.
    pub fn new(
        application: &'a Application,
        comparison: &'a Comparison,
        revisions: &'a [String],
    ) -> Self {
        Self {
            application,
            comparison,
            revisions,
            may_have_changes: true,
            denied: None,
            backoff: HealBackoff::default(),
        }
    }
}

/// How healing is slowed down: each time in a row waits longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealBackoff {
    /// The wait before the second time; the first does not wait.
    pub first: Duration,
    /// What each wait is multiplied by.
    pub factor: u32,
    /// The longest wait.
    pub longest: Duration,
}

impl Default for HealBackoff {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(2),
            factor: 3,
            longest: Duration::from_mins(5),
        }
    }
}

impl HealBackoff {
    /// The wait after the `attempts`th time in a row.
    pub fn wait(&self, attempts: i64) -> Duration {
        if attempts <= 0 {
            return Duration::ZERO;
        }
        let power = u32::try_from(attempts - 1).unwrap_or(u32::MAX);
        let factor = self.factor.saturating_pow(power);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// Whether an Application is synced without anybody asking.
#[derive(Clone, Debug, PartialEq)]
pub enum Automated {
    /// It is, by this operation.
    Sync(Box<Operation>),
    /// It is not.
    Skip(Skip),
    /// It is not, and a person should know.
    Report(Condition),
    /// It is, but not before this moment.
    Wait(Timestamp),
}

/// Why an Application is not synced without anybody asking.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skip {
    /// It is not automated, or not now.
    NotAutomated,
    /// Sync windows deny it, with the reason.
    Denied(String),
    /// An operation is under way.
    OperationInProgress,
    /// It is being deleted.
    Deleting,
    /// It is not out of sync.
    InSync,
    /// All that is out of sync would be pruned, and pruning is off.
    OnlyPruning,
    /// This revision was synced, and what changed in the cluster stays.
    NotHealed,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAutomated => f.write_str("syncs are not automated"),
            Self::Denied(why) => write!(f, "denied by a sync window: {why}"),
            Self::OperationInProgress => f.write_str("an operation is in progress"),
            Self::Deleting => f.write_str("the application is being deleted"),
            Self::InSync => f.write_str("nothing is out of sync"),
            Self::OnlyPruning => {
                f.write_str("all that is out of sync requires pruning, which is off")
            }
            Self::NotHealed => {
                f.write_str("the revision was synced already, and self-healing is off")
            }
        }
    }
}

/// Decides whether an Application is synced without anybody asking.
pub fn automated(facts: &Facts<'_>, now: Timestamp) -> Automated {
    let Some(policy) = policy(facts.application) else {
        return Automated::Skip(Skip::NotAutomated);
    };
    if let Some(skip) = skip(facts, policy) {
        return Automated::Skip(skip);
    }
    let Some(last) = attempted(facts) else {
        return guarded(facts, policy, start(facts, policy));
    };
    if last.phase != OperationPhase::Succeeded {
        let revisions = facts.revisions.join(", ");
        let message = format!(
            "Failed last sync attempt to [{revisions}]: {}",
            last.message
        );
        return Automated::Report(Condition::new("SyncError", message));
    }
    if !policy.self_heal {
        return Automated::Skip(Skip::NotHealed);
    }
    match due(facts, last, now) {
        Some(moment) => Automated::Wait(moment),
        None => guarded(facts, policy, heal(facts, policy, last)),
    }
}

fn policy(application: &Application) -> Option<&api::Automated> {
    let policy = application.spec.sync_policy.as_ref()?.automated.as_ref()?;
    (policy.enabled != Some(false)).then_some(policy)
}

/// Why there is nothing to do, from what is true whatever was done before.
fn skip(facts: &Facts<'_>, policy: &api::Automated) -> Option<Skip> {
    let application = facts.application;
    let running = application
        .status
        .operation_state
        .as_ref()
        .is_some_and(|state| !state.phase.is_completed());
    if let Some(why) = facts.denied {
        return Some(Skip::Denied(why.to_owned()));
    }
    if application.operation.is_some() || running {
        return Some(Skip::OperationInProgress);
    }
    if application.metadata.deletion_timestamp.is_some() {
        return Some(Skip::Deleting);
    }
    if facts.comparison.status != SyncStatus::OutOfSync {
        return Some(Skip::InSync);
    }
    let only_pruning = facts
        .comparison
        .resources
        .iter()
        .filter(|resource| {
            resource
                .status
                .is_some_and(|status| status != SyncStatus::Synced)
        })
        .all(|resource| resource.requires_pruning);
    (!policy.prune && only_pruning).then_some(Skip::OnlyPruning)
}

/// The last operation, if it was for the same revisions of the same sources.
fn attempted<'a>(facts: &Facts<'a>) -> Option<&'a OperationState> {
    let state = facts.application.status.operation_state.as_ref()?;
    let Some(result) = &state.sync_result else {
        return state.phase.is_completed().then_some(state);
    };
    let spec = &facts.application.spec;
    let many = spec.has_multiple_sources();
    if facts.may_have_changes {
        let synced: &[String] = match (many, result.revisions.is_empty()) {
            (false, _) => std::slice::from_ref(&result.revision),
            (true, _) => &result.revisions,
        };
        if synced != facts.revisions {
            return None;
        }
    }
    let sources = spec.effective_sources();
    let same = if many {
        result.sources == sources
    } else {
        result.source.as_ref() == sources.first()
    };
    same.then_some(state)
}

/// When healing is due; `None` when it is now.
fn due(facts: &Facts<'_>, last: &OperationState, now: Timestamp) -> Option<Timestamp> {
    let wait = facts.backoff.wait(heal_attempts(last));
    let wait = SignedDuration::try_from(wait).ok()?;
    let moment = last.finished_at?.checked_add(wait).ok()?;
    (moment > now).then_some(moment)
}

fn heal_attempts(state: &OperationState) -> i64 {
    let sync = state.operation.sync.as_ref();
    sync.map_or(0, |sync| sync.auto_heal_attempts_count)
}

/// The operation, unless it would delete everything there is.
fn guarded(facts: &Facts<'_>, policy: &api::Automated, operation: Operation) -> Automated {
    let wipes = facts
        .comparison
        .resources
        .iter()
        .filter(|resource| resource.status.is_some())
        .all(|resource| resource.requires_pruning);
    if policy.prune && !policy.allow_empty && wipes {
        let revisions = facts.revisions.join(", ");
        let message = format!(
            "Skipping sync attempt to [{revisions}]: auto-sync will wipe out all resources"
        );
        return Automated::Report(Condition::new("SyncError", message));
    }
    Automated::Sync(Box::new(operation))
}

fn start(facts: &Facts<'_>, policy: &api::Automated) -> Operation {
    let spec = &facts.application.spec;
    let sources = spec.effective_sources();
    let mut sync = SyncOperation {
        prune: policy.prune,
        ..SyncOperation::default()
    };
    if spec.has_multiple_sources() {
        sync.sources = sources;
        sync.revisions = facts.revisions.to_vec();
    } else {
        sync.source = sources.into_iter().next();
        sync.revision = facts.revisions.first().cloned().unwrap_or_default();
    }
    let policy = spec.sync_policy.clone().unwrap_or_default();
    sync.sync_options = policy.sync_options;
    Operation {
        sync: Some(sync),
        initiated_by: InitiatedBy {
            automated: true,
            ..InitiatedBy::default()
        },
        retry: policy.retry.unwrap_or_else(|| Retry {
            limit: DEFAULT_RETRIES,
            ..Retry::default()
        }),
        ..Operation::default()
    }
}

/// A sync of only what is out of sync, which runs no hooks and leaves no history.
fn heal(facts: &Facts<'_>, policy: &api::Automated, last: &OperationState) -> Operation {
    let mut operation = start(facts, policy);
    if let Some(sync) = &mut operation.sync {
        sync.auto_heal_attempts_count = heal_attempts(last).saturating_add(1);
        sync.resources = facts
            .comparison
            .resources
            .iter()
            .filter(|resource| {
                resource
                    .status
                    .is_some_and(|status| status != SyncStatus::Synced)
            })
            .map(|resource| SyncOperationResource {
                group: resource.key.group.clone(),
                kind: resource.key.kind.clone(),
                name: resource.key.name.clone(),
                namespace: resource.key.namespace.clone(),
            })
            .collect();
    }
    operation
}
