//! Map keys: JSON only has text, so other scalars are spelled as Go spells them.

use serde_json::Value;

use super::scalar::Resolved;
use crate::yaml::{Dialect, Problem, Scalar, number};

/// The text of a scalar as a key.
pub(super) fn text(key: Resolved, dialect: Dialect) -> Result<String, Problem> {
    let scalar = match key {
        Resolved::Text(text) | Resolved::Merge(text) => return Ok(text),
        Resolved::Scalar(scalar) => scalar,
    };
    let kind = match &scalar {
        Scalar::Null => "null",
        Scalar::Bool(_) => "a boolean",
        Scalar::Unsigned(_) => "an unsigned integer",
        _ => "a number",
    };
    match scalar {
        _ if dialect == Dialect::Kustomize => Err(Problem::ScalarKey(kind)),
        Scalar::Bool(truth) => Ok(truth.to_string()),
        Scalar::Integer(integer) => Ok(integer.to_string()),
        Scalar::Float(float) => Ok(float_text(float)),
        _ => Err(Problem::ScalarKey(kind)),
    }
}

/// The text of an alias's value as a key.
pub(super) fn aliased(value: Value, dialect: Dialect) -> Result<String, Problem> {
    let scalar = match value {
        Value::String(text) => return Ok(text),
        Value::Array(_) => return Err(Problem::CollectionKey("a list")),
        Value::Object(_) => return Err(Problem::CollectionKey("a map")),
        Value::Null => Scalar::Null,
        Value::Bool(truth) => Scalar::Bool(truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Scalar::Integer(integer),
            (None, Some(float)) => Scalar::Float(float),
            (None, None) => Scalar::Null,
        },
    };
    text(Resolved::Scalar(scalar), dialect)
}

fn float_text(float: f64) -> String {
    if float.is_nan() {
        ".nan".to_owned()
    } else if float.is_infinite() {
        if float > 0.0 { ".inf" } else { "-.inf" }.to_owned()
    } else {
        number::general_single(float)
    }
}
