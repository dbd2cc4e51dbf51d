//! Whether an object fits the Go type of its kind.
//!
//! The reference converts the whole object before it looks at one field, so a
//! wrong type anywhere decides the health. The types are data: `fields.txt`.

mod scalar;
pub(crate) mod time;

use std::collections::HashMap;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde_json::Value;

/// Checks that `object` converts to the Go type `name`, such as `v1.Pod`.
///
/// # Errors
///
/// The reference's words for the first field that does not fit.
pub(crate) fn check(name: &str, object: &Value) -> Result<(), String> {
    let schema = &*SCHEMA;
    let root = schema.names[name];
    schema.check_struct(root, object)
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::parse(include_str!("typed/fields.txt")));

struct Schema {
    names: HashMap<&'static str, usize>,
    structs: Vec<Struct>,
}

/// The fields of a struct by name. The names are ours, so a quick hash will do.
struct Struct(FxHashMap<&'static str, Field>);

struct Field {
    /// The field's place in the Go struct: of several faults the first is told.
    place: usize,
    shape: Shape,
}

enum Shape {
    Struct(usize),
    List(Box<Shape>),
    Map(Box<Shape>),
    Bytes,
    String {
        go: &'static str,
    },
    Bool,
    Int32,
    Int64,
    Time,
    Quantity,
    IntOrString,
    /// Takes any JSON.
    Any,
}

impl Schema {
    fn parse(text: &'static str) -> Self {
        let lines: Vec<(&str, &str)> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(':'))
            .collect();
        let names = (0..).zip(&lines).map(|(i, (name, _))| (*name, i)).collect();
        let structs = lines
            .iter()
            .map(|(_, fields)| Struct::parse(fields, &names))
            .collect();
        Self { names, structs }
    }

    fn check_struct(&self, index: usize, value: &Value) -> Result<(), String> {
        let map = match value {
            Value::Object(map) => map,
            Value::Null => return Ok(()),
            other => return Err(format!("cannot restore struct from: {}", go_kind(other))),
        };
        let Struct(fields) = &self.structs[index];
        let mut first: Option<(usize, String)> = None;
        for (key, value) in map {
            let Some(field) = fields.get(key.as_str()) else {
                continue;
            };
            if let Err(fault) = self.check(&field.shape, value)
                && first.as_ref().is_none_or(|(place, _)| field.place < *place)
            {
                first = Some((field.place, fault));
            }
        }
        first.map_or(Ok(()), |(_, fault)| Err(fault))
    }

    fn check(&self, shape: &Shape, value: &Value) -> Result<(), String> {
        match (shape, value) {
            // A string in a string's place is the common case, null is an absent field.
            (Shape::String { .. }, Value::String(_))
            | (Shape::Bool, Value::Bool(_))
            | (Shape::Any, _)
            | (_, Value::Null) => Ok(()),
            (Shape::Struct(index), _) => self.check_struct(*index, value),
            (Shape::List(element), Value::Array(list)) => {
                list.iter().try_for_each(|value| self.check(element, value))
            }
            (Shape::Map(element), Value::Object(map)) => map
                .values()
                .try_for_each(|value| self.check(element, value)),
            (Shape::List(_), _) => Err(format!("cannot restore slice from {}", go_kind(value))),
            (Shape::Map(_), _) => Err(format!("cannot restore map from {}", go_kind(value))),
            (Shape::Bytes, _) => scalar::bytes(value),
            (Shape::String { go }, _) => Err(scalar::not_a_string(go, value)),
            (Shape::Bool, _) => Err("unrecognized type: bool".into()),
            (Shape::Int32, _) => scalar::integer("int32", value),
            (Shape::Int64, _) => scalar::integer("int64", value),
            (Shape::Time, _) => scalar::time(value),
            (Shape::Quantity, _) => scalar::quantity(value),
            (Shape::IntOrString, _) => scalar::int_or_string(value),
        }
    }
}

impl Struct {
    fn parse(fields: &'static str, names: &HashMap<&'static str, usize>) -> Self {
        let fields = fields
            .split_whitespace()
            .filter_map(|field| field.split_once('='))
            .zip(0..)
            .map(|((name, shape), place)| {
                let shape = Shape::parse(shape, names);
                (name, Field { place, shape })
            })
            .collect();
        Self(fields)
    }
}

impl Shape {
    fn parse(text: &'static str, names: &HashMap<&'static str, usize>) -> Self {
        if let Some(element) = text.strip_prefix("[]") {
            return Self::List(Box::new(Self::parse(element, names)));
        }
        if let Some(element) = text.strip_prefix("{}") {
            return Self::Map(Box::new(Self::parse(element, names)));
        }
        if let Some(name) = text.strip_prefix('@') {
            return Self::Struct(names[name]);
        }
        match text {
            "bool" => Self::Bool,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "bytes" => Self::Bytes,
            "!Time" => Self::Time,
            "!Quantity" => Self::Quantity,
            "!IntOrString" => Self::IntOrString,
            "!FieldsV1" => Self::Any,
            go => Self::String { go },
        }
    }
}

/// The Go kind that a JSON value has before its conversion.
fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

#[cfg(test)]
mod tests;
