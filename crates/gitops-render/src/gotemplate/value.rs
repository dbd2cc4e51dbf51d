//! The values that templates see: Go's, as far as templates can tell.

mod entries;
mod list;
mod map;
mod object;
mod text;

use std::rc::Rc;
use std::sync::Arc;

pub use list::{List, ListType};
pub use map::{Deferred, Map, MapType, Method, NamedType, WeakMap};
pub use object::Object;
pub use text::Text;

/// How deep lists and maps may be nested wherever a value is walked whole:
/// printed, compared, copied, converted.
pub const MAX_DEPTH: usize = 256;

/// A value of a template: the operand of every action.
///
/// Numbers keep Go's types, because templates tell them apart: `eq 1 1.0` is an
/// error, and `1000000.0` prints as `1e+06`. Maps are shared and mutable, as Go's
/// are; lists and strings never change. A value belongs to one thread.
///
/// ```
/// use gitops_render::gotemplate::Value;
/// use serde_json::json;
///
/// let value = Value::from(json!({"replicas": 3, "ratio": 0.5, "tags": ["a"]}));
/// assert_eq!(value.to_string(), "map[ratio:0.5 replicas:3 tags:[a]]");
/// assert_eq!(value.type_name(), "map[string]interface {}");
/// ```
#[derive(Clone, Default)]
pub enum Value {
    /// Nothing: Go's nil without a type.
    #[default]
    Nil,
    /// A truth value.
    Bool(bool),
    /// An `int`, as whole constants are.
    Int(i64),
    /// An `int64`.
    Int64(i64),
    /// A `uint8`, as the bytes of a string are.
    Uint8(u8),
    /// A `uint64`.
    Uint64(u64),
    /// A `float64`, as all numbers from YAML and JSON are.
    Float(f64),
    /// A `string`.
    String(Text),
    /// A `[]uint8`.
    Bytes(Arc<[u8]>),
    /// A slice.
    List(List),
    /// A map with text as keys.
    Map(Map),
    /// Anything else: a struct, a pointer or a type with methods.
    Object(Rc<dyn Object>),
}

/// Go's kinds, as far as values have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The kind of nil.
    Invalid,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint8`.
    Uint8,
    /// `uint64`.
    Uint64,
    /// `float64`.
    Float64,
    /// `string`.
    String,
    /// A list.
    Slice,
    /// A map.
    Map,
    /// A pointer to a struct.
    Ptr,
    /// A struct.
    Struct,
}

impl Kind {
    /// The kind as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Slice => "slice",
            Self::Map => "map",
            Self::Ptr => "ptr",
            Self::Struct => "struct",
        }
    }
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<Text>) -> Self {
        Self::String(text.into())
    }

    /// A list of any values.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().collect())
    }

    /// A list of strings, Go's `[]string`.
    pub fn strings<T: Into<Text>>(items: impl IntoIterator<Item = T>) -> Self {
        let items = items.into_iter().map(Self::string).collect();
        Self::List(List::new(ListType::Strings, items))
    }

    /// A value with methods or fields of its own.
    pub fn object(object: impl Object + 'static) -> Self {
        Self::Object(Rc::new(object))
    }

    /// Go's kind of the value.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Nil => Kind::Invalid,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Int64(_) => Kind::Int64,
            Self::Uint8(_) => Kind::Uint8,
            Self::Uint64(_) => Kind::Uint64,
            Self::Float(_) => Kind::Float64,
            Self::String(_) => Kind::String,
            Self::Bytes(_) | Self::List(_) => Kind::Slice,
            Self::Map(_) => Kind::Map,
            Self::Object(object) => object.kind(),
        }
    }

    /// Go's type of the value, as `%T` prints it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Nil => "<nil>",
            Self::Bytes(_) => "[]uint8",
            Self::List(list) => list.list_type().name(),
            Self::Map(map) => map.map_type().name(),
            Self::Object(object) => object.type_name(),
            other => other.kind().name(),
        }
    }

    /// Whether `if` takes the value for true: not zero, not empty, not nil.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Int64(value) => *value != 0,
            Self::Uint8(value) => *value != 0,
            Self::Uint64(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::List(list) => !list.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.is_true(),
        }
    }

    /// The string, if the value is one.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The map, if the value is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if the value is one.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The object, if the value is one of type `T`.
    pub fn as_object<T: Object + 'static>(&self) -> Option<&T> {
        match self {
            Self::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// The whole number, if the value is of an integer type.
    pub fn as_integer(&self) -> Option<i128> {
        match self {
            Self::Int(value) | Self::Int64(value) => Some((*value).into()),
            Self::Uint8(value) => Some((*value).into()),
            Self::Uint64(value) => Some((*value).into()),
            Self::Object(object) => object.underlying()?.as_integer(),
            _ => None,
        }
    }

    /// The plain value of an object that is a map, list or number with methods;
    /// every other value is itself.
    #[must_use]
    pub fn underlying(&self) -> Self {
        match self {
            Self::Object(object) => object.underlying().unwrap_or_else(|| self.clone()),
            other => other.clone(),
        }
    }

    /// Whether it may hold others.
    pub(crate) fn holds_values(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int64(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Self::String(text)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

/// Drops values without a stack frame for every level of nesting, which hostile
/// templates choose.
fn drop_nested(values: impl Iterator<Item = Value>) {
    let mut rest = Vec::new();
    let dismantle = |value, rest: &mut Vec<Value>| match value {
        Value::Map(map) => map.dismantle(rest),
        Value::List(list) => list.dismantle(rest),
        _ => {}
    };
    for value in values {
        dismantle(value, &mut rest);
        while let Some(inner) = rest.pop() {
            dismantle(inner, &mut rest);
        }
    }
}
