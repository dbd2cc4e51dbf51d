//! The hash in the names of generated objects.

use serde_json::{Number, Value, json};
use sha2::{Digest as _, Sha256};

use crate::kustomize::node::Node;

/// The hash of a ConfigMap's or Secret's content: ten letters that never spell a word.
///
/// ```
/// use gitops_render::kustomize::{Node, generate::hash};
/// use serde_json::json;
///
/// let map = Node::from_value(&json!({"kind": "ConfigMap", "data": {"a": "b"}}));
/// assert_eq!(hash::of(&map)?, "4h2mbtbbt6");
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// When the object has no JSON form.
pub fn of(object: &Node) -> Result<String, String> {
    let field = |key: &str| -> Result<Option<Value>, String> {
        let node = object.get(key).filter(|node| !node.is_null());
        node.map(Node::to_value)
            .transpose()
            .map_err(|error| error.to_string())
    };
    let empty = || Value::String(String::new());
    let mut content = json!({"name": ""});
    match object.get("kind").and_then(Node::as_text) {
        Some("ConfigMap") => {
            content["kind"] = "ConfigMap".into();
            content["data"] = field("data")?.unwrap_or_else(empty);
            if let Some(binary) = field("binaryData")? {
                content["binaryData"] = binary;
            }
        }
        Some("Secret") => {
            content["kind"] = "Secret".into();
            content["type"] = field("type")?.unwrap_or_else(empty);
            content["data"] = field("data")?.unwrap_or_else(empty);
            if let Some(texts) = field("stringData")? {
                content["stringData"] = texts;
            }
        }
        _ => content = object.to_value().map_err(|error| error.to_string())?,
    }
    let mut text = String::new();
    write(&content, &mut text);
    let digest = Sha256::digest(text.as_bytes());
    let digits = digest
        .iter()
        .take(5)
        .flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = digits.filter_map(|digit| char::from_digit(u32::from(digit), 16));
    Ok(digits.map(consonant).collect())
}

fn consonant(digit: char) -> char {
    match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    }
}

/// JSON as Go writes it: keys in byte order, markup characters escaped.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push('{');
            for (at, (key, item)) in entries.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        Value::Array(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::String(text) => write_text(text, out),
        Value::Number(number) => write_number(number, out),
        other => out.push_str(&other.to_string()),
    }
}

/// A number as Go writes what it has read as a float: with an exponent where it is very small or
/// large.
fn write_number(number: &Number, out: &mut String) {
    let float = number.as_f64().unwrap_or_default();
    if float == 0.0 || (1e-6..1e21).contains(&float.abs()) {
        out.push_str(&float.to_string());
        return;
    }
    let scientific = format!("{float:e}");
    let plus = if float.abs() < 1.0 { "e" } else { "e+" };
    out.push_str(&scientific.replace('e', plus));
}

fn write_text(text: &str, out: &mut String) {
    use std::fmt::Write as _;

    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
