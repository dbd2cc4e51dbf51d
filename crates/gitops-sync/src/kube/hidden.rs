//! What messages about Secrets must not repeat.

use gitops_core::GroupVersionKind;
use gitops_core::apply::LAST_APPLIED;
use serde_json::Value;

/// Stands where a value stood.
const MASK: &str = "++++++++";

/// Texts this long are hidden wherever they stand, shorter ones where they stand alone.
const DISTINCT: usize = 4;

/// The values of one request that its errors and warnings must not show.
#[derive(Clone, Default)]
pub(super) struct Hidden {
    secret: bool,
    /// The longest first, so that no value is cut by another it contains.
    values: Vec<String>,
}

impl Hidden {
    /// What `body`, an object or a patch of this kind, must keep to itself.
    pub(super) fn of(kind: &GroupVersionKind, body: &Value) -> Self {
        if !kind.group.is_empty() || kind.kind != "Secret" {
            return Self::default();
        }
        let mut values = Vec::new();
        match body {
            Value::Object(object) => {
                collect(object.get("data"), &mut values);
                collect(object.get("stringData"), &mut values);
                let applied = format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1"));
                collect(body.pointer(&applied), &mut values);
            }
            // The operations of a JSON patch.
            Value::Array(operations) => {
                for operation in operations {
                    collect(operation.get("value"), &mut values);
                }
            }
            _ => {}
        }
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self {
            secret: true,
            values,
        }
    }

    /// `message` without the values.
    pub(super) fn scrub(&self, message: String) -> String {
        if !self.secret {
            return message;
        }
        let mut message = mask_invalid_values(&message);
        for value in &self.values {
            message = if value.len() >= DISTINCT {
                message.replace(value, MASK)
            } else {
                replace_words(&message, value)
            };
        }
        message
    }
}

fn collect(value: Option<&Value>, values: &mut Vec<String>) {
    match value {
        Some(Value::String(text)) if !text.is_empty() => values.push(text.clone()),
        Some(Value::Array(list)) => list.iter().for_each(|value| collect(Some(value), values)),
        Some(Value::Object(map)) => map.values().for_each(|value| collect(Some(value), values)),
        _ => {}
    }
}

/// Masks what the server quotes after `Invalid value: `, which may be a live value.
fn mask_invalid_values(message: &str) -> String {
    const BEFORE: &str = "Invalid value: \"";
    let mut masked = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, quoted)) = rest.split_once(BEFORE) {
        masked.extend([before, BEFORE, MASK, "\""]);
        rest = after_quote(quoted);
    }
    masked + rest
}

/// What follows the closing quote of a Go string whose opening quote is gone.
fn after_quote(text: &str) -> &str {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if !escaped => return &text[at + 1..],
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    ""
}

/// Masks `word` where no letter or digit touches it.
fn replace_words(text: &str, word: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let joined = before.ends_with(char::is_alphanumeric)
            || (before.is_empty() && replaced.ends_with(char::is_alphanumeric))
            || after.starts_with(char::is_alphanumeric);
        replaced.extend([before, if joined { word } else { MASK }]);
        rest = after;
    }
    replaced + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(body: &Value, message: &str, scrubbed: &str) {
        let kind = GroupVersionKind::new("", "v1", "Secret");
        assert_eq!(Hidden::of(&kind, body).scrub(message.into()), scrubbed);
    }

    #[test]
    fn values_of_a_secret_are_masked() {
        let secret =
            json!({"data": {"a": "aHVudGVyMg=="}, "stringData": {"b": "ab", "c": "hunter2"}});
        check(
            &secret,
            "webhook denied: hunter2!",
            "webhook denied: ++++++++!",
        );
        check(&secret, "about: ab, not cab", "about: ++++++++, not cab");
        check(&secret, "aHVudGVyMg==aHVudGVyMg==", "++++++++++++++++");
        check(
            &json!([{"op": "add", "path": "/data/a", "value": "aHVudGVyMg=="}]),
            "no aHVudGVyMg==",
            "no ++++++++",
        );
    }

    #[test]
    fn what_the_server_quotes_of_a_secret_is_masked() {
        check(
            &json!({}),
            r#"data[a]: Invalid value: "li\"ve": bad, data[b]: Invalid value: "x"#,
            r#"data[a]: Invalid value: "++++++++": bad, data[b]: Invalid value: "++++++++""#,
        );
    }

    #[test]
    fn other_kinds_are_left_as_they_are() {
        let kind = GroupVersionKind::new("", "v1", "ConfigMap");
        let hidden = Hidden::of(&kind, &json!({"data": {"a": "hunter2"}}));
        assert_eq!(hidden.scrub("no hunter2".into()), "no hunter2");
    }
}
