//! Strict reading of configuration: names match in any case, unknown ones are refused.

use gitops_core::yaml::{self, Dialect};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Error;
use super::limits::Limits;

/// What a field holds.
#[derive(Debug)]
pub(crate) enum Shape {
    Text,
    Bool,
    Integer,
    /// Anything, also maps with names of their own.
    Any,
    List(&'static Shape),
    /// A map from names to values of one shape.
    Map(&'static Shape),
    Fields(&'static [(&'static str, Shape)]),
}

/// Reads the first document of a file, by YAML 1.1 as the file's own fields are.
pub(crate) fn value(text: &str, limits: &Limits) -> Result<Value, Error> {
    let options = yaml::Options::default().dialect(Dialect::Helm);
    let options = options
        .bytes(limits.bytes)
        .depth(limits.depth)
        .nodes(limits.nodes);
    yaml::read(text, &options)
        .map_err(|error| Error::new(format!("yaml: {}", error.problem)).line(error.line))
}

/// Brings names to their own case, and refuses what is unknown or of the wrong type.
pub(crate) fn conform(value: &mut Value, shape: &Shape, path: &str) -> Result<(), Error> {
    let wrong = |value: &Value, wanted: &str| {
        let found = match value {
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            _ => "object",
        };
        let message = format!("json: cannot unmarshal {found} into field {path} of type {wanted}");
        Err(Error::new(message).field(path))
    };
    match (shape, &mut *value) {
        (Shape::Any, _)
        | (_, Value::Null)
        | (Shape::Text, Value::String(_))
        | (Shape::Bool, Value::Bool(_)) => Ok(()),
        (Shape::Integer, Value::Number(number)) if number.is_i64() => Ok(()),
        (Shape::List(item), Value::Array(list)) => {
            list.iter_mut().enumerate().try_for_each(|(at, entry)| {
                replace_null(entry, item);
                conform(entry, item, &format!("{path}[{at}]"))
            })
        }
        (Shape::Map(item), Value::Object(map)) => map
            .iter_mut()
            .try_for_each(|(key, entry)| conform(entry, item, &join(path, key))),
        (Shape::Fields(fields), Value::Object(map)) => conform_fields(map, fields, path),
        (Shape::Text, _) => wrong(value, "string"),
        (Shape::Bool, _) => wrong(value, "bool"),
        (Shape::Integer, _) => wrong(value, "int64"),
        (Shape::List(_), _) => wrong(value, "list"),
        (Shape::Map(_) | Shape::Fields(_), _) => wrong(value, "map"),
    }
}

/// Null in a list stands for an item that says nothing.
fn replace_null(entry: &mut Value, shape: &Shape) {
    if entry.is_null() {
        *entry = match shape {
            Shape::Text => Value::String(String::new()),
            Shape::Fields(_) | Shape::Map(_) => Value::Object(Map::new()),
            _ => return,
        };
    }
}

fn conform_fields(
    map: &mut Map<String, Value>,
    fields: &[(&str, Shape)],
    path: &str,
) -> Result<(), Error> {
    let mut conformed = Map::new();
    for (key, mut value) in std::mem::take(map) {
        let field = fields.iter().find(|(name, _)| *name == key);
        let field = field.or_else(|| {
            fields
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(&key))
        });
        let Some((name, shape)) = field else {
            return Err(unknown(&key, fields, path));
        };
        let place = join(path, &key);
        conform(&mut value, shape, &place)?;
        if !value.is_null() {
            conformed.insert((*name).to_owned(), value);
        }
    }
    *map = conformed;
    Ok(())
}

fn unknown(key: &str, fields: &[(&str, Shape)], path: &str) -> Error {
    let distance = |name: &str| distance(&key.to_lowercase(), &name.to_lowercase());
    let nearest = fields.iter().min_by_key(|(name, _)| distance(name));
    let nearest = nearest.filter(|(name, _)| distance(name) <= 1 + name.len() / 3);
    let hint = nearest.map_or_else(String::new, |(name, _)| format!(", did you mean {name}?"));
    let place = join(path, key);
    Error::new(format!("json: unknown field {key:?} at {place}{hint}")).field(&place)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// How many letters differ, by the usual count of insertions, removals and changes.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// A plugin's fields as a type: unknown ones are left out, and scalars become text where text is
/// wanted, as the reference reads plugins.
pub(crate) fn lenient<T: DeserializeOwned>(mut value: Value, shape: &Shape) -> Result<T, Error> {
    coerce(&mut value, shape);
    typed(value, shape, "")
}

fn coerce(value: &mut Value, shape: &Shape) {
    match (shape, &mut *value) {
        (Shape::Text, Value::Bool(_) | Value::Number(_)) => *value = value.to_string().into(),
        (Shape::List(item), Value::Array(list)) => {
            for entry in list {
                coerce(entry, item);
            }
        }
        (Shape::Map(item), Value::Object(map)) => {
            map.values_mut().for_each(|entry| coerce(entry, item));
        }
        (Shape::Fields(fields), Value::Object(map)) => {
            map.retain(|key, _| {
                fields
                    .iter()
                    .any(|(name, _)| name.eq_ignore_ascii_case(key))
            });
            for (key, entry) in map.iter_mut() {
                let field = fields
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(key));
                if let Some((_, shape)) = field {
                    coerce(entry, shape);
                }
            }
        }
        _ => {}
    }
}

/// A value of a known shape as a type.
pub(crate) fn typed<T: DeserializeOwned>(
    mut value: Value,
    shape: &Shape,
    path: &str,
) -> Result<T, Error> {
    conform(&mut value, shape, path)?;
    drop_nulls(&mut value);
    serde_json::from_value(value).map_err(|error| Error::new(format!("json: {error}")))
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(list) => {
            list.retain(|item| !item.is_null());
            list.iter_mut().for_each(drop_nulls);
        }
        Value::Object(map) => {
            map.retain(|_, item| !item.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}
