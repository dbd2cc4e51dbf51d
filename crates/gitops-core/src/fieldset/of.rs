//! The fields of values.

use std::borrow::Cow;

use serde_json::Value;

use super::{Element, FieldSet};
use crate::diff::scalar::same;
use crate::schema::{Merge, Schema};

/// How the elements of a list are told apart.
#[derive(Clone, Copy)]
enum Elements<'a> {
    Atomic,
    Set,
    Keys(&'a [Cow<'static, str>]),
}

/// Whether a value is owned as a whole.
pub(crate) fn is_atomic(schema: Option<Schema<'_>>) -> bool {
    let field = schema.and_then(Schema::field);
    field.is_some_and(|field| field.merge == Merge::Atomic)
        || schema
            .and_then(Schema::as_struct)
            .is_some_and(|found| found.atomic)
}

fn elements(schema: Option<Schema<'_>>) -> Elements<'_> {
    match schema.and_then(Schema::field).map(|field| &field.merge) {
        Some(Merge::Set) => Elements::Set,
        Some(Merge::Keys(keys)) => Elements::Keys(keys),
        _ => Elements::Atomic,
    }
}

/// The path elements of a list's elements; `None` when the list is owned as a whole
/// or an element cannot be told apart from another.
pub(crate) fn keys_of(schema: Option<Schema<'_>>, list: &[Value]) -> Option<Vec<Element>> {
    let (elements, inner) = (elements(schema), schema.and_then(Schema::element));
    let element = |value: &Value| match elements {
        Elements::Atomic => None,
        Elements::Set => {
            let scalar = !value.is_object() && !value.is_array();
            scalar.then(|| Element::Value(value.to_string()))
        }
        Elements::Keys(keys) => keyed(keys, inner, value),
    };
    if matches!(elements, Elements::Atomic) {
        return None;
    }
    let found: Vec<Element> = list.iter().map(element).collect::<Option<_>>()?;
    let mut sorted: Vec<&Element> = found.iter().collect();
    sorted.sort_unstable();
    let unique = sorted.windows(2).all(|pair| pair[0] != pair[1]);
    unique.then_some(found)
}

fn keyed(keys: &[Cow<'static, str>], schema: Option<Schema<'_>>, value: &Value) -> Option<Element> {
    let map = value.as_object()?;
    let part = |key: &'_ str| {
        let given = map.get(key).filter(|value| !value.is_null()).cloned();
        given.or_else(|| schema?.get(key)?.field()?.default.clone())
    };
    let parts = keys.iter().filter_map(|key| Some((&**key, part(key)?)));
    let parts: Vec<(&str, Value)> = parts.collect();
    (!parts.is_empty()).then(|| Element::key(parts))
}

/// Every field of a value, as one who applied it would own them.
pub(crate) fn all(schema: Option<Schema<'_>>, value: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    match value {
        Value::Object(map) if !is_atomic(schema) => {
            for (key, child) in map {
                let element = Element::Field(key.clone());
                let inner = schema.and_then(|schema| schema.get(key));
                let is_struct_field = inner.and_then(Schema::field).is_some();
                let below = all(inner, child);
                if below.is_empty() || !is_struct_field && schema.is_some() {
                    set.members.insert(element.clone());
                }
                if !below.is_empty() {
                    set.below.insert(element, below);
                }
            }
        }
        Value::Array(list) => {
            for (element, child) in keys_of(schema, list).into_iter().flatten().zip(list) {
                let below = all(schema.and_then(Schema::element), child);
                if !below.is_empty() {
                    set.below.insert(element.clone(), below);
                }
                set.members.insert(element);
            }
        }
        _ => {}
    }
    set
}

/// The fields that both values have with different content. A null is content, as a
/// custom resource may store it; where a map or a list with keys stands on the other
/// side it is one without elements.
pub(crate) fn modified(schema: Option<Schema<'_>>, left: &Value, right: &Value) -> FieldSet {
    let mut set = FieldSet::default();
    let mut compare = |element: Element, schema, left: &Value, right: &Value| {
        let below = modified(schema, left, right);
        if !below.is_empty() {
            set.below.insert(element, below);
        } else if is_leaf(schema, left, right) && !same(left, right) {
            set.members.insert(element);
        }
    };
    match (left, right) {
        (Value::Object(left), Value::Object(right)) if !is_atomic(schema) => {
            for (key, left) in left {
                if let Some(right) = right.get(key) {
                    let inner = schema.and_then(|schema| schema.get(key));
                    compare(Element::Field(key.clone()), inner, left, right);
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            let (Some(left_keys), Some(right_keys)) =
                (keys_of(schema, left), keys_of(schema, right))
            else {
                return set;
            };
            for (key, left) in left_keys.into_iter().zip(left) {
                if let Some(at) = right_keys.iter().position(|other| *other == key) {
                    compare(key, schema.and_then(Schema::element), left, &right[at]);
                }
            }
        }
        _ => {}
    }
    set
}

/// Whether a difference between two values is one of this very field.
fn is_leaf(schema: Option<Schema<'_>>, left: &Value, right: &Value) -> bool {
    let is_whole = |list: &[Value]| keys_of(schema, list).is_none();
    match (left, right) {
        (Value::Object(_), Value::Object(_) | Value::Null) | (Value::Null, Value::Object(_)) => {
            is_atomic(schema)
        }
        (Value::Array(left), Value::Array(right)) => is_whole(left) || is_whole(right),
        (Value::Array(list), Value::Null) | (Value::Null, Value::Array(list)) => is_whole(list),
        _ => true,
    }
}
