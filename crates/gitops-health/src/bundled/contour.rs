//! Contour's proxies.

use gitops_core::Health;
use serde_json::Value;

use super::read::{conditions, degraded, healthy, is_set, progressing, says, shown};
use super::table::is_equal;
use crate::field::{at, text};

pub(super) fn proxy(object: &Value) -> Health {
    let description = || shown(object, &["status", "description"]);
    let Some(conditions) = conditions(object) else {
        if is_set(object, &["status", "currentStatus"]) {
            return progressing(description());
        }
        return progressing("Waiting for status");
    };
    let generation = at(object, &["metadata", "generation"]);
    let mut health = progressing("Waiting for status");
    for condition in conditions {
        if !is_equal(at(condition, &["observedGeneration"]), generation) {
            continue;
        }
        if says(condition, "Valid", "True") {
            return healthy(description());
        }
        if text(condition, &["status"]) != "False" {
            continue;
        }
        if at(object, &["spec", "includes"]).is_some() {
            // What is included may be another team's, and has a health of its own.
            health = healthy("HTTPProxy inclusions cannot be health checked");
        } else if says(condition, "Valid", "False") {
            return degraded(description());
        }
    }
    health
}
