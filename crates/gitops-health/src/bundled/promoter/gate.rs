//! Gates that commits have to pass, branch by branch.

use gitops_core::Health;
use serde_json::Value;

use super::super::read::{degraded, healthy, progressing, text_or};
use crate::field::list;

pub(super) fn git_commit(object: &Value) -> Health {
    let gate = "Git commit validation";
    branches(object, [gate, gate, "passed"])
}

pub(super) fn timed_commit(object: &Value) -> Health {
    let gate = "Timed commit gate";
    branches(object, [gate, gate, "satisfied"])
}

pub(super) fn web_request(object: &Value) -> Health {
    let alone = "Web request commit validation";
    branches(object, [alone, "Web request validation", "passed"])
}

/// A gate over branches; named once alone, once with branches, and its success.
fn branches(object: &Value, [alone, gate, passed]: [&str; 3]) -> Health {
    let environments = list(object, &["status", "environments"]);
    if environments.is_empty() {
        return healthy(format!("{alone} reconciled"));
    }
    let names = |wanted: fn(&str) -> bool| -> Vec<&str> {
        environments
            .iter()
            .filter(|environment| wanted(text_or(environment, &["phase"], "pending")))
            .map(|environment| text_or(environment, &["branch"], "?"))
            .collect()
    };
    let failed = names(|phase| phase == "failure");
    if !failed.is_empty() {
        return degraded(format!(
            "{gate} failed for branch(es): {}",
            failed.join(", ")
        ));
    }
    let pending = names(|phase| phase != "success");
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
