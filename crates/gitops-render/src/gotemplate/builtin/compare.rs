//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`.

use std::cmp::Ordering;

use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Value, print};

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
    check_comparable(first)?;
    for other in others {
        if equal(first, other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn check_comparable(value: &Value) -> Result<(), Error> {
    match value {
        Value::List(_) | Value::Map(_) | Value::Bytes(_) => Err(non_comparable(value)),
        _ => Ok(()),
    }
}

fn non_comparable(value: &Value) -> Error {
    // Go formats the value itself with %s here.
    let shown = print::sprintf(b"%s", std::slice::from_ref(value), 1000).unwrap_or_default();
    let shown = String::from_utf8_lossy(&shown);
    Error::new(format!(
        "non-comparable type {shown}: {}",
        value.type_name()
    ))
}

fn equal(left: &Value, right: &Value) -> Result<bool, Error> {
    if let (Value::Nil, _) | (_, Value::Nil) = (left, right) {
        return Ok(matches!((left, right), (Value::Nil, Value::Nil)));
    }
    match (class(left), class(right)) {
        (Some(left_class), Some(right_class)) if left_class == right_class => {
            Ok(compare(left, right).is_eq() && !is_nan(left))
        }
        (Some(_), Some(_)) => Err(incompatible(left, right)),
        _ => {
            check_comparable(right)?;
            if left.type_name() != right.type_name() {
                return Err(incompatible(left, right));
            }
            Ok(identical(left, right))
        }
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
    check_comparable(call.value(0))?;
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
