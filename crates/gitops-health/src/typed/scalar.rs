//! Values without fields of their own, and Go's words for those that do not fit.

use serde_json::Value;

use super::{go_kind, time};
use crate::number;

const QUANTITY_FORMAT: &str = "quantities must match the regular expression \
     '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

pub(super) fn not_a_string(go: &str, value: &Value) -> String {
    match go_kind(value) {
        // Go would convert an integer to the character of that number.
        "int64" => format!("cannot convert int64 to {go}"),
        _ => "unrecognized type: string".into(),
    }
}

pub(super) fn integer(go: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && float.fract() != 0.0 => {
                Err(format!("cannot convert float64 to {go}"))
            }
            _ => Ok(()),
        },
        _ => Err(format!("unrecognized type: {go}")),
    }
}

pub(super) fn bytes(value: &Value) -> Result<(), String> {
    match value {
        Value::Array(list) => list
            .iter()
            .filter(|byte| !byte.is_null())
            .try_for_each(|byte| integer("uint8", byte)),
        Value::String(text) => base64(text.as_bytes()).map_err(|at| {
            format!("error decoding from json: illegal base64 data at input byte {at}")
        }),
        other => Err(format!("cannot restore slice from {}", go_kind(other))),
    }
}

/// Where padded standard base64 goes wrong, as Go counts it.
fn base64(text: &[u8]) -> Result<(), usize> {
    let mut quantum = 0;
    let mut start = 0;
    let mut symbols = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| !matches!(byte, b'\n' | b'\r'));
    while let Some((at, byte)) = symbols.next() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                if quantum == 0 {
                    start = at;
                }
                quantum = (quantum + 1) % 4;
            }
            b'=' if quantum >= 2 => {
                if quantum == 2 && !matches!(symbols.next(), Some((_, b'='))) {
                    return Err(text.len());
                }
                return symbols.next().map_or(Ok(()), |(at, _)| Err(at));
            }
            _ => return Err(at),
        }
    }
    if quantum == 0 { Ok(()) } else { Err(start) }
}

pub(super) fn time(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => time::parse(text).map_err(|fault| fault.to_string()),
        other => Err(cannot_unmarshal(other, "string")),
    }
}

pub(super) fn int_or_string(value: &Value) -> Result<(), String> {
    match value {
        Value::String(_) => Ok(()),
        Value::Number(number) => {
            let whole = number.as_i64().or_else(|| {
                number
                    .as_f64()
                    .filter(|float| float.fract() == 0.0 && float.abs() < 1e18)
                    .map(whole)
            });
            if whole.is_some_and(|whole| i32::try_from(whole).is_ok()) {
                return Ok(());
            }
            let text = number.as_f64().map_or_else(String::new, json_text);
            Err(format!(
                "json: cannot unmarshal number {text} into Go value of type int32"
            ))
        }
        other => Err(cannot_unmarshal(other, "int32")),
    }
}

/// A number as Go writes it in JSON: plain digits below 10^21.
fn json_text(float: f64) -> String {
    if float.abs() < 1e21 {
        return float.to_string();
    }
    number::text(float)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole and far inside the range of an i64"
)]
fn whole(float: f64) -> i64 {
    float as i64
}

fn cannot_unmarshal(value: &Value, go: &str) -> String {
    let json = match value {
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null | Value::String(_) => "string",
    };
    format!("json: cannot unmarshal {json} into Go value of type {go}")
}

pub(super) fn quantity(value: &Value) -> Result<(), String> {
    match value {
        Value::String(text) => quantity_text(text.trim_matches(' ')),
        Value::Number(_) => Ok(()),
        _ => Err(QUANTITY_FORMAT.into()),
    }
}

/// A sign, digits with a point, then a suffix: what is missing is taken for nought.
fn quantity_text(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err(QUANTITY_FORMAT.into());
    }
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let fraction = number.trim_start_matches(|c: char| c.is_ascii_digit());
    let fraction = fraction.strip_prefix('.').unwrap_or(fraction);
    let suffix = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    let exponent = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(QUANTITY_FORMAT.into());
    }
    if is_suffix(suffix) {
        return Ok(());
    }
    Err("unable to parse quantity's suffix".into())
}

fn is_suffix(suffix: &str) -> bool {
    const DECIMAL: &[&str] = &["", "n", "u", "m", "k", "M", "G", "T", "P", "E"];
    const BINARY: &[&str] = &["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    DECIMAL.contains(&suffix)
        || BINARY.contains(&suffix)
        || suffix
            .strip_prefix(['e', 'E'])
            .is_some_and(|exponent| exponent.parse::<i64>().is_ok())
}
