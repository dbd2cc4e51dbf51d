//! What tells the kinds of GitOps Promoter apart.

use gitops_core::Health;
use serde_json::Value;

use super::super::read::{degraded, healthy, is_set, shown};
use super::{Kind, gate, promotion};
use crate::field::list;

/// What most kinds have in common.
const PLAIN: Kind = Kind {
    name: "",
    initializing: "",
    deleting: "",
    spoken: "",
    failed: "",
    not_ready: "",
    unknown: "",
    missing: "",
    ready: &["Ready"],
    finalizers: &[],
    then: |_| healthy(""),
};

pub(in crate::bundled) const KINDS: &[Kind] = &[
    Kind {
        name: "promoter.argoproj.io/ArgoCDCommitStatus",
        initializing: "Initializing Argo CD commit status",
        deleting: "Argo CD commit status is being deleted",
        spoken: "Argo CD commit status",
        failed: "Argo CD commit status reconciliation failed",
        not_ready: "Argo CD commit status reconciliation failed",
        missing: "Argo CD commit status is not ready yet",
        then: applications,
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/ChangeTransferPolicy",
        initializing: "Initializing change transfer policy",
        deleting: "Change transfer policy is being deleted.",
        spoken: "change transfer policy",
        failed: "Change transfer policy reconciliation failed",
        not_ready: "Change transfer policy reconciliation failed",
        missing: "Change transfer policy is not ready yet",
        finalizers: &[(
            "changetransferpolicy.promoter.argoproj.io/finalizer",
            "Waiting to clear related PullRequest finalizers and finish cleanup before this policy is removed. Risk if removed manually: The 'changetransferpolicy.promoter.argoproj.io/pullrequest-finalizer' finalizer may not be cleaned up from PullRequests owned by this ChangeTransferPolicy.",
        )],
        then: promotion::transfer,
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/ClusterScmProvider",
        initializing: "Initializing cluster SCM provider",
        deleting: "ClusterScmProvider is being deleted.",
        spoken: "ClusterScmProvider",
        failed: "Cluster SCM provider validation failed",
        not_ready: "Cluster SCM provider not ready",
        unknown: "Cluster SCM provider readiness unknown",
        missing: "ClusterScmProvider Ready condition is missing",
        finalizers: &[(
            "clusterscmprovider.promoter.argoproj.io/finalizer",
            "Waiting until no GitRepository still references this cluster-wide SCM provider. Risk if removed manually: GitRepository objects can reference a provider that no longer exists.",
        )],
        then: |_| healthy("Cluster SCM provider is ready"),
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/CommitStatus",
        initializing: "Initializing commit status",
        deleting: "Commit status is being deleted",
        spoken: "commit status",
        failed: "Commit status reconciliation failed",
        not_ready: "Commit status reconciliation failed",
        missing: "Commit status is not ready yet",
        then: commit,
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/GitCommitStatus",
        initializing: "Initializing git commit validation",
        deleting: "GitCommitStatus is being deleted",
        spoken: "GitCommitStatus",
        failed: "Git commit validation failed",
        not_ready: "Git commit validation not ready",
        unknown: "Git commit validation status unknown",
        missing: "GitCommitStatus Ready condition is missing",
        then: gate::git_commit,
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/GitRepository",
        initializing: "Initializing Git repository",
        deleting: "GitRepository is being deleted.",
        spoken: "GitRepository",
        failed: "Git repository validation failed",
        not_ready: "Git repository not ready",
        unknown: "Git repository readiness unknown",
        missing: "GitRepository Ready condition is missing",
        finalizers: &[(
            "gitrepository.promoter.argoproj.io/finalizer",
            "Waiting until no non-deleting PullRequests still reference this repository. Risk if removed manually: repository metadata may be removed while promotions still depend on it.",
        )],
        then: |_| healthy("Git repository is ready"),
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/PromotionStrategy",
        initializing: "Initializing promotion strategy",
        deleting: "Promotion strategy is being deleted",
        spoken: "promotion strategy",
        failed: "Promotion strategy reconciliation failed",
        not_ready: "Promotion strategy reconciliation failed",
        missing: "Promotion strategy is not ready yet",
        then: promotion::strategy,
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/PullRequest",
        initializing: "Initializing pull request",
        deleting: "Pull request is being deleted.",
        spoken: "pull request",
        failed: "Pull request reconciliation failed",
        not_ready: "Pull request reconciliation failed",
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
        then: pull_request,
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/ScmProvider",
        initializing: "Initializing SCM provider",
        deleting: "ScmProvider is being deleted.",
        spoken: "ScmProvider",
        failed: "SCM provider validation failed",
        not_ready: "SCM provider not ready",
        unknown: "SCM provider readiness unknown",
        missing: "ScmProvider Ready condition is missing",
        finalizers: &[(
            "scmprovider.promoter.argoproj.io/finalizer",
            "Waiting until no GitRepository in this namespace still references this provider. Risk if removed manually: GitRepository objects can reference a provider that no longer exists.",
        )],
        then: |_| healthy("SCM provider is ready"),
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/TimedCommitStatus",
        initializing: "Initializing timed commit gate",
        deleting: "TimedCommitStatus is being deleted",
        spoken: "TimedCommitStatus",
        failed: "Timed commit gate failed",
        not_ready: "Timed commit gate not ready",
        unknown: "Timed commit gate status unknown",
        missing: "TimedCommitStatus Ready condition is missing",
        then: gate::timed_commit,
        ..PLAIN
    },
    Kind {
        name: "promoter.argoproj.io/WebRequestCommitStatus",
        initializing: "Initializing web request commit validation",
        deleting: "WebRequestCommitStatus is being deleted",
        spoken: "WebRequestCommitStatus",
        failed: "Web request commit validation failed",
        not_ready: "Web request commit validation not ready",
        unknown: "Web request commit validation unknown",
        missing: "WebRequestCommitStatus Ready condition is missing",
        then: gate::web_request,
        ..PLAIN
    },
];

fn applications(object: &Value) -> Health {
    let selected = list(object, &["status", "applicationsSelected"]).len();
    if selected == 0 {
        return degraded("Argo CD commit status has no applications configured");
    }
    healthy(format!(
        "Argo CD commit status is healthy and is tracking {selected} applications"
    ))
}

fn commit(object: &Value) -> Health {
    if !is_set(object, &["status", "sha"]) || !is_set(object, &["status", "phase"]) {
        return healthy("Commit status is healthy");
    }
    healthy(format!(
        "Commit status for commit {} reports {}",
        shown(object, &["status", "sha"]),
        shown(object, &["status", "phase"]),
    ))
}

fn pull_request(object: &Value) -> Health {
    if !is_set(object, &["status", "id"]) || !is_set(object, &["status", "state"]) {
        return healthy("Pull request is healthy");
    }
    healthy(format!(
        "Pull request is {} as PR {}",
        shown(object, &["status", "state"]),
        shown(object, &["status", "id"]),
    ))
}
