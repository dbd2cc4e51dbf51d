//! The form in which the server keeps an object: known fields, right types,
//! nothing that is empty for no reason.

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
    visit(place, value, "", &mut faults);
    faults
}

fn visit(place: Place<'_>, value: &mut Value, path: &str, faults: &mut Faults) {
    match (place.shape(), value) {
        (Shape::Any, _) => {}
        (Shape::Scalar(scalar), value) => {
            if let Some(expected) = mismatch(scalar, value) {
                faults.mistyped.push(format!("{path}: expected {expected}"));
            }
        }
        (Shape::Struct, Value::Object(map)) => visit_struct(place, map, path, faults),
        (Shape::Map, Value::Object(map)) => {
            for (name, value) in map {
                if let Some(place) = place.field(name) {
                    visit(place, value, &format!("{path}[{name}]"), faults);
                }
            }
        }
        (Shape::List, Value::Array(list)) => {
            for (index, item) in list.iter_mut().enumerate() {
                visit(place.items(), item, &format!("{path}[{index}]"), faults);
            }
        }
        (Shape::List, _) => faults.mistyped.push(format!("{path}: expected list")),
        (Shape::Struct | Shape::Map, _) => faults.mistyped.push(format!("{path}: expected map")),
    }
}

fn visit_struct(place: Place<'_>, map: &mut Map<String, Value>, path: &str, faults: &mut Faults) {
    map.retain(|name, value| {
        let path = match path {
            "" => name.clone(),
            parent => format!("{parent}.{name}"),
        };
        let Some(field) = place.field(name) else {
            faults.unknown.push(path);
            return false;
        };
        if value.is_null() {
            return false;
        }
        visit(field, value, &path, faults);
        !(place.empty(name) == Empty::Omitted && is_empty(value))
    });
    for (name, zero) in place.always_written() {
        if !map.contains_key(name) {
            map.insert(name.to_owned(), zero);
        }
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
