//! Default values, and copies of them.

use std::sync::Arc;

use super::Work;
use crate::gotemplate::{Map, Value};
use crate::helm::Error;
use crate::helm::default_values::{DefaultValue, Nulls, Table, copy_unseen};

/// Default values, which nobody may change.
#[derive(Clone, Copy)]
pub(in crate::helm) enum Defaults<'a> {
    /// As a file has them.
    File(&'a Table),
    /// As they are once subcharts have added theirs.
    Made(&'a Map),
    /// Some of them made, the others as a file has them.
    Partly(&'a Map, &'a Table),
}

/// A default value.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    File(&'a DefaultValue),
    Made(&'a Value),
}

impl Defaults<'_> {
    /// Shows every key with its value.
    pub(super) fn each(
        self,
        mut visit: impl FnMut(&Arc<str>, Item<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (made, file) = match self {
            Self::File(file) => (None, Some(file)),
            Self::Made(made) => (Some(made), None),
            Self::Partly(made, file) => (Some(made), Some(file)),
        };
        for (key, value) in made.iter().flat_map(|made| made.entries()) {
            visit(&key, Item::Made(&value))?;
        }
        let is_made = |key: &str| made.is_some_and(|made| made.contains(key));
        for (key, value) in file.into_iter().flat_map(Table::entries) {
            if !is_made(key) {
                visit(key, Item::File(value))?;
            }
        }
        Ok(())
    }
}

impl<'a> Item<'a> {
    pub(super) fn is_null(self) -> bool {
        match self {
            Self::File(value) => value.is_null(),
            Self::Made(value) => matches!(value, Value::Nil),
        }
    }

    pub(super) fn as_table(self) -> Option<Defaults<'a>> {
        match self {
            Self::File(DefaultValue::Table(table)) => Some(Defaults::File(table)),
            Self::Made(Value::Map(map)) => Some(Defaults::Made(map)),
            _ => None,
        }
    }

    /// A value of its own, which shares no map with others.
    pub(super) fn copy(self, nulls: Nulls, work: &Work, depth: usize) -> Result<Value, Error> {
        match self {
            Self::File(value) => {
                work.spend(value.count(), depth)?;
                Ok(value.to_template(nulls))
            }
            Self::Made(value) => copy_value(value, nulls, work, depth),
        }
    }
}

/// A copy that shares no map with `map`.
pub(in crate::helm) fn copy(map: &Map, work: &Work) -> Result<Map, Error> {
    copy_map(map, Nulls::Kept, work, 0)
}

fn copy_map(map: &Map, nulls: Nulls, work: &Work, depth: usize) -> Result<Map, Error> {
    if let Some((copy, count)) = copy_unseen(map, nulls) {
        work.spend(count, depth)?;
        return Ok(copy);
    }
    let entries = map.borrow();
    let kept = entries
        .iter()
        .filter(|(_, value)| !nulls.strip(Item::Made(value).is_null()));
    kept.map(|(key, value)| {
        let value = copy_value(value, nulls, work, depth + 1)?;
        Ok((Arc::clone(key), value))
    })
    .collect()
}

fn copy_value(value: &Value, nulls: Nulls, work: &Work, depth: usize) -> Result<Value, Error> {
    work.spend(1, depth)?;
    match value {
        Value::Map(map) => copy_map(map, nulls, work, depth).map(Value::Map),
        // Lists never change, only maps in them.
        Value::List(list) if !list.iter().any(Value::holds_values) => Ok(value.clone()),
        Value::List(list) => list
            .iter()
            .map(|item| copy_value(item, Nulls::Kept, work, depth + 1))
            .collect::<Result<_, _>>()
            .map(Value::List),
        other => Ok(other.clone()),
    }
}
