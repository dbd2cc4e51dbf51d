//! GitOps Promoter: what is ready, and how far promotions are.

use gitops_core::Health;
use serde_json::Value;

use super::read::{conditions, degraded, healthy, is, is_set, progressing, shown, text_or};
use super::table::is_equal;
use crate::field::{at, list, text};

/// The words with which a kind tells how it is.
struct Kind {
    /// Before there is a status.
    initializing: &'static str,
    /// While it is being deleted.
    deleting: &'static str,
    /// Its name where a generation is waited for.
    name: &'static str,
    /// The start of the message where reconciling failed.
    failed: &'static str,
    /// The start of the message where it is not ready for another reason.
    not_ready: &'static str,
    /// The start of the message where nobody knows; empty where that does not count.
    unknown: &'static str,
    /// Where no condition tells whether it is ready.
    missing: &'static str,
    /// The types of the condition that tells whether it is ready.
    ready: &'static [&'static str],
    /// What each finalizer waits for.
    finalizers: &'static [(&'static str, &'static str)],
}

const READY: &[&str] = &["Ready"];

pub(super) fn argocd_commit_status(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing Argo CD commit status",
        deleting: "Argo CD commit status is being deleted",
        name: "Argo CD commit status",
        failed: "Argo CD commit status reconciliation failed",
        not_ready: "Argo CD commit status reconciliation failed",
        unknown: "",
        missing: "Argo CD commit status is not ready yet",
        ready: READY,
        finalizers: &[],
    };
    kind.judge(object).unwrap_or_else(|| {
        let selected = list(object, &["status", "applicationsSelected"]).len();
        if selected == 0 {
            return degraded("Argo CD commit status has no applications configured");
        }
        healthy(format!(
            "Argo CD commit status is healthy and is tracking {selected} applications"
        ))
    })
}

pub(super) fn commit_status(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing commit status",
        deleting: "Commit status is being deleted",
        name: "commit status",
        failed: "Commit status reconciliation failed",
        not_ready: "Commit status reconciliation failed",
        unknown: "",
        missing: "Commit status is not ready yet",
        ready: READY,
        finalizers: &[],
    };
    kind.judge(object).unwrap_or_else(|| {
        if !is_set(object, &["status", "sha"]) || !is_set(object, &["status", "phase"]) {
            return healthy("Commit status is healthy");
        }
        healthy(format!(
            "Commit status for commit {} reports {}",
            shown(object, &["status", "sha"]),
            shown(object, &["status", "phase"]),
        ))
    })
}

pub(super) fn pull_request(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing pull request",
        deleting: "Pull request is being deleted.",
        name: "pull request",
        failed: "Pull request reconciliation failed",
        not_ready: "Pull request reconciliation failed",
        unknown: "",
        missing: "Pull request is not ready yet",
        ready: &["Reconciled", "Ready"],
        finalizers: &[
            (
                "pullrequest.promoter.argoproj.io/finalizer",
                "Waiting for SCM closure or reconciliation of the pull request. Risk if removed manually: the real PR can stay open after the CR is gone.",
            ),
            (
                "changetransferpolicy.promoter.argoproj.io/pullrequest-finalizer",
                "Waiting for the ChangeTransferPolicy to observe PR identity and state. Risk if removed manually: promotion status or history can be wrong or racy.",
            ),
        ],
    };
    kind.judge(object).unwrap_or_else(|| {
        if !is_set(object, &["status", "id"]) || !is_set(object, &["status", "state"]) {
            return healthy("Pull request is healthy");
        }
        healthy(format!(
            "Pull request is {} as PR {}",
            shown(object, &["status", "state"]),
            shown(object, &["status", "id"]),
        ))
    })
}

pub(super) fn cluster_scm_provider(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing cluster SCM provider",
        deleting: "ClusterScmProvider is being deleted.",
        name: "ClusterScmProvider",
        failed: "Cluster SCM provider validation failed",
        not_ready: "Cluster SCM provider not ready",
        unknown: "Cluster SCM provider readiness unknown",
        missing: "ClusterScmProvider Ready condition is missing",
        ready: READY,
        finalizers: &[(
            "clusterscmprovider.promoter.argoproj.io/finalizer",
            "Waiting until no GitRepository still references this cluster-wide SCM provider. Risk if removed manually: GitRepository objects can reference a provider that no longer exists.",
        )],
    };
    kind.judge(object)
        .unwrap_or_else(|| healthy("Cluster SCM provider is ready"))
}

pub(super) fn scm_provider(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing SCM provider",
        deleting: "ScmProvider is being deleted.",
        name: "ScmProvider",
        failed: "SCM provider validation failed",
        not_ready: "SCM provider not ready",
        unknown: "SCM provider readiness unknown",
        missing: "ScmProvider Ready condition is missing",
        ready: READY,
        finalizers: &[(
            "scmprovider.promoter.argoproj.io/finalizer",
            "Waiting until no GitRepository in this namespace still references this provider. Risk if removed manually: GitRepository objects can reference a provider that no longer exists.",
        )],
    };
    kind.judge(object)
        .unwrap_or_else(|| healthy("SCM provider is ready"))
}

pub(super) fn git_repository(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing Git repository",
        deleting: "GitRepository is being deleted.",
        name: "GitRepository",
        failed: "Git repository validation failed",
        not_ready: "Git repository not ready",
        unknown: "Git repository readiness unknown",
        missing: "GitRepository Ready condition is missing",
        ready: READY,
        finalizers: &[(
            "gitrepository.promoter.argoproj.io/finalizer",
            "Waiting until no non-deleting PullRequests still reference this repository. Risk if removed manually: repository metadata may be removed while promotions still depend on it.",
        )],
    };
    kind.judge(object)
        .unwrap_or_else(|| healthy("Git repository is ready"))
}

pub(super) fn git_commit_status(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing git commit validation",
        deleting: "GitCommitStatus is being deleted",
        name: "GitCommitStatus",
        failed: "Git commit validation failed",
        not_ready: "Git commit validation not ready",
        unknown: "Git commit validation status unknown",
        missing: "GitCommitStatus Ready condition is missing",
        ready: READY,
        finalizers: &[],
    };
    kind.judge(object).unwrap_or_else(|| {
        environments(
            object,
            ["Git commit validation", "Git commit validation", "passed"],
        )
    })
}

pub(super) fn timed_commit_status(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing timed commit gate",
        deleting: "TimedCommitStatus is being deleted",
        name: "TimedCommitStatus",
        failed: "Timed commit gate failed",
        not_ready: "Timed commit gate not ready",
        unknown: "Timed commit gate status unknown",
        missing: "TimedCommitStatus Ready condition is missing",
        ready: READY,
        finalizers: &[],
    };
    kind.judge(object).unwrap_or_else(|| {
        environments(
            object,
            ["Timed commit gate", "Timed commit gate", "satisfied"],
        )
    })
}

pub(super) fn web_request_commit_status(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing web request commit validation",
        deleting: "WebRequestCommitStatus is being deleted",
        name: "WebRequestCommitStatus",
        failed: "Web request commit validation failed",
        not_ready: "Web request commit validation not ready",
        unknown: "Web request commit validation unknown",
        missing: "WebRequestCommitStatus Ready condition is missing",
        ready: READY,
        finalizers: &[],
    };
    kind.judge(object).unwrap_or_else(|| {
        environments(
            object,
            [
                "Web request commit validation",
                "Web request validation",
                "passed",
            ],
        )
    })
}

pub(super) fn change_transfer_policy(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing change transfer policy",
        deleting: "Change transfer policy is being deleted.",
        name: "change transfer policy",
        failed: "Change transfer policy reconciliation failed",
        not_ready: "Change transfer policy reconciliation failed",
        unknown: "",
        missing: "Change transfer policy is not ready yet",
        ready: READY,
        finalizers: &[(
            "changetransferpolicy.promoter.argoproj.io/finalizer",
            "Waiting to clear related PullRequest finalizers and finish cleanup before this policy is removed. Risk if removed manually: The 'changetransferpolicy.promoter.argoproj.io/pullrequest-finalizer' finalizer may not be cleaned up from PullRequests owned by this ChangeTransferPolicy.",
        )],
    };
    kind.judge(object).unwrap_or_else(|| transfer(object))
}

pub(super) fn promotion_strategy(object: &Value) -> Health {
    let kind = Kind {
        initializing: "Initializing promotion strategy",
        deleting: "Promotion strategy is being deleted",
        name: "promotion strategy",
        failed: "Promotion strategy reconciliation failed",
        not_ready: "Promotion strategy reconciliation failed",
        unknown: "",
        missing: "Promotion strategy is not ready yet",
        ready: READY,
        finalizers: &[],
    };
    kind.judge(object).unwrap_or_else(|| strategy(object))
}

impl Kind {
    /// The health of an object that is not ready; `None` where it is.
    fn judge(&self, object: &Value) -> Option<Health> {
        if is_set(object, &["metadata", "deletionTimestamp"]) {
            return Some(progressing(self.deletion(object)));
        }
        if !is_set(object, &["status"]) {
            return Some(progressing(self.initializing));
        }
        let mut is_told = false;
        for condition in conditions(object).unwrap_or_default() {
            if !self.ready.iter().any(|kind| is(condition, kind)) {
                continue;
            }
            is_told = true;
            if let Some(health) = self.not_ready(object, condition) {
                return Some(health);
            }
        }
        (!is_told).then(|| progressing(self.missing))
    }

    fn deletion(&self, object: &Value) -> String {
        let waits = list(object, &["metadata", "finalizers"])
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|name| self.finalizers.iter().find(|(known, _)| *known == name))
            .map(|(name, waits)| format!(" {name}: {waits}"));
        std::iter::once(self.deleting.to_owned())
            .chain(waits)
            .collect()
    }

    fn not_ready(&self, object: &Value, condition: &Value) -> Option<Health> {
        let observed = at(condition, &["observedGeneration"]);
        let generation = at(object, &["metadata", "generation"]);
        if observed.is_some() && generation.is_some() && !is_equal(observed, generation) {
            let waiting = format!("Waiting for {} spec update to be observed", self.name);
            return Some(progressing(waiting));
        }
        let reason = text_or(condition, &["reason"], "Unknown");
        match text(condition, &["status"]) {
            "False" => {
                let told = text_or(condition, &["message"], "Unknown error");
                Some(degraded(match reason {
                    "ReconciliationError" => format!("{}: {told}", self.failed),
                    _ => format!("{} ({reason}): {told}", self.not_ready),
                }))
            }
            "Unknown" if !self.unknown.is_empty() => {
                let told = text_or(condition, &["message"], "Unknown");
                Some(progressing(format!("{} ({reason}): {told}", self.unknown)))
            }
            _ => None,
        }
    }
}

/// A gate over branches; named once alone, once with branches, and its success.
fn environments(object: &Value, [alone, gate, passed]: [&str; 3]) -> Health {
    let environments = list(object, &["status", "environments"]);
    if environments.is_empty() {
        return healthy(format!("{alone} reconciled"));
    }
    let branches = |wanted: fn(&str) -> bool| -> Vec<&str> {
        environments
            .iter()
            .filter(|environment| wanted(text_or(environment, &["phase"], "pending")))
            .map(|environment| text_or(environment, &["branch"], "?"))
            .collect()
    };
    let failed = branches(|phase| phase == "failure");
    if !failed.is_empty() {
        return degraded(format!(
            "{gate} failed for branch(es): {}",
            failed.join(", ")
        ));
    }
    let pending = branches(|phase| phase != "success");
    if !pending.is_empty() {
        return progressing(format!(
            "{gate} pending for branch(es): {}",
            pending.join(", ")
        ));
    }
    healthy(format!(
        "{gate} {passed} for {} environment(s)",
        environments.len()
    ))
}

/// Commit statuses by how they fared.
#[derive(Default)]
struct Tally<'a> {
    pending: Vec<&'a str>,
    failed: Vec<&'a str>,
    successful: usize,
}

impl<'a> Tally<'a> {
    fn of(statuses: &'a [Value]) -> Self {
        let mut tally = Self::default();
        for status in statuses {
            let key = text(status, &["key"]);
            match text(status, &["phase"]) {
                "pending" => tally.pending.push(key),
                "failure" => tally.failed.push(key),
                "success" => tally.successful += 1,
                _ => {}
            }
        }
        tally
    }

    fn is_clean(&self) -> bool {
        self.pending.is_empty() && self.failed.is_empty()
    }

    fn told(&self) -> String {
        let mut told = format!(
            "{} pending, {} successful, {} failed. ",
            self.pending.len(),
            self.successful,
            self.failed.len()
        );
        for (what, keys) in [("Pending", &self.pending), ("Failed", &self.failed)] {
            if !keys.is_empty() {
                told = format!("{told}{what} commit statuses: {}. ", keys.join(", "));
            }
        }
        told
    }
}

fn transfer(object: &Value) -> Health {
    let active = text(object, &["status", "active", "dry", "sha"]);
    let proposed = text(object, &["status", "proposed", "dry", "sha"]);
    if active.is_empty() {
        return progressing("The active commit DRY SHA is missing or empty.");
    }
    if proposed.is_empty() {
        return progressing("The proposed commit DRY SHA is missing or empty.");
    }
    let tally = |side| Tally::of(list(object, &["status", side, "commitStatuses"]));
    if proposed != active {
        return progressing(format!(
            "Promotion in progress from '{}' to '{}': {}",
            short(active),
            short(proposed),
            tally("proposed").told()
        ));
    }
    let tally = tally("active");
    if !tally.is_clean() {
        return healthy(format!(
            "Environment is up-to-date, but there are non-successful active commit statuses: {}",
            tally.told()
        ));
    }
    healthy(format!(
        "Environment is up-to-date on commit {}.",
        short(active)
    ))
}

fn strategy(object: &Value) -> Health {
    let environments = list(object, &["status", "environments"]);
    let Some(first) = environments.first() else {
        return degraded("Promotion strategy has no environments configured");
    };
    if let Some(missing) = environments.iter().find_map(missing_commit) {
        return progressing(missing);
    }
    let is_uniform = environments
        .iter()
        .all(|environment| hydrated(environment) == hydrated(first));
    if !is_uniform {
        return progressing(
            "Not all environments have the same proposed commit SHA. This likely means the hydrator has not run for all environments yet.",
        );
    }
    if let Some(promotion) = environments.iter().find_map(promotion) {
        return progressing(promotion);
    }
    let behind: Vec<String> = environments.iter().filter_map(unsuccessful).collect();
    if !behind.is_empty() {
        return healthy(format!(
            "Environments are up-to-date, but some environments have non-successful commit statuses: {}.",
            behind.join(", ")
        ));
    }
    healthy(format!(
        "All environments are up-to-date on commit '{}'. Hydrator has processed dry commit '{}'.",
        short(text(first, &["active", "dry", "sha"])),
        short(hydrated(first)),
    ))
}

fn missing_commit(environment: &Value) -> Option<String> {
    let branch = text(environment, &["branch"]);
    let side = if text(environment, &["active", "dry", "sha"]).is_empty() {
        "active"
    } else if hydrated(environment).is_empty() {
        "proposed"
    } else {
        return None;
    };
    Some(format!(
        "The {side} commit DRY SHA is missing or empty in environment '{branch}'."
    ))
}

/// The commit that the hydrator worked on last: noted, or else proposed.
fn hydrated(environment: &Value) -> &str {
    match text(environment, &["proposed", "note", "drySha"]) {
        "" => text(environment, &["proposed", "dry", "sha"]),
        noted => noted,
    }
}

fn promotion(environment: &Value) -> Option<String> {
    let active = text(environment, &["active", "dry", "sha"]);
    let proposed = text(environment, &["proposed", "dry", "sha"]);
    if proposed == active {
        return None;
    }
    Some(format!(
        "Promotion in progress for environment '{}' from '{}' to '{}': {}Hydrator has processed dry commit '{}'. ",
        text(environment, &["branch"]),
        short(active),
        short(proposed),
        Tally::of(list(environment, &["proposed", "commitStatuses"])).told(),
        short(hydrated(environment)),
    ))
}

fn unsuccessful(environment: &Value) -> Option<String> {
    let tally = Tally::of(list(environment, &["active", "commitStatuses"]));
    (!tally.is_clean()).then(|| {
        let branch = text(environment, &["branch"]);
        let (failed, pending) = (tally.failed.len(), tally.pending.len());
        format!("{branch} ({failed} failed, {pending} pending)")
    })
}

/// The first seven characters of a commit.
fn short(sha: &str) -> &str {
    sha.char_indices()
        .nth(7)
        .map_or(sha, |(end, _)| &sha[..end])
}
