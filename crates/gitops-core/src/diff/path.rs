//! Paths for people, such as `.spec.containers[name="web"].image`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::fieldset::Element;
use crate::ignore::place::{Place, Step};
use crate::schema::{Merge, Patch, Schema};

/// The path of a whole object.
pub(crate) const ROOT: &str = ".";

/// The path that leads to a place in `document`.
pub(crate) fn of_place(schema: Option<Schema<'_>>, place: &Place, document: &Value) -> String {
    let (mut path, mut schema, mut value) = (String::new(), schema, Some(document));
    for step in &place.0 {
        let next = match step {
            Step::Key(key) => {
                push_key(&mut path, key);
                schema = schema.and_then(|schema| schema.get(key));
                value.and_then(|value| value.get(key))
            }
            Step::Index(index) => {
                let list = value
                    .and_then(Value::as_array)
                    .map_or(&[][..], Vec::as_slice);
                let at = Step::position(*index, list.len());
                let element = at.and_then(|at| list.get(at));
                let keys = schema.and_then(key_names).zip(element);
                match keys.and_then(|(keys, element)| identity(&keys, element)) {
                    Some(identity) => path.push_str(&identity),
                    None => push_index(&mut path, at),
                }
                schema = schema.and_then(Schema::element);
                element
            }
            Step::Range(..) => break,
        };
        value = next;
    }
    or_root(path)
}

/// The path that elements of a field set lead along.
pub(crate) fn of_elements(elements: &[Element]) -> String {
    let mut path = String::new();
    for element in elements {
        match element {
            Element::Field(name) => push_key(&mut path, name),
            Element::Index(index) => push_index(&mut path, Some(*index)),
            Element::Value(value) => {
                let _ = write!(path, "[{value}]");
            }
            Element::Key(keys) => {
                let keys: Value = serde_json::from_str(keys).unwrap_or_default();
                let names: Vec<&str> = keys
                    .as_object()
                    .into_iter()
                    .flat_map(|keys| keys.keys().map(String::as_str))
                    .collect();
                path.extend(identity(&names, &keys));
            }
        }
    }
    or_root(path)
}

/// The path that map keys lead along.
pub(crate) fn of_keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> String {
    let mut path = String::new();
    for key in keys {
        push_key(&mut path, key);
    }
    or_root(path)
}

fn or_root(path: String) -> String {
    if path.is_empty() { ROOT.into() } else { path }
}

/// Such as `.spec`, or `["app.kubernetes.io/name"]` where the key needs quotes.
pub(crate) fn push_key(path: &mut String, key: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(plain) {
        path.push('.');
        path.push_str(key);
    } else {
        let _ = write!(path, "[{}]", Value::from(key));
    }
}

fn push_index(path: &mut String, index: Option<usize>) {
    if let Some(index) = index {
        let _ = write!(path, "[{index}]");
    }
}

/// The keys that tell a list's elements apart, where the kind's shape says so.
pub(crate) fn key_names(list: Schema<'_>) -> Option<Vec<&str>> {
    let field = list.field()?;
    match (&field.patch, &field.merge) {
        (_, Merge::Keys(names)) => Some(names.iter().map(|name| &**name).collect()),
        (Patch::Key(name), _) => Some(vec![name]),
        _ => None,
    }
}

/// Such as `[name="web"]`.
pub(crate) fn identity(keys: &[&str], element: &Value) -> Option<String> {
    let mut text = String::new();
    for key in keys {
        if let Some(value) = element.get(*key) {
            let separator = if text.is_empty() { '[' } else { ',' };
            let _ = write!(text, "{separator}{key}={value}");
        }
    }
    (!text.is_empty()).then(|| text + "]")
}
