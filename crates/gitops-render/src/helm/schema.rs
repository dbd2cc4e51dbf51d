//! `values.schema.json`: whether values fit a chart.

use std::fmt::{self, Write as _};
use std::sync::{Arc, OnceLock};

use jsonschema::{Draft, PatternOptions, Retrieve, Uri, Validator};
use serde_json::Value as Json;

use self::reason::{describe, invalid};
use super::Error;
use super::coalesce::child;
use super::parts::Part;
use crate::gotemplate::{Map, Value};

mod reason;

/// Failures that are told of one chart.
const MAX_FAILURES: usize = 100;

/// Checks the values of a chart and of its subcharts against their schemas.
pub(super) fn check(root: &Part, values: &Map) -> Result<(), Error> {
    let mut text = String::new();
    collect(root, values, &mut text);
    if text.is_empty() {
        Ok(())
    } else {
        Err(Error::Schema(text))
    }
}

fn collect(part: &Part, values: &Map, text: &mut String) {
    if let Some(schema) = &part.chart.schema {
        let compiled = part.chart.compiled_schema.of(schema);
        let reasons = failures(&compiled, &json(&Value::Map(values.clone())));
        if !reasons.is_empty() {
            // Writing to a string does not fail.
            write!(text, "{}:\n{reasons}", part.name).ok();
        }
    }
    for subpart in &part.parts {
        if let Some(values) = child(values, &subpart.name) {
            collect(subpart, &values, text);
        }
    }
}

/// A schema ready for use, or what is wrong with it.
type Compiled = Result<Validator, String>;

/// A chart's schema, compiled when it is first needed; clones share it.
#[derive(Clone, Default)]
pub(super) struct CompiledSchema(Arc<OnceLock<Kept>>);

/// A schema with what it compiles to.
type Kept = (Arc<[u8]>, Arc<Compiled>);

impl fmt::Debug for CompiledSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_there = self.0.get().is_some();
        f.debug_tuple("CompiledSchema").field(&is_there).finish()
    }
}

impl CompiledSchema {
    fn of(&self, schema: &Arc<[u8]>) -> Arc<Compiled> {
        let compiled = || Arc::new(compile(schema));
        let (known, kept) = self.0.get_or_init(|| (Arc::clone(schema), compiled()));
        if Arc::ptr_eq(known, schema) {
            Arc::clone(kept)
        } else {
            // Somebody gave the chart another one.
            compiled()
        }
    }
}

fn compile(schema: &[u8]) -> Compiled {
    let schema: Json = serde_json::from_slice(schema).map_err(|error| {
        if error.is_eof() {
            "unexpected EOF".to_owned()
        } else {
            error.to_string()
        }
    })?;
    let draft = draft(&schema);
    let asserts_formats = matches!(draft, Draft::Draft4 | Draft::Draft6 | Draft::Draft7);
    jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(asserts_formats)
        // Go's expressions have no look-around, and linear time.
        .with_pattern_options(PatternOptions::regex())
        .with_retriever(Nowhere)
        .build(&schema)
        .map_err(|error| invalid(&error))
}

/// A line for every reason why `values` break the schema; empty when they do not.
fn failures(schema: &Compiled, values: &Json) -> String {
    let mut lines = String::new();
    match schema {
        Ok(validator) if validator.is_valid(values) => {}
        Ok(validator) => {
            let errors: Vec<_> = validator.iter_errors(values).take(MAX_FAILURES).collect();
            describe(&errors, 0, &mut lines);
        }
        Err(error) => {
            lines.push_str(error);
            lines.push('\n');
        }
    }
    lines
}

fn draft(schema: &Json) -> Draft {
    let name = schema
        .get("$schema")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let name = name
        .split("://")
        .last()
        .unwrap_or_default()
        .trim_end_matches('#');
    match name {
        "json-schema.org/draft-04/schema" => Draft::Draft4,
        "json-schema.org/draft-06/schema" => Draft::Draft6,
        "json-schema.org/draft-07/schema" => Draft::Draft7,
        "json-schema.org/draft/2019-09/schema" => Draft::Draft201909,
        _ => Draft::Draft202012,
    }
}

/// Fetches nothing: a chart must not make the engine talk to others.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
        if uri.as_str().starts_with("urn:") {
            return Ok(Json::Bool(true));
        }
        Err(format!(
            "failing loading {:?}: remote schemas are not fetched",
            uri.as_str()
        )
        .into())
    }
}

/// The values as JSON; whole floats are integers there.
fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) | Value::Int64(value) => (*value).into(),
        Value::Float(value) => whole(*value).map_or_else(|| (*value).into(), Json::from),
        Value::String(text) => text.to_str().into(),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            let entries = entries.map(|(key, value)| (key.to_string(), json(&value)));
            Json::Object(entries.collect())
        }
        _ => Json::Null,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be whole and in range"
)]
fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
}
