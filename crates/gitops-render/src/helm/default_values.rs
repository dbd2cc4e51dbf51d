//! The default values of a chart, in a form that all its renders share.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::values::file_number;
use crate::gotemplate::{Deferred, List, Map, Value};

/// The default values of a chart, from its `values.yaml`; cloning them shares them.
///
/// ```
/// use gitops_render::helm::DefaultValues;
/// use serde_json::json;
///
/// let values = json!({"replicas": 2, "image": {"tag": "1.2"}});
/// let defaults = DefaultValues::from(values.as_object().cloned().unwrap_or_default());
/// assert_eq!(defaults.to_map()["image"]["tag"], "1.2");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DefaultValues(Arc<Table>);

/// A map of values.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Table {
    /// In the order of the keys.
    entries: Vec<(Arc<str>, DefaultValue)>,
    /// How many values are in it, however deep.
    count: usize,
}

#[derive(Debug, PartialEq)]
pub(super) enum DefaultValue {
    /// Null, a truth value or a number.
    Plain(Json),
    Text(Arc<str>),
    List(Vec<Self>),
    Table(Arc<Table>),
}

/// Whether nulls are part of a copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    pub(super) fn strip(self, is_null: bool) -> bool {
        self == Self::Stripped && is_null
    }
}

impl DefaultValues {
    /// The values as JSON.
    pub fn to_map(&self) -> JsonMap<String, Json> {
        self.0.to_map()
    }

    pub(super) fn table(&self) -> &Table {
        &self.0
    }
}

impl From<JsonMap<String, Json>> for DefaultValues {
    fn from(values: JsonMap<String, Json>) -> Self {
        Self(Arc::new(values.into()))
    }
}

impl From<JsonMap<String, Json>> for Table {
    fn from(values: JsonMap<String, Json>) -> Self {
        let entries = values.into_iter();
        let entries: Vec<_> = entries
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        let count = entries.iter().map(|(_, value)| DefaultValue::count(value));
        Self {
            count: count.sum(),
            entries,
        }
    }
}

impl From<Json> for DefaultValue {
    fn from(value: Json) -> Self {
        match value {
            Json::String(text) => Self::Text(text.into()),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(values) => Self::Table(Arc::new(values.into())),
            plain => Self::Plain(plain),
        }
    }
}

impl Table {
    pub(super) fn entries(&self) -> &[(Arc<str>, DefaultValue)] {
        &self.entries
    }

    fn to_map(&self) -> JsonMap<String, Json> {
        let entries = self.entries.iter();
        entries
            .map(|(key, value)| (key.to_string(), value.to_json()))
            .collect()
    }
}

impl DefaultValue {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Plain(Json::Null))
    }

    /// How many values it is, with those in it.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Plain(_) | Self::Text(_) => 1,
            Self::List(items) => 1 + items.iter().map(Self::count).sum::<usize>(),
            Self::Table(table) => 1 + table.count,
        }
    }

    fn to_json(&self) -> Json {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Text(text) => Json::from(&**text),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Table(table) => Json::Object(table.to_map()),
        }
    }

    /// The value for one render, whose maps nobody else sees; they are made when
    /// somebody looks into them.
    pub(super) fn to_template(&self, nulls: Nulls) -> Value {
        match self {
            Self::Plain(Json::Bool(value)) => Value::Bool(*value),
            Self::Plain(Json::Number(number)) => file_number(number),
            Self::Plain(_) => Value::Nil,
            Self::Text(text) => Value::string(Arc::clone(text)),
            Self::List(items) => {
                let items = items.iter().map(|item| item.to_template(Nulls::Kept));
                Value::List(items.collect::<List>())
            }
            Self::Table(table) => {
                let table = Arc::clone(table);
                Value::Map(Map::deferred(Unseen { table, nulls }))
            }
        }
    }
}

/// A table as one render will have it, once somebody looks into it.
struct Unseen {
    table: Arc<Table>,
    nulls: Nulls,
}

impl Deferred for Unseen {
    fn entries(&self) -> Vec<(Arc<str>, Value)> {
        let entries = self.table.entries.iter();
        let entries = entries.filter(|(_, value)| !self.nulls.strip(value.is_null()));
        let mut copies = Vec::with_capacity(self.table.entries.len());
        copies.extend(entries.map(|(key, value)| {
            let value = value.to_template(self.nulls);
            (Arc::clone(key), value)
        }));
        copies
    }
}

/// A copy of a map that nobody has looked into, with the number of values in it.
pub(super) fn copy_unseen(map: &Map, nulls: Nulls) -> Option<(Map, usize)> {
    let deferred: Rc<dyn Any> = map.unseen()?;
    let former = deferred.downcast::<Unseen>().ok()?;
    let table = Arc::clone(&former.table);
    let count = table.count;
    let nulls = nulls.max(former.nulls);
    Some((Map::deferred(Unseen { table, nulls }), count))
}
