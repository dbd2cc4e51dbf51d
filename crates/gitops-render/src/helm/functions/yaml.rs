//! YAML, by the rules of Helm's library.

use gitops_core::yaml;
use serde_json::Value as Json;

use super::json::{LIST_TYPE, MAP_TYPE, error_map, mismatch, with_floats};
use super::{ANY, Entry, Outcome, STRING, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Floats, JsonError, List, ListType, Map, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("toYaml", takes(&[ANY]), |call| {
        or_empty(write(call, yaml::to_yaml))
    }),
    ("mustToYaml", takes(&[ANY]), |call| {
        write(call, yaml::to_yaml)
    }),
    ("toYamlPretty", takes(&[ANY]), |call| {
        or_empty(write_pretty(call))
    }),
    ("fromYaml", takes(&[STRING]), |call| {
        Ok(match read(&call.text(0)) {
            Ok(Json::Null) => Map::new().into(),
            Ok(Json::Object(entries)) => with_floats(&Json::Object(entries)),
            Ok(other) => error_map(&decoding(&other, MAP_TYPE)),
            Err(message) => error_map(&message),
        })
    }),
    ("fromYamlArray", takes(&[STRING]), |call| {
        Ok(match read(&call.text(0)) {
            Ok(Json::Null) if call.text(0).trim().is_empty() => Value::list([]),
            Ok(Json::Null) => List::nil(ListType::Any).into(),
            Ok(Json::Array(items)) => with_floats(&Json::Array(items)),
            Ok(other) => Value::list([decoding(&other, LIST_TYPE).into()]),
            Err(message) => Value::list([message.into()]),
        })
    }),
];

/// Values a text may have: one written byte stands for about this many in memory.
const BYTES_PER_NODE: usize = 32;

fn write(call: &Call<'_>, write: fn(&Json) -> String) -> Outcome {
    Ok(to_yaml(call.value(0), call.output_limit(), write)?.into())
}

/// This form does not go through JSON, so floats stay floats.
fn write_pretty(call: &Call<'_>) -> Outcome {
    let nodes = call.output_limit() / BYTES_PER_NODE;
    let json = call
        .value(0)
        .to_json_within(nodes, Floats::Kept)
        .map_err(failure)?;
    Ok(yaml::to_yaml_pretty(&json).into())
}

fn failure(error: JsonError) -> Error {
    match error {
        JsonError::Limit(limit) => limit.into(),
        error => Error::new(error.to_string()),
    }
}

/// The value as YAML, within a bound on its size.
pub(in crate::helm) fn to_yaml(
    value: &Value,
    limit: usize,
    write: fn(&Json) -> String,
) -> Result<String, Error> {
    let json = value.to_json_within(limit / BYTES_PER_NODE, Floats::Whole);
    Ok(write(&json.map_err(failure)?))
}

/// The plain forms hide an error, but not a bound.
fn or_empty(written: Outcome) -> Outcome {
    match written {
        Err(Error::Failed(_)) => Ok("".into()),
        other => other,
    }
}

fn read(text: &str) -> Result<Json, String> {
    if starts_with_tab(text) {
        return Err(format!(
            "error converting YAML to JSON: yaml: {WRONG_START}"
        ));
    }
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    yaml::read(text, &options).map_err(|error| {
        let problem = error.problem.to_string();
        // The reference names the character's place and not the character.
        let problem = if problem.starts_with("unexpected character") {
            WRONG_START
        } else {
            &problem
        };
        // It does not name the first line.
        match error.line {
            0 | 1 => format!("error converting YAML to JSON: yaml: {problem}"),
            line => format!("error converting YAML to JSON: yaml: line {line}: {problem}"),
        }
    })
}

const WRONG_START: &str = "found character that cannot start any token";

/// A tab cannot indent; on the first line with content, none can be part of a scalar.
fn starts_with_tab(text: &str) -> bool {
    let content = text.lines().find(|line| {
        let line = line.trim_start_matches([' ', '\t']);
        !line.is_empty() && !line.starts_with('#')
    });
    content.is_some_and(|line| line.trim_start_matches(' ').starts_with('\t'))
}

fn decoding(json: &Json, wanted: &str) -> String {
    format!(
        "error unmarshaling JSON: while decoding JSON: {}",
        mismatch(json, wanted)
    )
}
