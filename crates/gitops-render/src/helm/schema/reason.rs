//! Why values break a schema, in Helm's words where they are known.
//!
//! Values are not shown: they may be secret.

use std::fmt::Write as _;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value as Json;

/// Why a schema is none, with the place in it.
pub(super) fn invalid(error: &ValidationError<'_>) -> String {
    let place = error.instance_path();
    let reason = match error.kind() {
        // Nothing in a schema is secret.
        Kind::Format { format } => format!("{} is not valid {format}", error.instance()),
        _ if place.as_str().is_empty() => error.to_string(),
        _ => reason(error),
    };
    format!("values.schema.json is not valid against metaschema:\n- at '{place}': {reason}")
}

/// Adds a line for every error, and further in the lines of what lies behind it.
pub(super) fn describe(errors: &[ValidationError<'_>], indent: usize, lines: &mut String) {
    for group in errors.chunk_by(|a, b| missing(a).is_some() && same_keyword(a, b)) {
        let error = &group[0];
        let names: Vec<&str> = group.iter().filter_map(missing).collect();
        let reason = match names.as_slice() {
            [] => reason(error),
            names => required(error, names),
        };
        let (blanks, path) = (" ".repeat(indent), error.instance_path());
        // Writing to a string does not fail.
        writeln!(lines, "{blanks}- at '{path}': {reason}").ok();
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                for branch in context {
                    describe(branch, indent + 2, lines);
                }
            }
            Kind::PropertyNames { error } => {
                describe(std::slice::from_ref(error), indent + 2, lines);
            }
            _ => {}
        }
    }
}

/// The property that is missing, if that is what is wrong.
fn missing<'e>(error: &'e ValidationError<'_>) -> Option<&'e str> {
    match error.kind() {
        Kind::Required { property } => property.as_str(),
        _ => None,
    }
}

fn same_keyword(a: &ValidationError<'_>, b: &ValidationError<'_>) -> bool {
    a.instance_path() == b.instance_path() && a.evaluation_path() == b.evaluation_path()
}

fn required(error: &ValidationError<'_>, names: &[&str]) -> String {
    let (names, several) = (listed(names), names.len() > 1);
    let keyword = error.schema_path().as_str().rsplit('/').next();
    match keyword {
        // The path does not say which property it is that asks for them.
        Some("dependentRequired" | "dependencies") => {
            format!("properties {names} required, if others exist")
        }
        _ if several => format!("missing properties {names}"),
        _ => format!("missing property {names}"),
    }
}

fn reason(error: &ValidationError<'_>) -> String {
    let found = error.instance();
    match error.kind() {
        Kind::Type { kind } => format!("got {}, want {}", json_type(found), types(kind)),
        Kind::Minimum { limit } => bound("minimum", found, limit),
        Kind::Maximum { limit } => bound("maximum", found, limit),
        Kind::ExclusiveMinimum { limit } => bound("exclusiveMinimum", found, limit),
        Kind::ExclusiveMaximum { limit } => bound("exclusiveMaximum", found, limit),
        Kind::MultipleOf { multiple_of } => bound("multipleOf", found, multiple_of),
        Kind::MinLength { limit } => bound("minLength", size(found), limit),
        Kind::MaxLength { limit } => bound("maxLength", size(found), limit),
        Kind::MinItems { limit } => bound("minItems", size(found), limit),
        Kind::MaxItems { limit } => bound("maxItems", size(found), limit),
        Kind::MinProperties { limit } => bound("minProperties", size(found), limit),
        Kind::MaxProperties { limit } => bound("maxProperties", size(found), limit),
        Kind::Constant { expected_value } => constant(expected_value),
        Kind::Enum { options } => one_of(options.as_array().map_or(&[], Vec::as_slice)),
        Kind::AdditionalProperties { unexpected } => {
            format!("additional properties {} not allowed", listed(unexpected))
        }
        Kind::UnevaluatedProperties { unexpected } => {
            format!("unevaluated properties {} not allowed", listed(unexpected))
        }
        Kind::UnevaluatedItems { unexpected } => {
            format!("unevaluated items {} not allowed", unexpected.join(", "))
        }
        Kind::FalseSchema => refused(error),
        Kind::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            format!("invalid propertyName '{name}'")
        }
        Kind::Pattern { pattern } => format!("does not match pattern '{pattern}'"),
        Kind::Format { format } => format!("is not valid {format}"),
        Kind::UniqueItems => equal_items(found.as_array().map_or(&[], Vec::as_slice)),
        Kind::Contains => "no items match contains schema".into(),
        Kind::AnyOf { .. } => "'anyOf' failed".into(),
        Kind::OneOfNotValid { .. } => "'oneOf' failed, none matched".into(),
        Kind::OneOfMultipleValid { .. } => "'oneOf' failed, several matched".into(),
        Kind::Not { .. } => "'not' failed".into(),
        _ => error.masked().to_string(),
    }
}

/// Where no property is allowed, each of them is one too many.
fn refused(error: &ValidationError<'_>) -> String {
    let is_for_properties = error
        .schema_path()
        .as_str()
        .ends_with("/additionalProperties");
    match &**error.instance() {
        Json::Object(entries) if is_for_properties => {
            let names: Vec<&String> = entries.keys().collect();
            format!("additional properties {} not allowed", listed(&names))
        }
        _ => "false schema".into(),
    }
}

fn bound(name: &str, found: impl std::fmt::Display, limit: impl std::fmt::Display) -> String {
    format!("{name}: got {found}, want {limit}")
}

/// How many characters, items or properties there are.
fn size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(entries) => entries.len(),
        _ => 0,
    }
}

fn constant(expected: &Json) -> String {
    match quoted(expected) {
        Some(expected) => format!("value must be {expected}"),
        None => "'const' failed".into(),
    }
}

fn one_of(options: &[Json]) -> String {
    let options: Option<Vec<String>> = options.iter().map(quoted).collect();
    match options.as_deref() {
        None => "'enum' failed".into(),
        Some([one]) => format!("value must be {one}"),
        Some(many) => format!("value must be one of {}", many.join(", ")),
    }
}

/// The first two items that are equal.
fn equal_items(items: &[Json]) -> String {
    let later = |first: usize| (first + 1..items.len()).find(|at| items[*at] == items[first]);
    let pair = (0..items.len()).find_map(|first| Some((first, later(first)?)));
    let (first, second) = pair.unwrap_or_default();
    format!("items at {first} and {second} are equal")
}

fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("'{}'", name.as_ref()))
        .collect();
    names.join(", ")
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(many) => {
            let names: Vec<String> = many.iter().map(|one| one.to_string()).collect();
            names.join(" or ")
        }
    }
}

/// A value of the schema, unless it is a list or a map.
fn quoted(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(format!("'{text}'")),
        Json::Null => Some("<nil>".into()),
        Json::Array(_) | Json::Object(_) => None,
        other => Some(other.to_string()),
    }
}

fn json_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}
