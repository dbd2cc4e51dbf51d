//! Kinds that nobody wrote a check for, by what their conditions usually mean.

use gitops_core::{Health, HealthCheck, HealthStatus, Object, health};
use serde_json::Value;

use crate::field::{condition, int64, list, text};

/// Judges any object whose status follows the common conventions.
///
/// A status of an older generation is waited for. Then `Stalled`, `Degraded` and
/// `Failed` mean what they say, `Reconciling` and `Progressing` are waited for,
/// and `Ready`, `Available`, `Healthy` or `Succeeded` decide. Objects without
/// any of these are not judged.
///
/// The reference gives such objects no health at all, so a chain asks this check
/// only on request, and last: `Chain::standard().conventions()`.
///
/// ```
/// use gitops_core::{HealthCheck, HealthStatus, Object};
/// use gitops_health::Conventions;
///
/// let object = Object::new(serde_json::json!({
///     "apiVersion": "example.org/v1", "kind": "Database", "metadata": {"name": "orders"},
///     "status": {"conditions": [
///         {"type": "Ready", "status": "False", "message": "no disk"},
///         {"type": "Stalled", "status": "True", "message": "quota is used up"},
///     ]},
/// }))?;
/// let health = Conventions.check(&object)?.expect("it has conditions");
/// assert_eq!(health.status, HealthStatus::Degraded);
/// assert_eq!(health.message, "quota is used up");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Conventions;

/// Conditions that are bad news while they hold, the worst first.
const BAD: [(&str, HealthStatus); 5] = [
    ("Stalled", HealthStatus::Degraded),
    ("Failed", HealthStatus::Degraded),
    ("Degraded", HealthStatus::Degraded),
    ("Reconciling", HealthStatus::Progressing),
    ("Progressing", HealthStatus::Progressing),
];

/// Conditions that are good news while they hold; the first that is there decides.
const GOOD: [&str; 4] = ["Ready", "Available", "Healthy", "Succeeded"];

const CONDITIONS: [&str; 2] = ["status", "conditions"];

impl HealthCheck for Conventions {
    fn check(&self, object: &Object) -> Result<Option<Health>, health::Error> {
        let value = object.value();
        if !is_known(value) {
            return Ok(None);
        }
        Ok(outdated(value)
            .or_else(|| bad_news(value))
            .or_else(|| good_news(value)))
    }
}

fn is_known(object: &Value) -> bool {
    let known = |kind: &str| GOOD.contains(&kind) || BAD.iter().any(|(bad, _)| *bad == kind);
    list(object, &CONDITIONS)
        .iter()
        .any(|condition| known(text(condition, &["type"])))
}

/// A status, or the condition that would decide, of an older generation.
fn outdated(object: &Value) -> Option<Health> {
    let generation = int64(object, &["metadata", "generation"])?;
    let deciding = GOOD
        .iter()
        .find_map(|kind| condition(object, &CONDITIONS, kind));
    let observed = int64(object, &["status", "observedGeneration"])
        .or_else(|| int64(deciding?, &["observedGeneration"]))?;
    (observed < generation).then(|| {
        let message = format!("waiting for generation {generation} to be observed");
        Health::new(HealthStatus::Progressing, message)
    })
}

fn bad_news(object: &Value) -> Option<Health> {
    BAD.iter().find_map(|(kind, status)| {
        let condition = condition(object, &CONDITIONS, kind)?;
        // A Deployment-like `Progressing` also holds once everything is done.
        let is_done = *kind == "Progressing" && good(object).is_some_and(holds);
        (holds(condition) && !is_done).then(|| Health::new(*status, told(condition)))
    })
}

fn good_news(object: &Value) -> Option<Health> {
    let condition = good(object)?;
    let status = match text(condition, &["status"]) {
        "True" => HealthStatus::Healthy,
        // Not ready yet, or not any more: only `Stalled` would say that it stays so.
        "False" => HealthStatus::Progressing,
        _ => HealthStatus::Unknown,
    };
    Some(Health::new(status, told(condition)))
}

fn good(object: &Value) -> Option<&Value> {
    GOOD.iter()
        .find_map(|kind| condition(object, &CONDITIONS, kind))
}

fn holds(condition: &Value) -> bool {
    text(condition, &["status"]) == "True"
}

/// The condition's message, or else its reason.
fn told(condition: &Value) -> &str {
    match text(condition, &["message"]) {
        "" => text(condition, &["reason"]),
        message => message,
    }
}

#[cfg(test)]
mod tests {
    use gitops_core::{HealthCheck, Object};
    use serde_json::{Value, json};

    use super::Conventions;

    #[track_caller]
    fn gives(status: &Value, expected: Option<&str>) {
        let object = Object::new(json!({
            "apiVersion": "a/v1", "kind": "B", "metadata": {"name": "a", "generation": 2}, "status": status,
        }))
        .unwrap();
        let said = Conventions
            .check(&object)
            .unwrap()
            .map(|health| format!("{} {}", health.status, health.message));
        assert_eq!(said.as_deref(), expected, "{status}");
    }

    fn conditions(list: &[(&str, &str)]) -> Value {
        let list: Vec<Value> = list
            .iter()
            .map(|(kind, status)| json!({"type": kind, "status": status, "message": kind}))
            .collect();
        json!({"conditions": list})
    }

    #[test]
    fn conditions_mean_what_they_usually_mean() {
        gives(&conditions(&[("Ready", "True")]), Some("Healthy Ready"));
        gives(
            &conditions(&[("Ready", "False")]),
            Some("Progressing Ready"),
        );
        gives(&conditions(&[("Ready", "Unknown")]), Some("Unknown Ready"));
        gives(
            &conditions(&[("Ready", "False"), ("Stalled", "True")]),
            Some("Degraded Stalled"),
        );
        gives(
            &conditions(&[("Ready", "True"), ("Reconciling", "True")]),
            Some("Progressing Reconciling"),
        );
        gives(
            &conditions(&[("Available", "True"), ("Progressing", "True")]),
            Some("Healthy Available"),
        );
        gives(
            &conditions(&[("Degraded", "False"), ("Available", "True")]),
            Some("Healthy Available"),
        );
        gives(&conditions(&[("Odd", "True")]), None);
        gives(&json!({}), None);
    }

    #[test]
    fn an_older_generation_is_waited_for() {
        let mut status = conditions(&[("Ready", "True")]);
        status["observedGeneration"] = json!(1);
        gives(
            &status,
            Some("Progressing waiting for generation 2 to be observed"),
        );
        status["observedGeneration"] = json!(2);
        gives(&status, Some("Healthy Ready"));
        let mut status = conditions(&[("Ready", "True")]);
        status["conditions"][0]["observedGeneration"] = json!(1);
        gives(
            &status,
            Some("Progressing waiting for generation 2 to be observed"),
        );
    }
}
