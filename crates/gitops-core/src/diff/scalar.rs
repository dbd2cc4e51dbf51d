//! Single values: what is equal, what is empty, what is the canonical form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::quantity;
use crate::schema::{Omit, Schema, Shape};

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
    let omit = schema.and_then(Schema::field).map(|field| field.omit);
    match omit {
        Some(Omit::Zero) => match value {
            Value::Bool(set) => !set,
            Value::Number(number) => number.as_f64() == Some(0.0),
            _ => is_empty(value),
        },
        Some(Omit::Null) => value.is_null(),
        Some(Omit::Never) | None => value.is_null() && zero(schema).is_none(),
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

/// What the server reads null as, where a value must be there.
fn zero(schema: Option<Schema<'_>>) -> Option<Value> {
    match schema?.shape() {
        Shape::String => Some("".into()),
        Shape::Boolean => Some(false.into()),
        Shape::Int32 | Shape::Int64 | Shape::Float => Some(0.into()),
        _ => None,
    }
}

/// The canonical form of a scalar, where it differs from the one it has.
pub(crate) fn canonical(schema: Option<Schema<'_>>, value: &Value) -> Option<Value> {
    let form = match (schema.map(Schema::shape), value) {
        (Some(Shape::Quantity), Value::String(text)) => quantity::canonical(text)?.into(),
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
