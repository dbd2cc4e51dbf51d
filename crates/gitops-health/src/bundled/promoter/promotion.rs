//! How far commits are promoted from one branch to the next.

use gitops_core::Health;
use serde_json::Value;

use super::super::read::{degraded, healthy, progressing};
use crate::field::{list, text};

/// One branch: what is proposed for it, and what is active.
pub(super) fn transfer(object: &Value) -> Health {
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

/// Every branch of a strategy.
pub(super) fn strategy(object: &Value) -> Health {
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
