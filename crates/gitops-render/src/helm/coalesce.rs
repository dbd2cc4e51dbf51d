//! How the values of charts, of their parents and of the user become one.
//!
//! Maps are shared where the reference shares them, because what is then changed
//! in one place shows in the other. Nesting is bounded by what YAML may nest.

use std::cell::Cell;
use std::sync::Arc;

use super::default_values::Nulls;
use super::parts::Part;
use super::{Error, HelmVersion};
use crate::gotemplate::print::shown;
use crate::gotemplate::{Map, Value};

mod defaults;
mod wanted;

pub(super) use defaults::{Defaults, copy};
pub(super) use wanted::Wanted;

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

/// What holds for all work on the values of one render.
pub(super) struct Work {
    /// What it may still cost.
    budget: Cell<usize>,
    helm_version: HelmVersion,
}

impl Work {
    pub(super) fn new(helm_version: HelmVersion) -> Self {
        Self {
            budget: Cell::new(MAX_VALUES),
            helm_version,
        }
    }

    /// Whether the null defaults of charts never reach templates.
    fn strips_nulls(&self, mode: Mode) -> bool {
        mode == Mode::Coalesce && self.helm_version == HelmVersion::V4
    }

    fn spend(&self, values: usize, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            let (what, limit) = ("values inside each other", MAX_DEPTH);
            return Err(Error::TooLarge { what, limit });
        }
        let left = self.budget.get().checked_sub(values);
        let left = left.ok_or(Error::TooLarge {
            what: "values",
            limit: MAX_VALUES,
        })?;
        self.budget.set(left);
        Ok(())
    }
}

/// Adds the values of a chart and of its subcharts to `dest`, which wins.
pub(super) fn chart(part: &Part, dest: &Map, mode: Mode, work: &Work) -> Result<(), Error> {
    some(part, dest, &Wanted::All, mode, work)
}

/// Adds those of the values that are wanted, and finds what [`chart`] finds wrong.
pub(super) fn some(
    part: &Part,
    dest: &Map,
    wanted: &Wanted,
    mode: Mode,
    work: &Work,
) -> Result<(), Error> {
    own(part, dest, wanted, mode, work)?;
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
        if let Some(wanted) = wanted.of(&subpart.name) {
            globals(&inner, dest, work)?;
            some(subpart, &inner, wanted, mode, work)?;
        }
    }
    Ok(())
}

/// Adds those of a chart's own values that are wanted to `dest`, which wins.
pub(super) fn own(
    part: &Part,
    dest: &Map,
    wanted: &Wanted,
    mode: Mode,
    work: &Work,
) -> Result<(), Error> {
    let strips = work.strips_nulls(mode);
    part.defaults().each(|key, default| {
        if wanted.of(key).is_none() && !part.has_part(key) {
            return Ok(());
        }
        match (dest.get(key), default.as_table()) {
            (Some(Value::Nil), _) if mode == Mode::Coalesce => {
                dest.remove(key);
            }
            (Some(Value::Map(given)), Some(defaults)) => {
                let (mode, nulls) = if part.has_part(key) {
                    (Mode::Merge, Nulls::Kept)
                } else {
                    (mode, Nulls::kept_unless(strips))
                };
                under(&given, defaults, (mode, nulls), work, 0)?;
            }
            (Some(_), _) => {}
            (None, _) if strips && default.is_null() => {}
            (None, _) => {
                let copy = default.copy(Nulls::kept_unless(strips), work, 1)?;
                dest.insert(Arc::clone(key), copy);
            }
        }
        Ok(())
    })
}

/// Adds copies of `defaults` to `given`, which wins.
fn under(
    given: &Map,
    defaults: Defaults<'_>,
    (mode, nulls): (Mode, Nulls),
    work: &Work,
    depth: usize,
) -> Result<(), Error> {
    defaults.each(|key, default| {
        work.spend(1, depth)?;
        if nulls.strip(default.is_null()) {
            return Ok(());
        }
        match (given.get(key), default.as_table()) {
            (None, _) => {
                let copy = default.copy(nulls, work, depth + 1)?;
                given.insert(Arc::clone(key), copy);
            }
            (Some(Value::Nil), _) if mode == Mode::Coalesce && !default.is_null() => {
                given.remove(key);
            }
            (Some(Value::Map(given)), Some(defaults)) => {
                under(&given, defaults, (mode, nulls), work, depth + 1)?;
            }
            (Some(_), _) => {}
        }
        Ok(())
    })
}

/// Adds `src` to `dst`, which wins.
pub(super) fn tables(dst: &Map, src: &Map, mode: Mode, work: &Work) -> Result<(), Error> {
    tables_at(dst, src, mode, work, 0)
}

fn tables_at(dst: &Map, src: &Map, mode: Mode, work: &Work, depth: usize) -> Result<(), Error> {
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
        work.spend(1, depth)?;
        match (dst.get(&key), value) {
            (Some(Value::Nil), _) if mode == Mode::Coalesce && set.contains(&key) => {
                dst.remove(&key);
            }
            (None, value) => {
                if holds(&value, dst, work, depth)? {
                    return Err(Error::Chart(format!(
                        "import-values: the table {key:?} would hold itself"
                    )));
                }
                dst.insert(key, value);
            }
            (Some(Value::Map(above)), Value::Map(below)) => {
                tables_at(&above, &below, mode, work, depth + 1)?;
            }
            (Some(_), _) => {}
        }
    }
    Ok(())
}

/// Whether `map` is in a value: a circle would never end, and never be freed.
fn holds(value: &Value, map: &Map, work: &Work, depth: usize) -> Result<bool, Error> {
    let Value::Map(table) = value else {
        return Ok(false);
    };
    if table.is(map) {
        return Ok(true);
    }
    for (_, value) in table.entries() {
        work.spend(1, depth)?;
        if holds(&value, map, work, depth + 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lets the globals of a parent reach a subchart.
fn globals(inner: &Map, dest: &Map, work: &Work) -> Result<(), Error> {
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
                        tables(&copied, &known, Mode::Merge, work)?;
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

/// The table `name` in a map.
pub(super) fn child(map: &Map, name: &str) -> Option<Map> {
    match map.get(name) {
        Some(Value::Map(inner)) => Some(inner),
        _ => None,
    }
}

/// Go's words for a value that should have been a table.
fn mismatch(name: &str, found: &Value) -> Error {
    Error::SubchartValues {
        name: name.to_owned(),
        // The reference prints it under a verb for booleans.
        found: shown(found, b"%t"),
    }
}
