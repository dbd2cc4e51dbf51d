//! What the fields of the API's types are.
//!
//! `schema/builtin.txt` describes the built-in kinds, one type a line:
//! `type NAME field:TYPE …`, where a type is `s` (string), `i` (integer),
//! `n` (number), `b` (boolean), `q` (quantity), `t` (integer or string),
//! `*` (anything), `{T}` (map), `[T]` (list taken as a whole), `[T|]` (set),
//! `[T|a,b=X]` (list with keys, `b` being `X` unless set) or another type's name.
//! `!` after a type's name or a map says that it is taken as a whole.
//! `field?` is left out when empty, `field+` is written even when empty.

mod crd;
mod parse;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

pub(super) use crd::{ROOT, of_definition};
pub(super) use parse::{KindLine, kinds};

/// Types that refer to each other.
#[derive(Debug, Default)]
pub(super) struct Schema {
    structs: Vec<Struct>,
    names: BTreeMap<String, Type>,
}

/// A type with named fields.
#[derive(Debug, Default)]
struct Struct {
    fields: BTreeMap<String, Field>,
    /// Whether one manager owns all of it or nothing.
    atomic: bool,
    /// Whether unknown fields stay.
    open: bool,
}

#[derive(Debug)]
struct Field {
    ty: Type,
    empty: Empty,
}

/// How the server writes a field that holds its type's empty value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    /// As it was given.
    Kept,
    /// Not at all.
    Omitted,
    /// Even where it was not given.
    Written,
}

#[derive(Clone, Debug)]
enum Type {
    Any,
    Scalar(Scalar),
    Struct(usize),
    Map { values: Box<Type>, atomic: bool },
    List { items: Box<Type>, keys: Keys },
}

/// A value without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    String,
    Integer,
    Number,
    Boolean,
    Quantity,
    IntegerOrString,
}

/// What tells the elements of a list apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Keys {
    /// Nothing: the list is one value.
    Atomic,
    /// The element itself.
    Set,
    /// These fields, with the values that count where they are not set.
    Fields(Vec<(String, Option<Value>)>),
}

/// A type within its schema.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    schema: &'a Schema,
    ty: &'a Type,
}

/// What stands at a place, for who walks over a value.
pub(super) enum Shape {
    /// Anything at all; its shape is the value's.
    Any,
    /// A value without parts.
    Scalar(Scalar),
    /// Named fields.
    Struct,
    /// Free names, all of one type.
    Map,
    /// A list.
    List,
}

static ANYTHING: Schema = Schema {
    structs: Vec::new(),
    names: BTreeMap::new(),
};
static ANY: Type = Type::Any;

/// The types of the built-in kinds.
pub(super) fn builtin() -> &'static Schema {
    static BUILTIN: LazyLock<Schema> = LazyLock::new(parse::builtin);
    &BUILTIN
}

/// A place that knows nothing of what stands there.
pub(super) fn anything<'a>() -> Place<'a> {
    Place {
        schema: &ANYTHING,
        ty: &ANY,
    }
}

impl Schema {
    /// The type of this name.
    pub(super) fn named(&self, name: &str) -> Option<Place<'_>> {
        let ty = self.names.get(name)?;
        Some(Place { schema: self, ty })
    }
}

impl<'a> Place<'a> {
    /// What stands here.
    pub(super) fn shape(self) -> Shape {
        match self.ty {
            Type::Any => Shape::Any,
            Type::Scalar(scalar) => Shape::Scalar(*scalar),
            Type::Struct(_) => Shape::Struct,
            Type::Map { .. } => Shape::Map,
            Type::List { .. } => Shape::List,
        }
    }

    /// Whether one manager owns all of `value` or nothing.
    pub(super) fn is_atomic(self, value: &Value) -> bool {
        match (self.ty, value) {
            (Type::Any, Value::Object(_)) => false,
            (Type::Struct(_), Value::Object(_)) => self.named_fields().is_some_and(|it| it.atomic),
            (Type::Map { atomic, .. }, Value::Object(_)) => *atomic,
            (Type::List { keys, .. }, Value::Array(_)) => *keys == Keys::Atomic,
            _ => true,
        }
    }

    /// What tells the elements of the list here apart.
    pub(super) fn keys(self) -> &'a Keys {
        match self.ty {
            Type::List { keys, .. } => keys,
            _ => &Keys::Atomic,
        }
    }

    /// The type of the field or entry `name`; `None` where there can be none.
    pub(super) fn field(self, name: &str) -> Option<Self> {
        let ty = match self.ty {
            Type::Any => &ANY,
            Type::Map { values, .. } => values,
            Type::Struct(_) => match self.named_fields()?.fields.get(name) {
                Some(field) => &field.ty,
                None if self.is_open() => &ANY,
                None => return None,
            },
            Type::Scalar(_) | Type::List { .. } => return None,
        };
        Some(Self { ty, ..self })
    }

    /// The type of the list's elements.
    pub(super) fn items(self) -> Self {
        match self.ty {
            Type::List { items, .. } => Self { ty: items, ..self },
            _ => anything(),
        }
    }

    /// How the field `name` is written when it is empty.
    pub(super) fn empty(self, name: &str) -> Empty {
        self.named_fields()
            .and_then(|it| it.fields.get(name))
            .map_or(Empty::Kept, |field| field.empty)
    }

    /// The fields that are written even when empty, with what is written.
    pub(super) fn always_written(self) -> impl Iterator<Item = (&'a str, Value)> {
        self.named_fields()
            .into_iter()
            .flat_map(|it| &it.fields)
            .filter(|(_, field)| field.empty == Empty::Written)
            .map(|(name, field)| (name.as_str(), field.ty.zero()))
    }

    fn is_open(self) -> bool {
        self.named_fields().is_some_and(|it| it.open)
    }

    fn named_fields(self) -> Option<&'a Struct> {
        match self.ty {
            Type::Struct(index) => self.schema.structs.get(*index),
            _ => None,
        }
    }
}

impl Type {
    /// What Go writes for a value that was never set.
    fn zero(&self) -> Value {
        match self {
            Self::Any | Self::List { .. } | Self::Map { .. } => Value::Null,
            Self::Scalar(Scalar::Boolean) => Value::Bool(false),
            Self::Scalar(Scalar::Integer | Scalar::Number | Scalar::IntegerOrString) => 0.into(),
            Self::Scalar(Scalar::String | Scalar::Quantity) => "".into(),
            Self::Struct(_) => Value::Object(serde_json::Map::new()),
        }
    }
}
