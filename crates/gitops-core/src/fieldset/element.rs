//! One element of a path to a field.

use std::fmt;

use serde_json::Value;

/// One element of a path to a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// A map's key.
    Field(String),
    /// A list's element by its keys: a JSON object with sorted keys.
    Key(String),
    /// A set's element: a JSON scalar.
    Value(String),
    /// A list's element by its place.
    Index(usize),
}

impl Element {
    /// A map's key.
    pub fn field(name: impl Into<String>) -> Self {
        Self::Field(name.into())
    }

    /// Reads the form that `fieldsV1` has: `f:name`, `k:{…}`, `v:…`, `i:1`.
    pub fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        Some(match kind {
            "f" => Self::Field(rest.to_owned()),
            "k" => Self::Key(sorted(
                serde_json::from_str(rest).ok().filter(Value::is_object)?,
            )),
            "v" => Self::Value(serde_json::from_str::<Value>(rest).ok()?.to_string()),
            "i" => Self::Index(rest.parse().ok()?),
            _ => return None,
        })
    }

    /// An element of a list by its keys and their values.
    pub(crate) fn key<'a>(keys: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let map = keys.into_iter().map(|(key, value)| (key.to_owned(), value));
        Self::Key(sorted(map.collect()))
    }

    /// The names of the keys; empty for other elements.
    pub(crate) fn key_names(&self) -> Vec<String> {
        let Self::Key(text) = self else {
            return Vec::new();
        };
        let map: Option<Value> = serde_json::from_str(text).ok();
        map.as_ref()
            .and_then(Value::as_object)
            .map(|map| map.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// Whether it keeps its meaning when the list around it changes.
    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::Field(_) | Self::Key(_))
    }
}

/// The same whatever order a map keeps.
fn sorted(map: Value) -> String {
    let Value::Object(map) = map else {
        return map.to_string();
    };
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    let texts = entries
        .into_iter()
        .map(|(key, value)| format!("{}:{value}", Value::from(key)));
    format!("{{{}}}", texts.collect::<Vec<_>>().join(","))
}

/// The form that `fieldsV1` has.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, "f:{name}"),
            Self::Key(keys) => write!(f, "k:{keys}"),
            Self::Value(value) => write!(f, "v:{value}"),
            Self::Index(index) => write!(f, "i:{index}"),
        }
    }
}
