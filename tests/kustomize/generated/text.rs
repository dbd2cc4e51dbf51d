//! Values as YAML in many styles: quotes, blocks and flow differ from place to place.

use serde_json::{Map, Value};

use super::random::Random;

/// A scalar that is written as it stands, such as `0x50` or `~`.
pub fn raw(text: &str) -> Value {
    Value::Object(Map::from_iter([(RAW.to_owned(), text.into())]))
}

const RAW: &str = "\u{0}raw";

/// One document.
pub fn write(value: &Value, random: &mut Random) -> String {
    let mut out = String::new();
    block(value, 0, &mut out, random);
    out
}

/// Several documents.
pub fn stream(values: &[Value], random: &mut Random) -> String {
    let documents: Vec<String> = values.iter().map(|value| write(value, random)).collect();
    documents.join("---\n")
}

pub fn as_raw(value: &Value) -> Option<&str> {
    value.as_object()?.get(RAW)?.as_str()
}

fn block(value: &Value, indent: usize, out: &mut String, random: &mut Random) {
    match value {
        Value::Object(map) if as_raw(value).is_none() && !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            if random.chance(20) {
                random.shuffle(&mut entries);
            }
            for (key, item) in entries {
                out.push_str(&" ".repeat(indent));
                out.push_str(&text(key, true, random));
                out.push(':');
                field(item, indent, out, random);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for item in list {
                out.push_str(&" ".repeat(indent));
                out.push('-');
                element(item, indent, out, random);
            }
        }
        other => {
            out.push_str(&" ".repeat(indent));
            out.push_str(&flow(other, random));
            out.push('\n');
        }
    }
}

/// What stands behind a key.
fn field(item: &Value, indent: usize, out: &mut String, random: &mut Random) {
    let is_collection = match item {
        Value::Object(map) => as_raw(item).is_none() && !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    };
    if !is_collection || random.chance(15) {
        scalar_line(item, indent, out, random);
        return;
    }
    out.push_str(if random.chance(3) { " # note\n" } else { "\n" });
    let step = if item.is_array() && random.chance(60) {
        0
    } else {
        2
    };
    block(item, indent + step, out, random);
}

fn element(item: &Value, indent: usize, out: &mut String, random: &mut Random) {
    let is_map = item
        .as_object()
        .is_some_and(|map| as_raw(item).is_none() && !map.is_empty());
    if !is_map || random.chance(15) {
        scalar_line(item, indent, out, random);
        return;
    }
    let mut inner = String::new();
    block(item, indent + 2, &mut inner, random);
    out.push(' ');
    out.push_str(inner.trim_start_matches(' '));
}

fn scalar_line(item: &Value, indent: usize, out: &mut String, random: &mut Random) {
    if let Value::String(text) = item
        && text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.contains("\n\n")
        && random.chance(80)
    {
        out.push_str(if text.ends_with('\n') {
            " |\n"
        } else {
            " |-\n"
        });
        for line in text.lines() {
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(line);
            out.push('\n');
        }
        return;
    }
    out.push(' ');
    out.push_str(&flow(item, random));
    out.push('\n');
}

fn flow(value: &Value, random: &mut Random) -> String {
    if let Some(text) = as_raw(value) {
        return text.to_owned();
    }
    match value {
        Value::String(string) => text(string, false, random),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(|item| flow(item, random)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<String> = map
                .iter()
                .map(|(key, item)| format!("{}: {}", text(key, true, random), flow(item, random)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// A text, unquoted only where it then still is one in every version of YAML.
fn text(string: &str, is_key: bool, random: &mut Random) -> String {
    let is_word = string.starts_with(|it: char| it.is_ascii_alphabetic() || it == '/')
        && !string.ends_with([':', ' '])
        && string
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_./=$()<>~:".contains(it))
        && !string.contains(": ");
    let lower = string.to_ascii_lowercase();
    let means_more =
        ["true", "false", "yes", "no", "on", "off", "y", "n", "null"].contains(&lower.as_str());
    if is_word && !means_more && (is_key || random.chance(75)) {
        return string.to_owned();
    }
    let is_simple = string.chars().all(|it| !it.is_control() && it != '\'');
    if is_simple && random.chance(50) {
        return format!("'{string}'");
    }
    Value::from(string).to_string()
}
