//! A health script's table as a health.

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use crate::Outcome;

/// Reads what a script returned, as the reference reads it: names without
/// regard to case, later ones over earlier ones, and nothing at all from a
/// table in which a field is of the wrong type.
pub(super) fn read(json: &Value) -> Outcome {
    let Value::Object(fields) = json else {
        return Outcome::NoStatus;
    };
    let mut status = "";
    let mut message = "";
    let mut names: Vec<&String> = fields.keys().collect();
    names.sort_unstable();
    for name in names {
        let field = match name.to_lowercase().as_str() {
            "status" => &mut status,
            "message" => &mut message,
            _ => continue,
        };
        match &fields[name] {
            Value::String(text) => *field = text,
            Value::Null => {}
            _ => return Outcome::NoStatus,
        }
    }
    Outcome::Judged(match parse(status) {
        Some(status) => Health::new(status, message),
        None => Health::new(
            HealthStatus::Unknown,
            "Lua returned an invalid health status",
        ),
    })
}

/// A status by its exact name.
pub(super) fn parse(name: &str) -> Option<HealthStatus> {
    [
        HealthStatus::Healthy,
        HealthStatus::Suspended,
        HealthStatus::Progressing,
        HealthStatus::Missing,
        HealthStatus::Degraded,
        HealthStatus::Unknown,
    ]
    .into_iter()
    .find(|status| status.as_str() == name)
}
