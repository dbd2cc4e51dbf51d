//! The form in which the server keeps an object: known fields, right types,
//! nothing that is empty for no reason.

use std::fmt;

use gitops_core::quantity;
use serde_json::{Map, Value};

use super::schema::{Empty, Place, Scalar, Shape};

/// What was wrong with an object's fields.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Paths of fields that the type does not have; they are gone.
    pub(super) unknown: Vec<String>,
    /// Fields that hold something of another type, as `path: what is expected`.
    pub(super) mistyped: Vec<String>,
}

/// Brings `value` into the server's form.
pub(super) fn normalise(place: Place<'_>, value: &mut Value) -> Faults {
    let mut faults = Faults::default();
    visit(place, value, Path::Root, &mut faults);
    faults
}

/// An object of which nothing is set, in the server's form.
pub(super) fn nothing(place: Place<'_>) -> Value {
    let mut value = Value::Object(Map::new());
    normalise(place, &mut value);
    value
}

/// Where a value stands; written out only where there is something to say of it.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Path::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Key(parent, name) => write!(f, "{parent}[{name}]"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

fn visit(place: Place<'_>, value: &mut Value, path: Path<'_>, faults: &mut Faults) {
    match (place.shape(), value) {
        (Shape::Any, _) => {}
        (Shape::Scalar(scalar), value) => {
            if let Some(expected) = mismatch(scalar, value) {
                faults.mistyped.push(format!("{path}: expected {expected}"));
            } else if scalar == Scalar::Quantity {
                canonicalise(value);
            }
        }
        (Shape::Struct, Value::Object(map)) => visit_struct(place, map, path, faults),
        (Shape::Map, Value::Object(map)) => {
            for (name, value) in map {
                if let Some(place) = place.field(name) {
                    visit(place, value, Path::Key(&path, name), faults);
                }
            }
        }
        (Shape::List, Value::Array(list)) => {
            for (index, item) in list.iter_mut().enumerate() {
                visit(place.items(), item, Path::Index(&path, index), faults);
            }
        }
        (Shape::List, _) => faults.mistyped.push(format!("{path}: expected list")),
        (Shape::Struct | Shape::Map, _) => faults.mistyped.push(format!("{path}: expected map")),
    }
}

fn visit_struct(
    place: Place<'_>,
    map: &mut Map<String, Value>,
    path: Path<'_>,
    faults: &mut Faults,
) {
    for (name, zero) in place.always_written() {
        let field = map.entry(name).or_insert(Value::Null);
        if field.is_null() {
            *field = zero;
        }
    }
    map.retain(|name, value| {
        let path = Path::Field(&path, name);
        let Some(field) = place.field(name) else {
            faults.unknown.push(path.to_string());
            return false;
        };
        if value.is_null() {
            return place.empty(name) == Empty::Written;
        }
        visit(field, value, path, faults);
        !(place.empty(name) == Empty::Omitted && is_empty(value))
    });
}

/// Writes lists that are written even when empty as the server reads them back
/// from its store: as null.
pub(super) fn forget_empty_lists(place: Place<'_>, value: &mut Value) {
    let Value::Object(map) = value else {
        return;
    };
    for (name, value) in map {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if is_empty && place.empty(name) == Empty::Written {
            *value = Value::Null;
        }
    }
}

/// Writes an amount as the server does: `0.5` as `500m`.
fn canonicalise(value: &mut Value) {
    let text = match &*value {
        Value::String(text) => quantity::canonical(text),
        other => quantity::canonical(&other.to_string()),
    };
    if let Some(text) = text {
        *value = text.into();
    }
}

/// Whether Go takes the value for one that was never set.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(bool) => !bool,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn mismatch(scalar: Scalar, value: &Value) -> Option<&'static str> {
    let (fits, expected) = match scalar {
        Scalar::String => (value.is_string(), "string"),
        Scalar::Integer => (value.is_i64() || value.is_u64(), "integer"),
        Scalar::Number => (value.is_number(), "number"),
        Scalar::Boolean => (value.is_boolean(), "boolean"),
        Scalar::Quantity => (value.is_string() || value.is_number(), "quantity"),
        Scalar::IntegerOrString => {
            let fits = value.is_string() || value.is_i64() || value.is_u64();
            (fits, "integer or string")
        }
    };
    (!fits).then_some(expected)
}
