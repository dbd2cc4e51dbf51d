//! What the checks written in Rust share: reading conditions, and short names
//! for their results.

use std::borrow::Cow;

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use super::table::{self, is_equal};
use crate::field::{at, list, text};

pub(super) fn healthy(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Healthy, message)
}

pub(super) fn suspended(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Suspended, message)
}

pub(super) fn progressing(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Progressing, message)
}

pub(super) fn degraded(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Degraded, message)
}

pub(super) fn unknown(message: impl Into<String>) -> Health {
    Health::new(HealthStatus::Unknown, message)
}

/// The entries of `status.conditions`; `None` where there is no such field.
pub(super) fn conditions(object: &Value) -> Option<&[Value]> {
    at(object, &["status", "conditions"]).map(|_| list(object, &["status", "conditions"]))
}

/// Whether a condition is of a type.
pub(super) fn is(condition: &Value, kind: &str) -> bool {
    text(condition, &["type"]) == kind
}

/// Whether a condition is of a type and has a status.
pub(super) fn says(condition: &Value, kind: &str, status: &str) -> bool {
    is(condition, kind) && text(condition, &["status"]) == status
}

/// A condition's message; empty where it has none.
pub(super) fn message(condition: &Value) -> &str {
    text(condition, &["message"])
}

/// A condition's reason; empty where it has none.
pub(super) fn reason(condition: &Value) -> &str {
    text(condition, &["reason"])
}

/// The value at `path` as it stands in a message.
pub(super) fn shown<'a>(value: &'a Value, path: &[&str]) -> Cow<'a, str> {
    at(value, path).map_or(Cow::Borrowed(""), table::text)
}

/// The text at `path`, or another where it is absent.
pub(super) fn text_or<'a>(value: &'a Value, path: &[&str], otherwise: &'a str) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or(otherwise)
}

/// The number at `path`, or another where it is absent.
pub(super) fn number_or(value: &Value, path: &[&str], otherwise: f64) -> f64 {
    at(value, path).and_then(Value::as_f64).unwrap_or(otherwise)
}

/// Whether two places hold the same value; two absent ones do.
pub(super) fn same(value: &Value, left: &[&str], right: &[&str]) -> bool {
    is_equal(at(value, left), at(value, right))
}

/// Whether the generation that the status was made for is the latest.
pub(super) fn is_observed(object: &Value) -> bool {
    same(
        object,
        &["metadata", "generation"],
        &["status", "observedGeneration"],
    )
}

/// Whether something is there and not false.
pub(super) fn is_set(value: &Value, path: &[&str]) -> bool {
    at(value, path).is_some_and(|value| *value != Value::Bool(false))
}
