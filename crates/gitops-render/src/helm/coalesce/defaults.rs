//! The default values of a chart, and copies of them.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::Work;
use crate::gotemplate::{Map, Value};
use crate::helm::Error;
use crate::helm::values::file_number;

/// Default values, which nobody may change.
#[derive(Clone, Copy)]
pub(in crate::helm) enum Defaults<'a> {
    /// As a file has them.
    File(&'a JsonMap<String, Json>),
    /// As they are once subcharts have added theirs.
    Made(&'a Map),
    /// Some of them made, the others as a file has them.
    Partly(&'a Map, &'a JsonMap<String, Json>),
}

/// The key of a default value.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    File(&'a str),
    Made(&'a Arc<str>),
}

/// A default value.
#[derive(Clone, Copy)]
pub(super) enum Default<'a> {
    File(&'a Json),
    Made(&'a Value),
}

impl Defaults<'_> {
    /// Shows every key with its value.
    pub(super) fn each(
        self,
        mut visit: impl FnMut(Key<'_>, Default<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (made, file) = match self {
            Self::File(file) => (None, Some(file)),
            Self::Made(made) => (Some(made), None),
            Self::Partly(made, file) => (Some(made), Some(file)),
        };
        for (key, value) in made.iter().flat_map(|made| made.entries()) {
            visit(Key::Made(&key), Default::Made(&value))?;
        }
        let is_made = |key: &str| made.is_some_and(|made| made.contains(key));
        for (key, value) in file.into_iter().flatten().filter(|(key, _)| !is_made(key)) {
            visit(Key::File(key), Default::File(value))?;
        }
        Ok(())
    }
}

impl Deref for Key<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::File(key) => key,
            Self::Made(key) => key,
        }
    }
}

impl From<Key<'_>> for Arc<str> {
    fn from(key: Key<'_>) -> Self {
        match key {
            Key::File(key) => key.into(),
            Key::Made(key) => Self::clone(key),
        }
    }
}

impl<'a> Default<'a> {
    pub(super) fn is_null(self) -> bool {
        matches!(self, Self::File(Json::Null) | Self::Made(Value::Nil))
    }

    pub(super) fn as_table(self) -> Option<Defaults<'a>> {
        match self {
            Self::File(Json::Object(map)) => Some(Defaults::File(map)),
            Self::Made(Value::Map(map)) => Some(Defaults::Made(map)),
            _ => None,
        }
    }

    /// A value of its own, which shares no map with others.
    pub(super) fn copy(self, nulls: Nulls, work: &Work, depth: usize) -> Result<Value, Error> {
        match self {
            Self::File(value) => file_value(value, nulls, work, depth),
            Self::Made(value) => copy_value(value, nulls, work, depth),
        }
    }
}

/// Whether nulls are part of a copy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    Kept,
    /// Those in maps are not; those in lists always are.
    Stripped,
}

impl Nulls {
    pub(super) fn kept_unless(strips: bool) -> Self {
        if strips { Self::Stripped } else { Self::Kept }
    }

    /// Whether the value of a key is left out.
    pub(super) fn strip(self, value: Default<'_>) -> bool {
        self == Self::Stripped && value.is_null()
    }
}

/// A copy that shares no map with `map`.
pub(in crate::helm) fn copy(map: &Map, work: &Work) -> Result<Map, Error> {
    copy_map(map, Nulls::Kept, work, 0)
}

fn copy_map(map: &Map, nulls: Nulls, work: &Work, depth: usize) -> Result<Map, Error> {
    let entries = map.borrow();
    let kept = entries
        .iter()
        .filter(|(_, value)| !nulls.strip(Default::Made(value)));
    kept.map(|(key, value)| {
        let value = copy_value(value, nulls, work, depth + 1)?;
        Ok((Arc::clone(key), value))
    })
    .collect()
}

fn copy_value(value: &Value, nulls: Nulls, work: &Work, depth: usize) -> Result<Value, Error> {
    work.spend(depth)?;
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

fn file_value(value: &Json, nulls: Nulls, work: &Work, depth: usize) -> Result<Value, Error> {
    work.spend(depth)?;
    Ok(match value {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => file_number(number),
        Json::String(text) => Value::string(text.as_str()),
        Json::Array(items) => {
            let items = items.iter();
            let items = items.map(|item| file_value(item, Nulls::Kept, work, depth + 1));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        Json::Object(map) => {
            let entries = map.iter();
            let kept = entries.filter(|(_, value)| !nulls.strip(Default::File(value)));
            let copies = kept.map(|(key, value)| {
                let value = file_value(value, nulls, work, depth + 1)?;
                Ok((key.as_str(), value))
            });
            Value::Map(copies.collect::<Result<_, Error>>()?)
        }
    })
}
