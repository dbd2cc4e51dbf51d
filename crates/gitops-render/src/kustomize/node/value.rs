//! Between trees and JSON.

use gitops_core::yaml::{self, Dialect};
use serde_json::{Number, Value};

use super::{Map, Node, Scalar, Tag};

/// Why a tree has no JSON form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tag and the text it stands at do not go together.
    #[error("{}cannot decode {found} `{text}` as a {tag}", at(*line))]
    Tag {
        /// The line, 0 where the field was made by a build.
        line: u32,
        /// What the text is.
        found: &'static str,
        /// The text.
        text: String,
        /// What it should be.
        tag: &'static str,
    },
    /// A key stands twice in a map.
    #[error("{}mapping key {key:?} already defined at line {first}", at(*line))]
    DuplicateKey {
        /// The line of the second one.
        line: u32,
        /// The key.
        key: String,
        /// The line of the first one.
        first: u32,
    },
    /// A key that is no text.
    #[error("{}json: unsupported type: map key {key:?} is not a string; quote it", at(*line))]
    Key {
        /// The line.
        line: u32,
        /// The key.
        key: String,
    },
    /// A number JSON has no form for.
    #[error("{}json: unsupported value: {text}", at(*line))]
    NotFinite {
        /// The line.
        line: u32,
        /// The number as written.
        text: String,
    },
}

/// The line of what was read; nothing for what a build made.
fn at(line: u32) -> String {
    match line {
        0 => String::new(),
        line => format!("line {line}: "),
    }
}

impl Tag {
    /// What unquoted text is.
    pub(crate) fn of(text: &str) -> Self {
        match yaml::resolve(text, Dialect::Kustomize) {
            yaml::Scalar::Null => Self::Null,
            yaml::Scalar::Bool(_) => Self::Bool,
            yaml::Scalar::Integer(_) | yaml::Scalar::Unsigned(_) => Self::Integer,
            yaml::Scalar::Float(_) => Self::Float,
            yaml::Scalar::Timestamp(_) => Self::Timestamp,
            _ => Self::Text,
        }
    }

    fn short(self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool => "!!bool",
            Self::Integer => "!!int",
            Self::Float => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Text => "!!str",
        }
    }
}

impl Node {
    /// The tree as JSON: types are decided here.
    ///
    /// # Errors
    ///
    /// Names the line of what JSON cannot say.
    pub fn to_value(&self) -> Result<Value, Error> {
        match self {
            Self::Scalar(scalar) => scalar.to_value(),
            Self::List(list) => list.iter().map(Self::to_value).collect(),
            Self::Map(map) => map.to_value(),
        }
    }

    /// The tree as JSON, texts taken over as they are.
    ///
    /// # Errors
    ///
    /// As [`Node::to_value`].
    pub fn into_value(self) -> Result<Value, Error> {
        match self {
            Self::Scalar(scalar) if scalar.is_text() => Ok(Value::String(scalar.text)),
            Self::Scalar(scalar) => scalar.to_value(),
            Self::List(list) => list.into_iter().map(Self::into_value).collect(),
            Self::Map(map) => {
                map.check_keys()?;
                let entries = map.0.into_iter();
                let entries = entries.map(|(key, node)| Ok((key.text, node.into_value()?)));
                entries.collect::<Result<_, Error>>().map(Value::Object)
            }
        }
    }

    /// The tree of a JSON value.
    pub fn from_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::null(),
            Value::Bool(truth) => Self::plain(truth.to_string()),
            Value::Number(number) => Self::plain(shortest(number)),
            Value::String(text) => {
                let mut scalar = Scalar::text(text.as_str());
                scalar.quoted |= text.contains('\n');
                Self::Scalar(scalar)
            }
            Value::Array(list) => Self::List(list.iter().map(Self::from_value).collect()),
            Value::Object(map) => {
                let entries = map.iter();
                let entries =
                    entries.map(|(key, item)| (Scalar::text(key), Self::from_value(item)));
                Self::Map(Map(entries.collect()))
            }
        }
    }
}

/// A whole float as the integer its shortest digits show, where it fits 64 bits.
pub(crate) fn whole(float: f64) -> Option<Number> {
    let text = float.to_string();
    let signed = text.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

/// A number as the reference writes it on the way back from JSON: with an exponent from a million
/// on, and below a ten-thousandth.
fn shortest(number: &Number) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    // Digits that no float has stay as they are.
    let says_all = |float: &f64| {
        number.is_f64() || float.abs() <= EXACT || float.to_string() == number.to_string()
    };
    let Some(float) = number.as_f64().filter(says_all) else {
        return number.to_string();
    };
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return float.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// A number as JSON writes it, whole floats without a point.
pub(crate) fn number_text(number: &Number) -> String {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) if float.fract() == 0.0 && float.abs() < 1e21 => float.to_string(),
        _ => number.to_string(),
    }
}

impl Map {
    fn to_value(&self) -> Result<Value, Error> {
        self.check_keys()?;
        let entries = self.0.iter();
        let entries = entries.map(|(key, node)| Ok((key.text.clone(), node.to_value()?)));
        entries.collect::<Result<_, Error>>().map(Value::Object)
    }
}

impl Scalar {
    /// Whether this is text once it is output.
    pub fn is_text(&self) -> bool {
        self.tag == Tag::Text || (self.quoted && !self.explicit && Tag::of(&self.text) == self.tag)
    }

    /// Whether this can be a key in JSON.
    pub(super) fn is_key(&self) -> bool {
        self.tag == Tag::Text || self.quoted
    }

    pub(super) fn to_value(&self) -> Result<Value, Error> {
        // A tag that says nothing but what the text is gives way to the quotes.
        if self.is_text() {
            return Ok(Value::String(self.text.clone()));
        }
        let found = Tag::of(&self.text);
        let widened = self.tag == Tag::Float && found == Tag::Integer;
        if found != self.tag && !widened {
            return Err(Error::Tag {
                line: self.line,
                found: found.short(),
                text: self.text.clone(),
                tag: self.tag.short(),
            });
        }
        Ok(match yaml::resolve(&self.text, Dialect::Kustomize) {
            yaml::Scalar::Null => Value::Null,
            yaml::Scalar::Bool(truth) => truth.into(),
            yaml::Scalar::Integer(integer) => integer.into(),
            yaml::Scalar::Unsigned(integer) => integer.into(),
            yaml::Scalar::Timestamp(text) => text.into(),
            yaml::Scalar::Float(float) => self.float(float)?,
            _ => self.text.clone().into(),
        })
    }

    fn float(&self, float: f64) -> Result<Value, Error> {
        if !float.is_finite() {
            return Err(Error::NotFinite {
                line: self.line,
                text: self.text.clone(),
            });
        }
        if float.fract() == 0.0 && float.abs() < 1e21 {
            // Whole floats are written without a point, and so read as integers.
            if let Some(integer) = whole(float) {
                return Ok(Value::Number(integer));
            }
        }
        Ok(Number::from_f64(float).map_or(Value::Null, Value::Number))
    }
}
