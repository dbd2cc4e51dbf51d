//! How the values of charts, of their parents and of the user become one.
//!
//! Maps are shared where the reference shares them, because what is then changed
//! in one place shows in the other. Nesting is bounded by what YAML may nest.

use std::sync::Arc;

use super::Error;
use super::parts::Part;
use crate::gotemplate::{Map, Value};

const GLOBAL: &str = "global";

/// What becomes of null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It deletes.
    Coalesce,
    /// It stays.
    Merge,
}

/// Adds the values of a chart and of its subcharts to `dest`, which wins.
pub(super) fn chart(part: &Part, dest: &Map, mode: Mode) -> Result<(), Error> {
    own(part, dest, mode);
    for subpart in &part.parts {
        let found = dest.get(&subpart.name);
        let inner = match found {
            None => {
                let inner = Map::new();
                dest.insert(subpart.name.as_str(), inner.clone().into());
                inner
            }
            Some(Value::Map(inner)) => inner,
            Some(other) => return Err(mismatch(&subpart.name, &other)),
        };
        globals(&inner, dest);
        chart(subpart, &inner, mode)?;
    }
    Ok(())
}

fn own(part: &Part, dest: &Map, mode: Mode) {
    let Value::Map(values) = copy(&Value::Map(part.values.clone())) else {
        return;
    };
    for (key, value) in values.entries() {
        match (dest.get(&key), value) {
            (Some(Value::Nil), _) if mode == Mode::Coalesce => {
                dest.remove(&key);
            }
            (Some(Value::Map(given)), Value::Map(default)) => {
                let is_part = part.has_part(&key);
                if mode == Mode::Coalesce && !is_part {
                    strip(&default);
                }
                let mode = if is_part { Mode::Merge } else { mode };
                tables(&given, &default, mode);
            }
            (Some(_), _) => {}
            (None, Value::Nil) if mode == Mode::Coalesce => {}
            (None, value) => {
                if let (Mode::Coalesce, Value::Map(default)) = (mode, &value) {
                    strip(default);
                }
                dest.insert(key, value);
            }
        }
    }
}

/// Adds `src` to `dst`, which wins.
pub(super) fn tables(dst: &Map, src: &Map, mode: Mode) {
    if dst.is(src) {
        return;
    }
    let entries = src.entries();
    let was_set = |value: &Value| !matches!(value, Value::Nil);
    let set: Vec<Arc<str>> = entries
        .iter()
        .filter(|(_, value)| was_set(value))
        .map(|(key, _)| Arc::clone(key))
        .collect();
    for (key, value) in dst.entries() {
        if !was_set(&value) {
            src.insert(key, Value::Nil);
        }
    }
    for (key, value) in src.entries() {
        match (dst.get(&key), value) {
            (Some(Value::Nil), _) if mode == Mode::Coalesce && set.contains(&key) => {
                dst.remove(&key);
            }
            (None, value) => dst.insert(key, value),
            (Some(Value::Map(above)), Value::Map(below)) => tables(&above, &below, mode),
            (Some(_), _) => {}
        }
    }
}

/// Lets the globals of a parent reach a subchart.
fn globals(inner: &Map, dest: &Map) {
    let table = |map: &Map| match map.get(GLOBAL) {
        None => Some(Map::new()),
        Some(Value::Map(globals)) => Some(globals),
        Some(_) => None,
    };
    let (Some(below), Some(above)) = (table(inner), table(dest)) else {
        return;
    };
    for (key, value) in above.entries() {
        match (value, below.get(&key)) {
            (Value::Map(value), known) => {
                let copied: Map = value.entries().into_iter().collect();
                match known {
                    None => below.insert(key, copied.into()),
                    Some(Value::Map(known)) => {
                        tables(&copied, &known, Mode::Merge);
                        below.insert(key, copied.into());
                    }
                    Some(_) => {}
                }
            }
            (_, Some(Value::Map(_))) => {}
            (value, _) => below.insert(key, value),
        }
    }
    inner.insert(GLOBAL, below.into());
}

/// Removes nulls from a map and the maps in it, but not from lists.
fn strip(map: &Map) {
    for (key, value) in map.entries() {
        match value {
            Value::Nil => {
                map.remove(&key);
            }
            Value::Map(inner) => strip(&inner),
            _ => {}
        }
    }
}

/// A copy that shares no map with the value.
pub(super) fn copy(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let copied: Map = entries.map(|(key, value)| (key, copy(&value))).collect();
            copied.into()
        }
        Value::List(list) => Value::list(list.iter().map(copy)),
        other => other.clone(),
    }
}

/// The table `name` in a map.
pub(super) fn child(map: &Map, name: &str) -> Option<Map> {
    match map.get(name) {
        Some(Value::Map(inner)) => Some(inner),
        _ => None,
    }
}

/// Go's words for a value that should have been a table.
fn mismatch(name: &str, found: &Value) -> Error {
    let found = match found {
        Value::Nil => "<nil>".to_owned(),
        other => format!("{}={other}", other.type_name()),
    };
    Error::SubchartValues {
        name: name.to_owned(),
        found,
    }
}
