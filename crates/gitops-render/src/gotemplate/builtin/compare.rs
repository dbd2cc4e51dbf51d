//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::cmp::Ordering;

use crate::gotemplate::Value;
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::print::shown;

/// The classes of values that compare with one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Bool,
    Integer,
    Float,
    String,
}

fn class(value: &Value) -> Option<Class> {
    Some(match value {
        Value::Bool(_) => Class::Bool,
        Value::Float(_) => Class::Float,
        Value::String(_) => Class::String,
        value if value.as_integer().is_some() => Class::Integer,
        _ => return None,
    })
}

fn incompatible(left: &Value, right: &Value) -> Error {
    let (left, right) = (left.type_name(), right.type_name());
    Error::new(format!(
        "incompatible types for comparison: {left} and {right}"
    ))
}

pub(super) fn eq(call: &Call<'_>) -> Result<Value, Error> {
    let (first, others) = match call.arguments() {
        [] | [_] => return Err(Error::new("missing argument for comparison")),
        [first, others @ ..] => (first, others),
    };
    for other in others {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn non_comparable(value: &Value) -> Error {
    let (shown, of) = (shown(value, b"%s"), value.type_name());
    Error::new(format!("non-comparable type {shown}: {of}"))
}

fn non_comparable_pair(left: &Value, right: &Value) -> Error {
    let (left_type, right_type) = (left.type_name(), right.type_name());
    let (left, right) = (shown(left, b"%s"), shown(right, b"%v"));
    Error::new(format!(
        "non-comparable types {left}: {left_type}, {right_type}: {right}"
    ))
}

fn equal(left: &Value, right: &Value) -> Result<bool, Error> {
    match (class(left), class(right)) {
        (Some(left_class), Some(right_class)) if left_class == right_class => {
            Ok(compare(left, right).is_eq() && !is_nan(left))
        }
        (None, None) => equal_unclassed(left, right),
        _ if matches!(left, Value::Nil) || matches!(right, Value::Nil) => Ok(false),
        _ => Err(incompatible(left, right)),
    }
}

/// Whether two values are equal that are neither scalars nor text.
fn equal_unclassed(left: &Value, right: &Value) -> Result<bool, Error> {
    let same_kind = left.kind() == right.kind();
    if !same_kind && !matches!(left, Value::Nil) && !matches!(right, Value::Nil) {
        return Err(non_comparable_pair(left, right));
    }
    if is_nil(left) || is_nil(right) {
        return Ok(is_nil(left) && is_nil(right));
    }
    match right {
        Value::List(_) | Value::Map(_) | Value::Bytes(_)
            if left.type_name() == right.type_name() =>
        {
            Err(non_comparable(right))
        }
        Value::List(_) | Value::Map(_) | Value::Bytes(_) => Err(non_comparable_pair(left, right)),
        _ => Ok(identical(left, right)),
    }
}

/// Whether a value is nil for Go; a slice that was never made is.
fn is_nil(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::List(list) => list.is_nil(),
        _ => false,
    }
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Float(float) if float.is_nan())
}

fn identical(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            std::rc::Rc::ptr_eq(left, right)
                || (left.text().is_some() && left.text() == right.text())
        }
        _ => false,
    }
}

/// The order of two values of one class.
fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Float(left), Value::Float(right)) => {
            left.partial_cmp(right).unwrap_or(Ordering::Greater)
        }
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => left.as_integer().cmp(&right.as_integer()),
    }
}

pub(super) fn ne(call: &Call<'_>) -> Result<Value, Error> {
    Ok(Value::Bool(!equal(call.value(0), call.value(1))?))
}

fn ordered(call: &Call<'_>) -> Result<Ordering, Error> {
    let (left, right) = (call.value(0), call.value(1));
    let (Some(left_class), Some(right_class)) = (class(left), class(right)) else {
        return Err(Error::new("invalid type for comparison"));
    };
    if left_class != right_class {
        return Err(incompatible(left, right));
    }
    if left_class == Class::Bool {
        return Err(Error::new("invalid type for comparison"));
    }
    Ok(compare(left, right))
}

pub(super) fn lt(call: &Call<'_>) -> Result<Value, Error> {
    Ok(Value::Bool(ordered(call)?.is_lt()))
}

pub(super) fn le(call: &Call<'_>) -> Result<Value, Error> {
    Ok(Value::Bool(ordered(call)?.is_le()))
}

pub(super) fn gt(call: &Call<'_>) -> Result<Value, Error> {
    Ok(Value::Bool(ordered(call)?.is_gt()))
}

pub(super) fn ge(call: &Call<'_>) -> Result<Value, Error> {
    Ok(Value::Bool(ordered(call)?.is_ge()))
}
