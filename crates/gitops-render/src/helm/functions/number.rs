//! Whole numbers.

use super::{ANY, Entry, INT, Outcome, STRING, failed, takes, takes_many, to_text};
use crate::gotemplate::Value;
use crate::gotemplate::function::Call;
use crate::gotemplate::number::{parse_float, parse_int};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("int", takes(&[ANY]), |call| {
        Ok(Value::Int(to_int(call.value(0))))
    }),
    ("int64", takes(&[ANY]), |call| {
        Ok(Value::Int64(to_int(call.value(0))))
    }),
    ("float64", takes(&[ANY]), |call| {
        Ok(Value::Float(to_float(call.value(0))))
    }),
    ("atoi", takes(&[STRING]), |call| {
        Ok(Value::Int(call.text(0).parse().unwrap_or(0)))
    }),
    ("toDecimal", takes(&[ANY]), |call| {
        let text = to_text(call, call.value(0))?;
        Ok(Value::Int64(
            i64::from_str_radix(&text.to_str(), 8).unwrap_or(0),
        ))
    }),
    ("add", takes_many(&[], ANY), |call| {
        fold(call, 0, i64::wrapping_add)
    }),
    ("add1", takes(&[ANY]), |call| {
        Ok(Value::Int64(to_int(call.value(0)).wrapping_add(1)))
    }),
    ("sub", takes(&[ANY, ANY]), |call| {
        Ok(Value::Int64(
            to_int(call.value(0)).wrapping_sub(to_int(call.value(1))),
        ))
    }),
    ("mul", takes_many(&[ANY], ANY), |call| {
        fold(call, 1, i64::wrapping_mul)
    }),
    ("div", takes(&[ANY, ANY]), |call| {
        divide(call, i64::wrapping_div)
    }),
    ("mod", takes(&[ANY, ANY]), |call| {
        divide(call, i64::wrapping_rem)
    }),
    ("max", takes_many(&[ANY], ANY), |call| {
        fold(call, i64::MIN, i64::max)
    }),
    ("biggest", takes_many(&[ANY], ANY), |call| {
        fold(call, i64::MIN, i64::max)
    }),
    ("min", takes_many(&[ANY], ANY), |call| {
        fold(call, i64::MAX, i64::min)
    }),
    ("plural", takes(&[STRING, STRING, INT]), |call| {
        Ok(call.value(usize::from(call.int(2) != 1)).clone())
    }),
];

fn fold(call: &Call<'_>, start: i64, combine: fn(i64, i64) -> i64) -> Outcome {
    let numbers = call.arguments().iter().map(to_int);
    Ok(Value::Int64(numbers.fold(start, combine)))
}

fn divide(call: &Call<'_>, combine: fn(i64, i64) -> i64) -> Outcome {
    match to_int(call.value(1)) {
        0 => failed("runtime error: integer divide by zero"),
        divisor => Ok(Value::Int64(combine(to_int(call.value(0)), divisor))),
    }
}

/// Any value as a whole number; what is none is 0.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Bool(value) => i64::from(*value),
        Value::Float(value) => from_float(*value),
        Value::String(text) => parse_int(without_zero_fraction(&text.to_str())).unwrap_or(0),
        // A type over a number converts only by itself, not as its number.
        Value::Object(_) => 0,
        other => other
            .as_integer()
            .and_then(|number| i64::try_from(number).ok())
            .unwrap_or_else(|| match other {
                Value::Uint64(number) => number.cast_signed(),
                _ => 0,
            }),
    }
}

/// Go's conversion cuts; beyond the range it gives the smallest number.
#[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
fn from_float(value: f64) -> i64 {
    // Two to the 63rd, the first number beyond.
    let end = -(i64::MIN as f64);
    if !(-end..end).contains(&value) {
        return i64::MIN;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "in range; the fraction is cut"
    )]
    let int = value as i64;
    int
}

/// `5.0` is `5`; any other fraction stays and makes the text no number.
fn without_zero_fraction(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => match whole {
            "" | "-" | "+" => "0",
            whole => whole,
        },
        _ => text,
    }
}

/// Any value as a float; what is none is 0.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Float(value) => *value,
        Value::String(text) => parse_float(&text.to_str()).unwrap_or(0.0),
        Value::Object(_) => 0.0,
        #[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
        other => other.as_integer().unwrap_or(0) as f64,
    }
}
