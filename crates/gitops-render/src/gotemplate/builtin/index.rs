//! `index`, `slice`, `len`.

use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{List, Text, Value};

pub(super) fn len(call: &Call<'_>) -> Result<Value, Error> {
    let length = match &call.value(0).underlying() {
        Value::Nil => return Err(Error::new("len of nil pointer")),
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        other => return Err(Error::new(format!("len of type {}", other.type_name()))),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

pub(super) fn index(call: &Call<'_>) -> Result<Value, Error> {
    let mut item = call.value(0).clone();
    if matches!(item, Value::Nil) {
        return Err(Error::new("index of untyped nil"));
    }
    for key in call.arguments().iter().skip(1) {
        item = match &item.underlying() {
            Value::Nil => return Err(Error::new("index of nil pointer")),
            Value::List(list) => list[position(key, list.len(), false)?].clone(),
            Value::Bytes(bytes) => Value::Uint8(bytes[position(key, bytes.len(), false)?]),
            Value::String(text) => {
                let bytes = text.as_bytes();
                Value::Uint8(bytes[position(key, bytes.len(), false)?])
            }
            Value::Map(map) => {
                let zero = map.map_type().zero();
                map.get(&map_key(key)?).unwrap_or(zero)
            }
            other => {
                return Err(Error::new(format!(
                    "can't index item of type {}",
                    other.type_name()
                )));
            }
        };
    }
    Ok(item)
}

fn map_key(key: &Value) -> Result<std::sync::Arc<str>, Error> {
    match key {
        Value::String(text) => Ok(text.to_key()),
        Value::Nil => Err(Error::new("value is nil; should be of type string")),
        other => {
            let found = other.type_name();
            Err(Error::new(format!(
                "value has type {found}; should be string"
            )))
        }
    }
}

/// An index into `length` items; the end itself is one only for a slice.
fn position(key: &Value, length: usize, slice: bool) -> Result<usize, Error> {
    let number = match key {
        Value::Nil => return Err(Error::new("cannot index slice/array with nil")),
        key => key.as_integer().ok_or_else(|| {
            let found = key.type_name();
            Error::new(format!("cannot index slice/array with type {found}"))
        })?,
    };
    let last = if slice { length + 1 } else { length };
    match usize::try_from(number) {
        Ok(position) if position < last => Ok(position),
        _ => Err(Error::new(format!("index out of range: {number}"))),
    }
}

pub(super) fn slice(call: &Call<'_>) -> Result<Value, Error> {
    let item = call.value(0).underlying();
    let bounds = call.arguments().get(1..).unwrap_or_default();
    if bounds.len() > 3 {
        let count = bounds.len();
        return Err(Error::new(format!("too many slice indexes: {count}")));
    }
    let length = match &item {
        Value::Nil => return Err(Error::new("slice of untyped nil")),
        Value::String(_) if bounds.len() == 3 => {
            return Err(Error::new("cannot 3-index slice a string"));
        }
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(list) => list.len(),
        other => {
            return Err(Error::new(format!(
                "can't slice item of type {}",
                other.type_name()
            )));
        }
    };
    let mut range = [0, length];
    for (bound, key) in range.iter_mut().zip(bounds) {
        *bound = position(key, length, true)?;
    }
    let [start, end] = range;
    if start > end {
        return Err(Error::new(format!("invalid slice index: {start} > {end}")));
    }
    Ok(match &item {
        Value::String(text) => Value::String(Text::from_bytes(&text.as_bytes()[start..end])),
        Value::Bytes(bytes) => Value::Bytes(bytes[start..end].into()),
        Value::List(list) => Value::List(List::new(list.list_type(), list[start..end].to_vec())),
        _ => Value::Nil,
    })
}
