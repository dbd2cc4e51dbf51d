//! Single values: what is equal, what is empty, what is the canonical form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::quantity;
use crate::schema::{Omit, Schema, Shape};

/// Structs inside each other, in a shape that a cluster tells, are followed no deeper.
const MAX_STRUCTS: usize = 16;

/// Whether two values are the same, with numbers compared by value.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

fn same_number(left: &Number, right: &Number) -> bool {
    left == right || (left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()
}

/// Whether a value holds nothing: null, an empty text, list or map.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether the server leaves the value of this field out.
pub(crate) fn is_omitted(schema: Option<Schema<'_>>, value: &Value) -> bool {
    let field = schema.and_then(Schema::field);
    match field.map(|field| (field.omit, &field.shape)) {
        Some((Omit::Zero, shape)) => is_zero(shape, value),
        Some((Omit::Null, _)) => value.is_null(),
        Some((Omit::Never, _)) | None => value.is_null() && zero(schema).is_none(),
    }
}

/// Whether this is the zero value of a shape; an empty list is none of a map.
fn is_zero(shape: &Shape, value: &Value) -> bool {
    match (shape, value) {
        (_, Value::Null) => true,
        (Shape::Boolean, Value::Bool(set)) => !set,
        (Shape::Int32 | Shape::Int64 | Shape::Float, Value::Number(number)) => {
            number.as_f64() == Some(0.0)
        }
        (Shape::String | Shape::Bytes, Value::String(text)) => text.is_empty(),
        (Shape::List(_), Value::Array(list)) => list.is_empty(),
        (Shape::Map(_), Value::Object(map)) => map.is_empty(),
        _ => false,
    }
}

/// Whether this is a struct without content, which the server writes or leaves out
/// as it likes.
pub(crate) fn is_empty_struct(schema: Option<Schema<'_>>, value: &Value) -> bool {
    let Some(field) = schema.and_then(Schema::field) else {
        return false;
    };
    let is_struct = matches!(field.shape, Shape::Struct(_));
    is_struct && !field.pointer && value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Whether this is a struct of structs that hold nothing.
pub(crate) fn holds_nothing(schema: Option<Schema<'_>>, value: &Value) -> bool {
    let field = schema.and_then(Schema::field);
    let is_struct = field.is_some_and(|field| matches!(field.shape, Shape::Struct(_)));
    is_struct
        && field.is_some_and(|field| !field.pointer)
        && value.as_object().is_some_and(|map| {
            let inner = |key: &str| schema.and_then(|schema| schema.get(key));
            map.iter()
                .all(|(key, value)| holds_nothing(inner(key), value))
        })
}

/// What the server reads null as, where a struct must be there: all fields that it
/// writes, even without a value.
pub(crate) fn zero_struct(schema: Option<Schema<'_>>) -> Option<Value> {
    zero_struct_at(schema?, 0)
}

fn zero_struct_at(schema: Schema<'_>, depth: usize) -> Option<Value> {
    let is_pointer = schema.field().is_some_and(|field| field.pointer);
    if schema.is_custom() || is_pointer || depth > MAX_STRUCTS {
        return None;
    }
    let fields = schema.as_struct()?.fields.iter();
    let written = fields.filter_map(|field| {
        let inner = schema.get(&field.name);
        let inner_struct = inner.and_then(|inner| zero_struct_at(inner, depth + 1));
        if inner_struct.is_none() && field.omit != Omit::Never {
            return None;
        }
        let zero = inner_struct.or_else(|| zero(inner)).unwrap_or_default();
        Some((field.name.to_string(), zero))
    });
    Some(written.collect())
}

/// What the server reads null as, where a value must be there.
fn zero(schema: Option<Schema<'_>>) -> Option<Value> {
    let schema = schema?;
    if schema.field().is_some_and(|field| field.pointer) {
        return None;
    }
    match schema.shape() {
        Shape::String => Some("".into()),
        Shape::Boolean => Some(false.into()),
        Shape::Int32 | Shape::Int64 | Shape::Float | Shape::IntOrString => Some(0.into()),
        Shape::Quantity => Some("0".into()),
        _ => None,
    }
}

/// The canonical form of a scalar, where it differs from the one it has.
pub(crate) fn canonical(schema: Option<Schema<'_>>, value: &Value) -> Option<Value> {
    let form = match (schema.map(Schema::shape), value) {
        (Some(Shape::Quantity), Value::String(text)) => quantity::canonical(text.trim())?.into(),
        (Some(Shape::Quantity), Value::Number(number)) => {
            quantity::canonical(&number.to_string())?.into()
        }
        (Some(Shape::Bytes), Value::String(text)) => base64_text(text)?.into(),
        (Some(Shape::Time), Value::String(text)) => time(text)?.into(),
        (Some(_), Value::Null) => zero(schema)?,
        (_, Value::Number(number)) => whole(number)?,
        _ => return None,
    };
    (form != *value).then_some(form)
}

/// A float without a fraction as the integer it is.
fn whole(number: &Number) -> Option<Value> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    let text = format!("{float}");
    text.parse::<i64>().ok().map(Value::from)
}

fn base64_text(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    Some(STANDARD.encode(STANDARD.decode(plain).ok()?))
}

fn time(text: &str) -> Option<String> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
