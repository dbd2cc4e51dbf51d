//! How the values of charts, of their parents and of the user become one.
//!
//! Maps are shared where the reference shares them, because what is then changed
//! in one place shows in the other. Nesting is bounded by what YAML may nest.

use std::cell::Cell;
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

/// Values looked at in one render. Imports share maps, and a few of them can make
/// values that are endless to walk.
const MAX_VALUES: usize = 3_000_000;

/// How deep values may lie in each other.
const MAX_DEPTH: usize = 400;

/// What the work on values may still cost.
pub(super) struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(MAX_VALUES))
    }
}

impl Budget {
    fn spend(&self, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            let (what, limit) = ("values inside each other", MAX_DEPTH);
            return Err(Error::TooLarge { what, limit });
        }
        let left = self.0.get().checked_sub(1);
        let left = left.ok_or(Error::TooLarge {
            what: "values",
            limit: MAX_VALUES,
        })?;
        self.0.set(left);
        Ok(())
    }
}

/// Adds the values of a chart and of its subcharts to `dest`, which wins.
pub(super) fn chart(part: &Part, dest: &Map, mode: Mode, budget: &Budget) -> Result<(), Error> {
    own(part, dest, mode, budget)?;
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
        globals(&inner, dest, budget)?;
        chart(subpart, &inner, mode, budget)?;
    }
    Ok(())
}

fn own(part: &Part, dest: &Map, mode: Mode, budget: &Budget) -> Result<(), Error> {
    let values = copy(&part.values, budget)?;
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
                tables(&given, &default, mode, budget)?;
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
    Ok(())
}

/// Adds `src` to `dst`, which wins.
pub(super) fn tables(dst: &Map, src: &Map, mode: Mode, budget: &Budget) -> Result<(), Error> {
    tables_at(dst, src, mode, budget, 0)
}

fn tables_at(dst: &Map, src: &Map, mode: Mode, budget: &Budget, depth: usize) -> Result<(), Error> {
    if dst.is(src) {
        return Ok(());
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
        budget.spend(depth)?;
        match (dst.get(&key), value) {
            (Some(Value::Nil), _) if mode == Mode::Coalesce && set.contains(&key) => {
                dst.remove(&key);
            }
            (None, value) => {
                if holds(&value, dst, budget, depth)? {
                    return Err(Error::Chart(format!(
                        "import-values: the table {key:?} would hold itself"
                    )));
                }
                dst.insert(key, value);
            }
            (Some(Value::Map(above)), Value::Map(below)) => {
                tables_at(&above, &below, mode, budget, depth + 1)?;
            }
            (Some(_), _) => {}
        }
    }
    Ok(())
}

/// Whether `map` is in a value: a circle would never end, and never be freed.
fn holds(value: &Value, map: &Map, budget: &Budget, depth: usize) -> Result<bool, Error> {
    let Value::Map(table) = value else {
        return Ok(false);
    };
    if table.is(map) {
        return Ok(true);
    }
    for (_, value) in table.entries() {
        budget.spend(depth)?;
        if holds(&value, map, budget, depth + 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lets the globals of a parent reach a subchart.
fn globals(inner: &Map, dest: &Map, budget: &Budget) -> Result<(), Error> {
    let table = |map: &Map| match map.get(GLOBAL) {
        None => Some(Map::new()),
        Some(Value::Map(globals)) => Some(globals),
        Some(_) => None,
    };
    let (Some(below), Some(above)) = (table(inner), table(dest)) else {
        return Ok(());
    };
    for (key, value) in above.entries() {
        match (value, below.get(&key)) {
            (Value::Map(value), known) => {
                let copied: Map = value.entries().into_iter().collect();
                match known {
                    None => below.insert(key, copied.into()),
                    Some(Value::Map(known)) => {
                        tables(&copied, &known, Mode::Merge, budget)?;
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
    Ok(())
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

/// A copy that shares no map with `map`.
pub(super) fn copy(map: &Map, budget: &Budget) -> Result<Map, Error> {
    copy_map(map, budget, 0)
}

fn copy_map(map: &Map, budget: &Budget, depth: usize) -> Result<Map, Error> {
    let copied = Map::new();
    for (key, value) in map.entries() {
        copied.insert(key, copy_value(&value, budget, depth + 1)?);
    }
    Ok(copied)
}

fn copy_value(value: &Value, budget: &Budget, depth: usize) -> Result<Value, Error> {
    budget.spend(depth)?;
    match value {
        Value::Map(map) => copy_map(map, budget, depth).map(Value::Map),
        Value::List(list) => {
            let items = list.iter().map(|item| copy_value(item, budget, depth + 1));
            Ok(Value::list(items.collect::<Result<Vec<_>, _>>()?))
        }
        other => Ok(other.clone()),
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
