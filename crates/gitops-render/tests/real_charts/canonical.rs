//! The documents of a stream in an order and form that no renderer chooses.

#![expect(clippy::unwrap_used, reason = "whatever is wrong fails the test")]

use std::fmt::Write as _;

use gitops_core::yaml;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The digest of the canonical form; with `shape_only` of that without texts,
/// numbers and booleans.
pub(super) fn digest(output: &str, shape_only: bool) -> String {
    let mut digest = String::new();
    for byte in Sha256::digest(canonical(output, shape_only)) {
        write!(digest, "{byte:02x}").unwrap();
    }
    digest
}

fn canonical(output: &str, shape_only: bool) -> String {
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let mut lines: Vec<([String; 4], String)> = yaml::documents(output, &options)
        .map(|document| document.value.unwrap())
        .filter(|value| !value.is_null() && *value != serde_json::json!({}))
        .map(|value| {
            let mut line = String::new();
            write_value(&value, shape_only, true, &mut line);
            (
                if shape_only {
                    Default::default()
                } else {
                    key(&value)
                },
                line,
            )
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn key(value: &Value) -> [String; 4] {
    let part = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let metadata = &value["metadata"];
    [
        part(value, "apiVersion"),
        part(value, "kind"),
        part(metadata, "namespace"),
        part(metadata, "name"),
    ]
}

fn write_value(value: &Value, shape_only: bool, is_top: bool, line: &mut String) {
    match value {
        Value::Bool(_) if shape_only => line.push_str("false"),
        Value::Number(_) if shape_only => line.push('0'),
        Value::String(_) if shape_only => line.push_str("\"s\""),
        Value::Number(number) => line.push_str(&ecmascript(number.as_f64().unwrap())),
        Value::Array(items) => {
            line.push('[');
            for (index, item) in items.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                write_value(item, shape_only, false, line);
            }
            line.push(']');
        }
        Value::Object(map) => {
            line.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                write!(line, "{}:", Value::from(key.as_str())).unwrap();
                let is_kept = is_top && matches!(key.as_str(), "apiVersion" | "kind");
                write_value(item, shape_only && !is_kept, false, line);
            }
            line.push('}');
        }
        other => line.push_str(&other.to_string()),
    }
}

fn ecmascript(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    if (1e-6..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    if text.contains("e-") {
        text
    } else {
        text.replace('e', "e+")
    }
}
