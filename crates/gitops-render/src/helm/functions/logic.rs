//! Defaults, choices and types.

use super::{ANY, BOOL, Entry, Outcome, STRING, takes, takes_many, zero_value};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Limit, MAX_DEPTH, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("default", takes_many(&[ANY], ANY), default),
    ("empty", takes(&[ANY]), |call| {
        Ok(Value::Bool(!call.value(0).is_true()))
    }),
    ("coalesce", takes_many(&[], ANY), |call| {
        let found = call.arguments().iter().find(|value| value.is_true());
        Ok(found.cloned().unwrap_or_default())
    }),
    ("all", takes_many(&[], ANY), |call| {
        Ok(Value::Bool(call.arguments().iter().all(Value::is_true)))
    }),
    ("any", takes_many(&[], ANY), |call| {
        Ok(Value::Bool(call.arguments().iter().any(Value::is_true)))
    }),
    ("ternary", takes(&[ANY, ANY, BOOL]), |call| {
        Ok(call.value(usize::from(!call.bool(2))).clone())
    }),
    ("deepEqual", takes(&[ANY, ANY]), |call| {
        Ok(Value::Bool(deep_equal(call, call.value(0), call.value(1))?))
    }),
    ("deepCopy", takes(&[ANY]), |call| match call.value(0) {
        Value::Nil => Err(zero_value()),
        value => deep_copy(call, value, 0),
    }),
    ("mustDeepCopy", takes(&[ANY]), |call| match call.value(0) {
        Value::Nil => Err(zero_value()),
        value => deep_copy(call, value, 0),
    }),
    ("kindOf", takes(&[ANY]), |call| {
        Ok(call.value(0).kind().name().into())
    }),
    ("kindIs", takes(&[STRING, ANY]), |call| {
        Ok(Value::Bool(call.text(0) == call.value(1).kind().name()))
    }),
    ("typeOf", takes(&[ANY]), |call| {
        Ok(call.value(0).type_name().into())
    }),
    ("typeIs", takes(&[STRING, ANY]), |call| {
        Ok(Value::Bool(call.text(0) == call.value(1).type_name()))
    }),
    ("typeIsLike", takes(&[STRING, ANY]), |call| {
        let (wanted, found) = (call.text(0), call.value(1).type_name());
        Ok(Value::Bool(
            wanted == found || found.strip_prefix('*') == Some(&*wanted),
        ))
    }),
];

fn default(call: &Call<'_>) -> Outcome {
    let given = call.value(1);
    Ok(if given.is_true() {
        given
    } else {
        call.value(0)
    }
    .clone())
}

/// Equality with types: 1 and 1.0 differ.
pub(super) fn deep_equal(call: &Call<'_>, left: &Value, right: &Value) -> Result<bool, Error> {
    equal(call, left, right, 0)
}

fn equal(call: &Call<'_>, left: &Value, right: &Value, depth: usize) -> Result<bool, Error> {
    if depth > MAX_DEPTH {
        return Err(Limit::Nesting(MAX_DEPTH).into());
    }
    Ok(match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left), Value::Int(right)) | (Value::Int64(left), Value::Int64(right)) => {
            left == right
        }
        (Value::Uint8(left), Value::Uint8(right)) => left == right,
        (Value::Uint64(left), Value::Uint64(right)) => left == right,
        (Value::Float(left), Value::Float(right)) => {
            left.partial_cmp(right) == Some(std::cmp::Ordering::Equal)
        }
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Bytes(left), Value::Bytes(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            let alike = left.list_type() == right.list_type()
                && left.is_nil() == right.is_nil()
                && left.len() == right.len();
            alike && equal_pairs(call, left.iter().zip(right.iter()), depth)?
        }
        (Value::Map(left), Value::Map(right)) if left.is(right) => true,
        (Value::Map(left), Value::Map(right)) => {
            let (lefts, rights) = (left.borrow(), right.borrow());
            let mut pairs = lefts.iter().zip(rights.iter());
            left.map_type() == right.map_type()
                && lefts.len() == rights.len()
                && pairs.all(|((left, _), (right, _))| left == right)
                && equal_pairs(call, lefts.values().zip(rights.values()), depth)?
        }
        (Value::Object(left), Value::Object(right)) => {
            std::rc::Rc::ptr_eq(left, right)
                || (left.type_name() == right.type_name()
                    && left.text().is_some()
                    && left.text() == right.text())
        }
        _ => false,
    })
}

fn equal_pairs<'v>(
    call: &Call<'_>,
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    depth: usize,
) -> Result<bool, Error> {
    for (left, right) in pairs {
        call.step()?;
        if !equal(call, left, right, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A copy that shares no map with the original.
fn deep_copy(call: &Call<'_>, value: &Value, depth: usize) -> Outcome {
    if depth > MAX_DEPTH {
        return Err(Limit::Nesting(MAX_DEPTH).into());
    }
    call.reserve(size_of::<Value>())?;
    Ok(match value {
        Value::List(list) if list.is_nil() => value.clone(),
        Value::List(list) => {
            let items = list.iter().map(|item| deep_copy(call, item, depth + 1));
            let items = items.collect::<Result<_, _>>()?;
            crate::gotemplate::List::new(list.list_type(), items).into()
        }
        Value::Map(map) => {
            let copy = crate::gotemplate::Map::of(map.map_type());
            for (key, value) in map.entries() {
                call.step()?;
                copy.insert(key, deep_copy(call, &value, depth + 1)?);
            }
            copy.into()
        }
        other => other.clone(),
    })
}
