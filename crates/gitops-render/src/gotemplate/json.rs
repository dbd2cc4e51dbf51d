//! From and to JSON values.

use std::fmt;

use serde_json::{Map as JsonMap, Number, Value as Json};

use super::print;
use super::{Limit, MAX_DEPTH, Map, Value};

/// Whole numbers become `int64`, all others `float64`.
impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Null => Self::Nil,
            Json::Bool(value) => Self::Bool(value),
            Json::Number(number) => from_number(&number),
            Json::String(text) => Self::string(text),
            Json::Array(items) => Self::list(items.into_iter().map(Self::from)),
            Json::Object(entries) => {
                let pairs = entries.into_iter();
                Self::Map(pairs.map(|(key, value)| (key, Self::from(value))).collect())
            }
        }
    }
}

/// As the conversion of an owned value.
impl From<&Json> for Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Array(items) => Self::list(items.iter().map(Self::from)),
            Json::Object(entries) => {
                let pairs = entries.iter();
                Self::Map(
                    pairs
                        .map(|(key, value)| (key.as_str(), Self::from(value)))
                        .collect(),
                )
            }
            Json::String(text) => Self::string(text.as_str()),
            scalar => Self::from(scalar.clone()),
        }
    }
}

fn from_number(number: &Number) -> Value {
    match number.as_i64() {
        Some(int) => Value::Int64(int),
        None => match number.as_u64() {
            Some(uint) => Value::Uint64(uint),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
    }
}

/// Why a value is no JSON.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// A float that is no number in JSON.
    #[error("json: unsupported value: {0}")]
    Unsupported(String),
    /// The value is too deep or too large.
    #[error(transparent)]
    Limit(#[from] Limit),
}

impl Value {
    /// The value as JSON, as Go's encoder sees it: bytes in base64 are not, nil lists
    /// are null, whole floats are whole numbers.
    ///
    /// # Errors
    ///
    /// When a float is infinite or no number, or lists and maps are nested deeper
    /// than [`MAX_DEPTH`].
    pub fn to_json(&self) -> Result<Json, JsonError> {
        self.to_json_within(usize::MAX, Floats::Whole)
    }

    /// As [`Value::to_json`], with at most so many values, and floats as wanted.
    ///
    /// # Errors
    ///
    /// As [`Value::to_json`], and when there are more values.
    pub fn to_json_within(&self, nodes: usize, floats: Floats) -> Result<Json, JsonError> {
        Conversion {
            left: nodes,
            nodes,
            floats,
        }
        .value(self, 0)
    }
}

/// What becomes of floats that are whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floats {
    /// They become integers, as in JSON's text.
    Whole,
    /// They stay floats.
    Kept,
}

struct Conversion {
    /// How many values there may still be, and how many there might be in all.
    left: usize,
    nodes: usize,
    floats: Floats,
}

impl Conversion {
    fn value(&mut self, value: &Value, depth: usize) -> Result<Json, JsonError> {
        if depth > MAX_DEPTH {
            return Err(Limit::Nesting(MAX_DEPTH).into());
        }
        self.left = self
            .left
            .checked_sub(1)
            .ok_or(Limit::Allocation(self.nodes))?;
        Ok(match value {
            Value::Nil => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) | Value::Int64(value) => (*value).into(),
            Value::Uint8(value) => (*value).into(),
            Value::Uint64(value) => (*value).into(),
            Value::Float(value) => Json::Number(float(*value, self.floats)?),
            Value::String(text) => Json::String(text.to_str().into_owned()),
            Value::Bytes(bytes) => Json::String(base64(bytes)),
            Value::List(list) if list.is_nil() => Json::Null,
            Value::List(list) => {
                let items = list.iter().map(|item| self.value(item, depth + 1));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Map(map) if map.is_nil() => Json::Null,
            Value::Map(map) => Json::Object(self.object(map, depth)?),
            Value::Object(object) => match (object.json_text(), object.underlying()) {
                (_, Some(value)) => self.value(&value, depth + 1)?,
                (Some(text), None) => Json::String(text),
                (None, None) => {
                    let mut fields = JsonMap::new();
                    for (name, value) in object.json_fields() {
                        fields.insert(name.to_string(), self.value(&value, depth + 1)?);
                    }
                    Json::Object(fields)
                }
            },
        })
    }

    fn object(&mut self, map: &Map, depth: usize) -> Result<JsonMap<String, Json>, JsonError> {
        let entries = map.borrow();
        let pairs = entries.iter().map(|(key, value)| {
            let value = self.value(value, depth + 1)?;
            Ok((key.to_string(), value))
        });
        pairs.collect()
    }
}

/// Go writes whole floats below 1e21 as whole numbers.
fn float(value: f64, floats: Floats) -> Result<Number, JsonError> {
    let unsupported = || JsonError::Unsupported(super::number::format_float(value, 'g', None));
    if !value.is_finite() {
        return Err(unsupported());
    }
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if floats == Floats::Whole && value.fract() == 0.0 && value.abs() < 9.2e18 && !negative_zero {
        return whole(value).ok_or_else(unsupported);
    }
    Number::from_f64(value).ok_or_else(unsupported)
}

/// The digits that read back as the same float, filled up with zeros: beyond 2^53
/// not those of its exact value.
fn whole(value: f64) -> Option<Number> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    let exact = value as i64;
    if exact.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS {
        return Some(exact.into());
    }
    value.to_string().parse::<i64>().ok().map(Number::from)
}

/// Standard base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().chain([0_u8, 0].iter()).take(3);
        let word = word.fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
        for index in 0..4 {
            let symbol = ALPHABET[word >> (18 - 6 * index) & 63];
            text.push(if index <= chunk.len() {
                char::from(symbol)
            } else {
                '='
            });
        }
    }
    text
}

/// Prints as Go's `%v`; what is nested too deep is cut.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match print::print_value(self, usize::MAX) {
            Ok(text) => f.write_str(&String::from_utf8_lossy(&text)),
            Err(limit) => write!(f, "%!v(PANIC={limit})"),
        }
    }
}

/// Prints the type and not the value, which may be secret.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({})", self.type_name())
    }
}
