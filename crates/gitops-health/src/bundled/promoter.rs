//! GitOps Promoter: what is ready, and how far promotions are.

mod gate;
mod kinds;
mod promotion;

use gitops_core::Health;
use serde_json::Value;

use super::read::{conditions, degraded, is, is_set, progressing, text_or};
use super::table::is_equal;
use crate::field::{at, list, text};

pub(super) use kinds::KINDS;

/// A kind, the words with which it tells how it is, and what it tells once ready.
pub(super) struct Kind {
    /// Its group and kind.
    pub(super) name: &'static str,
    /// Before there is a status.
    initializing: &'static str,
    /// While it is being deleted.
    deleting: &'static str,
    /// How it is called where a generation is waited for.
    spoken: &'static str,
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
    /// The health once it is ready.
    then: fn(&Value) -> Health,
}

impl Kind {
    pub(super) fn judge(&self, object: &Value) -> Health {
        self.obstacle(object).unwrap_or_else(|| (self.then)(object))
    }

    /// The health of an object that is not ready; `None` where it is.
    fn obstacle(&self, object: &Value) -> Option<Health> {
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
        let are_told = is_set(condition, &["observedGeneration"])
            && is_set(object, &["metadata", "generation"]);
        if are_told && !is_equal(observed, generation) {
            let waiting = format!("Waiting for {} spec update to be observed", self.spoken);
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
