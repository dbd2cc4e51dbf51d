//! The shapes of kinds: what fields they have and how their lists merge.
//!
//! [`builtin()`] knows every kind that comes with Kubernetes; [`Types::add_openapi`] and
//! [`Types::add_definition`] read a cluster's own. What a merge needs of a shape is
//! here and nothing else: no descriptions, no validation.

mod builtin;
mod openapi;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::{GroupKind, GroupVersionKind, Scope};

pub use builtin::builtin;
pub use openapi::Error;

/// The shapes of a set of kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types {
    structs: Vec<Struct>,
    names: BTreeMap<Text, Shape>,
    kinds: BTreeMap<GroupVersionKind, Kind>,
}

type Text = Cow<'static, str>;

/// A kind's root and where its objects live.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kind {
    root: Shape,
    scope: Scope,
    /// Whether a patch of the kind merges as JSON does, and the server fills in only
    /// the defaults that the schema itself tells.
    custom: bool,
}

/// A map with fields of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Struct {
    /// Ordered by name.
    pub(crate) fields: Vec<Field>,
    /// Whether field managers own it only as a whole.
    pub(crate) atomic: bool,
}

/// What is known of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: Text,
    pub(crate) shape: Shape,
    /// When the server leaves it out.
    pub(crate) omit: Omit,
    /// Whether absent and empty are told apart.
    pub(crate) pointer: bool,
    /// What a strategic merge does with it.
    pub(crate) patch: Patch,
    /// Whether keys that are not wanted go away when anything in it is patched.
    pub(crate) retain_keys: bool,
    /// What a structured merge does with it.
    pub(crate) merge: Merge,
    /// What the server fills in where the field is absent.
    pub(crate) default: Option<Value>,
}

/// When the server leaves a field out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Omit {
    /// Never; its zero value is written.
    #[default]
    Never,
    /// When it is zero: `false`, `0`, an empty text, list or map.
    Zero,
    /// Only when it is null: an explicit zero stays.
    Null,
}

/// What a strategic merge does with a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Patch {
    /// Merges maps and replaces lists.
    #[default]
    Default,
    /// Merges a list of maps by this key.
    Key(Text),
    /// Merges a list of scalars.
    Set,
    /// Replaces a map.
    Replace,
}

/// What a structured merge does with a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Merge {
    /// Merges structs and maps; lists are owned as a whole.
    #[default]
    Granular,
    /// Owned as a whole.
    Atomic,
    /// A list whose scalars are owned one by one.
    Set,
    /// A list whose elements are told apart by these keys.
    Keys(Vec<Text>),
}

/// What a value looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    String,
    Boolean,
    Int32,
    Int64,
    Float,
    Bytes,
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    Duration,
    Any,
    Struct(usize),
    List(Box<Shape>),
    Map(Box<Shape>),
}

/// One place in a kind: the shape there and the field that leads to it.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    types: &'a Types,
    shape: &'a Shape,
    field: Option<&'a Field>,
    custom: bool,
}

impl Types {
    /// The shape of a kind; `None` when it is not one of these.
    pub fn kind(&self, kind: &GroupVersionKind) -> Option<Schema<'_>> {
        let found = self.kinds.get(kind)?;
        Some(Schema {
            custom: found.custom,
            ..self.root(&found.root)
        })
    }

    /// Where objects of a kind live, in whatever version; `None` when it is not one
    /// of these.
    pub fn scope(&self, kind: &GroupKind) -> Option<Scope> {
        let first = GroupVersionKind::new(&kind.group, "", "");
        let in_group = self
            .kinds
            .range(first..)
            .take_while(|(known, _)| known.group == kind.group);
        let mut found = in_group.filter(|(known, _)| known.kind == kind.kind);
        found.next().map(|(_, known)| known.scope)
    }

    /// The kinds, ordered.
    pub fn kinds(&self) -> impl Iterator<Item = &GroupVersionKind> {
        self.kinds.keys()
    }

    /// The shape of a struct by its name, such as `core/v1.PodSpec`.
    pub(crate) fn named(&self, name: &str) -> Option<Schema<'_>> {
        Some(self.root(self.names.get(name)?))
    }

    fn root<'a>(&'a self, shape: &'a Shape) -> Schema<'a> {
        Schema {
            types: self,
            shape,
            field: None,
            custom: false,
        }
    }
}

impl Struct {
    /// A field by its name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let known = |field: &Field| field.name.as_ref().cmp(name);
        let index = self.fields.binary_search_by(known).ok()?;
        self.fields.get(index)
    }
}

/// Whether the server merges lists of this kind by key when it is patched.
pub(crate) fn is_strategic(schema: Option<Schema<'_>>) -> bool {
    schema.is_some_and(|schema| !schema.is_custom())
}

impl<'a> Schema<'a> {
    /// Whether this is a custom resource's: patches merge it as JSON, and the server
    /// fills in only the defaults that are written here.
    pub(crate) fn is_custom(self) -> bool {
        self.custom
    }

    pub(crate) fn shape(self) -> &'a Shape {
        self.shape
    }

    /// The field that leads here; `None` for roots and elements.
    pub(crate) fn field(self) -> Option<&'a Field> {
        self.field
    }

    /// The struct here, where there is one.
    pub(crate) fn as_struct(self) -> Option<&'a Struct> {
        match self.shape {
            Shape::Struct(index) => self.types.structs.get(*index),
            _ => None,
        }
    }

    /// What stands under `key` of a map; `None` when the shape has no such field.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        match self.shape {
            Shape::Struct(_) => {
                let field = self.as_struct()?.field(key)?;
                Some(self.at(&field.shape, Some(field)))
            }
            Shape::Map(element) => Some(self.at(element, None)),
            _ => None,
        }
    }

    /// The elements of a list.
    pub(crate) fn element(self) -> Option<Self> {
        match self.shape {
            Shape::List(element) => Some(self.at(element, None)),
            _ => None,
        }
    }

    fn at(self, shape: &'a Shape, field: Option<&'a Field>) -> Self {
        Self {
            shape,
            field,
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
