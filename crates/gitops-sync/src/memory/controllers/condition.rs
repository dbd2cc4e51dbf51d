//! Conditions in a status.

use serde_json::{Map, Value, json};

/// One condition as it should be.
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: bool,
    pub(super) reason: &'a str,
    pub(super) message: String,
}

/// The condition of this type.
pub(super) fn find<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = status["conditions"].as_array()?;
    conditions.iter().find(|it| it["type"] == kind)
}

pub(super) fn is_true(status: &Value, kind: &str) -> bool {
    find(status, kind).is_some_and(|it| it["status"] == "True")
}

/// Sets the condition; its time moves only with its status.
pub(super) fn set(status: &mut Value, condition: &Condition<'_>, time: &str) {
    let text = if condition.status { "True" } else { "False" };
    let since = find(status, condition.kind)
        .filter(|it| it["status"] == text)
        .and_then(|it| it["lastTransitionTime"].as_str())
        .unwrap_or(time)
        .to_owned();
    let mut entry = Map::from_iter([
        ("type".to_owned(), json!(condition.kind)),
        ("status".to_owned(), json!(text)),
        ("lastTransitionTime".to_owned(), json!(since)),
    ]);
    for (field, text) in [
        ("reason", condition.reason),
        ("message", &condition.message),
    ] {
        if !text.is_empty() {
            entry.insert(field.into(), json!(text));
        }
    }
    put(status, Value::Object(entry));
}

/// Puts a whole condition in the place of the one of its type.
pub(super) fn put(status: &mut Value, entry: Value) {
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    if let Some(conditions) = status["conditions"].as_array_mut() {
        match conditions.iter_mut().find(|it| it["type"] == entry["type"]) {
            Some(known) => *known = entry,
            None => conditions.push(entry),
        }
    }
}
