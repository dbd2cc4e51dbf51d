//! Both forms of the keys: one YAML map of everything, and one key a field.

use std::collections::BTreeMap;

use gitops_core::yaml;
use serde_json::{Map, Value};

use super::{Actions, Customizations, Definition, Error, Override};

const NESTED: &str = "resource.customizations";

pub(super) fn parse(data: &BTreeMap<String, String>) -> Result<Customizations, Error> {
    let mut customizations = Customizations::default();
    if let Some(text) = data.get(NESTED) {
        nested(text, &mut customizations)?;
    }
    // A flat key replaces its one field of what the nested form says.
    for (key, value) in data {
        if key.starts_with(NESTED) && key != NESTED {
            flat(key, value, &mut customizations)?;
        }
    }
    Ok(customizations)
}

fn nested(text: &str, customizations: &mut Customizations) -> Result<(), Error> {
    let entries = match read(NESTED, text)? {
        Value::Null => return Ok(()),
        Value::Object(entries) => entries,
        _ => return Err(wrong(NESTED, "is not a map from group/Kind to overrides")),
    };
    for (name, entry) in entries {
        let key = format!("{NESTED}: {name}");
        let fields = match entry {
            Value::Null => Map::new(),
            Value::Object(fields) => fields,
            _ => return Err(wrong(&key, "is not a map")),
        };
        let entry = customizations.overrides.entry(name).or_default();
        for (field, value) in fields {
            nested_field(&format!("{key}: {field}"), &field, value, entry)?;
        }
    }
    Ok(())
}

fn nested_field(key: &str, field: &str, value: Value, entry: &mut Override) -> Result<(), Error> {
    match field {
        "health.lua" => entry.health = text(key, value)?,
        "health.lua.useOpenLibs" => entry.use_open_libs = flag(key, &value)?,
        "actions" => entry.actions = Some(actions(key, &text(key, value)?)?),
        "ignoreDifferences" => entry.ignore_differences = Some(text(key, value)?),
        "ignoreResourceUpdates" => entry.ignore_resource_updates = Some(text(key, value)?),
        "knownTypeFields" => entry.known_type_fields = Some(value),
        _ => {}
    }
    Ok(())
}

fn flat(key: &str, value: &str, customizations: &mut Customizations) -> Result<(), Error> {
    let parts: Vec<&str> = key.splitn(4, '.').collect();
    let [_, _, kind, name] = parts[..] else {
        return Ok(());
    };
    let name = override_key(name)?;
    let entry = customizations.overrides.entry(name).or_default();
    match kind {
        "health" => value.clone_into(&mut entry.health),
        "useOpenLibs" => entry.use_open_libs = go_bool(key, value)?,
        "actions" => entry.actions = Some(actions(key, value)?),
        "ignoreDifferences" => entry.ignore_differences = Some(value.to_owned()),
        "ignoreResourceUpdates" => entry.ignore_resource_updates = Some(value.to_owned()),
        "knownTypeFields" => entry.known_type_fields = Some(read(key, value)?),
        other => return Err(Error::Type(other.to_owned())),
    }
    Ok(())
}

/// `group_Kind` as `group/Kind`; `all` is everything that has a group.
fn override_key(name: &str) -> Result<String, Error> {
    let parts: Vec<&str> = name.split('_').collect();
    match parts[..] {
        ["all"] => Ok("*/*".into()),
        [kind] if !kind.is_empty() => Ok(kind.to_owned()),
        [group, kind] => Ok(format!("{group}/{kind}")),
        _ => Err(Error::GroupKind(name.to_owned())),
    }
}

fn actions(key: &str, text_of_actions: &str) -> Result<Actions, Error> {
    let fields = match read(key, text_of_actions)? {
        Value::Null => Map::new(),
        Value::Object(fields) => fields,
        _ => {
            return Err(wrong(
                key,
                "is not a map with discovery.lua and definitions",
            ));
        }
    };
    let mut actions = Actions::default();
    for (name, value) in fields {
        match name.as_str() {
            "discovery.lua" => actions.discovery = text(key, value)?,
            "mergeBuiltinActions" => actions.merge_builtin = flag(key, &value)?,
            "definitions" => actions.definitions = definitions(key, value)?,
            _ => {}
        }
    }
    Ok(actions)
}

fn definitions(key: &str, value: Value) -> Result<Vec<Definition>, Error> {
    let list = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(list) => list,
        _ => return Err(wrong(key, "has definitions that are not a list")),
    };
    list.into_iter()
        .map(|entry| {
            let Value::Object(mut fields) = entry else {
                return Err(wrong(key, "has a definition that is not a map"));
            };
            let mut field = |name: &str| text(key, fields.remove(name).unwrap_or_default());
            Ok(Definition {
                name: field("name")?,
                script: field("action.lua")?,
            })
        })
        .collect()
}

fn read(key: &str, text: &str) -> Result<Value, Error> {
    yaml::read(text, &yaml::Options::default()).map_err(|error| wrong(key, &error.to_string()))
}

fn text(key: &str, value: Value) -> Result<String, Error> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        _ => Err(wrong(key, "is not a text")),
    }
}

fn flag(key: &str, value: &Value) -> Result<bool, Error> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Null => Ok(false),
        _ => Err(wrong(key, "is not a boolean")),
    }
}

/// A boolean in the words of Go's `strconv`.
fn go_bool(key: &str, text: &str) -> Result<bool, Error> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(wrong(key, "is not a boolean")),
    }
}

fn wrong(key: &str, problem: &str) -> Error {
    Error::Value {
        key: key.to_owned(),
        problem: problem.to_owned(),
    }
}
