//! Actions that people run on objects: which there are, and what they change.

use gitops_core::Object;
use serde_json::{Map, Value};

use super::Error;

/// An action that an object offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action {
    /// The name, as in `restart`.
    pub name: String,
    /// Whether the action is offered but cannot be run now.
    pub disabled: bool,
    /// The icon beside the action; may be empty.
    pub icon_class: String,
    /// The name that people see; may be empty.
    pub display_name: String,
    /// The parameters that the action takes.
    pub parameters: Vec<Parameter>,
}

/// A parameter of an action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name, as the script finds it in `actionParams`.
    pub name: String,
}

/// One object that an action makes or changes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Impact {
    /// What happens to the object.
    pub change: Change,
    /// The object as it is to be. Only `kind` is certain to be there.
    pub resource: Value,
}

/// What an action does with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Makes it.
    Create,
    /// Changes it with a merge patch from what is live.
    Patch,
}

/// The actions in a discovery script's table, by name.
pub(super) fn discovered(json: &Value) -> Result<Vec<Action>, Error> {
    let Value::Object(entries) = json else {
        return match json {
            Value::Array(list) if list.is_empty() => Ok(Vec::new()),
            _ => Err(Error::Output(
                "the discovered actions are a list, not a table by name".into(),
            )),
        };
    };
    let mut actions = entries
        .iter()
        .map(|(key, value)| action(key, value))
        .collect::<Result<Vec<_>, _>>()?;
    actions.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(actions)
}

fn action(key: &str, value: &Value) -> Result<Action, Error> {
    let mut action = Action {
        name: key.to_owned(),
        ..Action::default()
    };
    let Value::Object(fields) = value else {
        // `{}` comes back as a list, and a list says no more than the name.
        return match value {
            Value::Array(_) => Ok(action),
            _ => Err(wrong(key, "is not a table")),
        };
    };
    if let Some(name) = text(key, fields, "name")?.filter(|name| !name.is_empty()) {
        action.name = name;
    }
    action.icon_class = text(key, fields, "iconClass")?.unwrap_or_default();
    action.display_name = text(key, fields, "displayName")?.unwrap_or_default();
    action.disabled = match fields.get("disabled") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(disabled)) => *disabled,
        Some(_) => return Err(wrong(key, "has a disabled that is not a boolean")),
    };
    action.parameters = parameters(key, fields)?;
    Ok(action)
}

fn parameters(key: &str, fields: &Map<String, Value>) -> Result<Vec<Parameter>, Error> {
    let list = match fields.get("params") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong(key, "has params that are not a list")),
    };
    list.iter()
        .map(|parameter| match parameter {
            Value::Object(fields) => Ok(Parameter {
                name: text(key, fields, "name")?.unwrap_or_default(),
            }),
            Value::Array(empty) if empty.is_empty() => Ok(Parameter::default()),
            _ => Err(wrong(key, "has a parameter that is not a table")),
        })
        .collect()
}

fn text(key: &str, fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Error> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(key, &format!("has a {name} that is not a string"))),
    }
}

fn wrong(key: &str, what: &str) -> Error {
    Error::Output(format!("action {key:?} {what}"))
}

/// What an action's table says is to be done to `object` and others.
pub(super) fn impacts(json: Value, object: &Object) -> Result<Vec<Impact>, Error> {
    match json {
        Value::Array(list) => list
            .into_iter()
            .map(|entry| impact(entry, object))
            .collect(),
        resource => patch(resource, object).map(|impact| vec![impact]),
    }
}

fn impact(entry: Value, object: &Object) -> Result<Impact, Error> {
    let Value::Object(mut fields) = entry else {
        return Err(Error::Output("an impacted resource is not a table".into()));
    };
    let operation = match fields.get("operation") {
        Some(Value::String(operation)) => operation.clone(),
        _ => String::new(),
    };
    let resource = fields.remove("resource").unwrap_or_default();
    match operation.as_str() {
        "patch" => patch(resource, object),
        "create" => with_kind(resource).map(|resource| Impact {
            change: Change::Create,
            resource,
        }),
        other => Err(Error::Output(format!("unsupported operation: {other:?}"))),
    }
}

fn patch(resource: Value, object: &Object) -> Result<Impact, Error> {
    let mut resource = with_kind(resource)?;
    restore_maps(&mut resource, object.value());
    Ok(Impact {
        change: Change::Patch,
        resource,
    })
}

fn with_kind(resource: Value) -> Result<Value, Error> {
    match resource.get("kind") {
        Some(Value::String(kind)) if !kind.is_empty() => Ok(resource),
        _ => Err(Error::Output(
            "Object 'Kind' is missing in the action's resource".into(),
        )),
    }
}

/// Lua has one empty table: where the original has a map, a map is meant.
fn restore_maps(value: &mut Value, original: &Value) {
    match (value, original) {
        (value @ Value::Array(_), Value::Object(_))
            if value.as_array().is_some_and(Vec::is_empty) =>
        {
            *value = Value::Object(Map::new());
        }
        (Value::Object(fields), Value::Object(originals)) => {
            for (name, value) in fields {
                if let Some(original) = originals.get(name) {
                    restore_maps(value, original);
                }
            }
        }
        (Value::Array(list), Value::Array(originals)) => {
            for (value, original) in list.iter_mut().zip(originals) {
                restore_maps(value, original);
            }
        }
        _ => {}
    }
}
