//! Maps.

use std::sync::Arc;

use super::{ANY, Entry, MAP, Outcome, STRING, failed, takes, takes_many, to_text};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::{Map, MapType, Text, Value};
use crate::helm::host::Host;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("dict", takes_many(&[], ANY), dict),
    ("get", takes(&[MAP, STRING]), |call| {
        let found = call.map(0).and_then(|map| map.get(&call.text(1)));
        Ok(found.unwrap_or_else(|| "".into()))
    }),
    ("set", takes(&[MAP, STRING, ANY]), set),
    ("unset", takes(&[MAP, STRING]), |call| {
        let Some(map) = call.map(0).filter(|map| !map.is_nil()) else {
            return Ok(Map::nil(MapType::Any).into());
        };
        map.remove(&call.text(1));
        Ok(call.value(0).clone())
    }),
    ("hasKey", takes(&[MAP, STRING]), |call| {
        Ok(Value::Bool(
            call.map(0).is_some_and(|map| map.contains(&call.text(1))),
        ))
    }),
    ("pluck", takes_many(&[STRING], MAP), |call| {
        let key = call.text(0);
        let maps = call.arguments().iter().filter_map(Value::as_map);
        Ok(Value::list(maps.filter_map(|map| map.get(&key))))
    }),
    ("keys", takes_many(&[], MAP), |call| {
        let maps = call.arguments().iter().filter_map(Value::as_map);
        Ok(Value::strings(
            maps.flat_map(Map::entries).map(|(key, _)| key),
        ))
    }),
    ("values", takes(&[MAP]), |call| {
        let entries = call.map(0).map(Map::entries).unwrap_or_default();
        Ok(Value::list(entries.into_iter().map(|(_, value)| value)))
    }),
    ("pick", takes_many(&[MAP], STRING), |call| {
        Ok(filtered(call, true).into())
    }),
    ("omit", takes_many(&[MAP], STRING), |call| {
        Ok(filtered(call, false).into())
    }),
    ("dig", takes_many(&[], ANY), dig),
];

fn dict(call: &Call<'_>) -> Outcome {
    let map = Map::new();
    for pair in call.arguments().chunks(2) {
        let key = to_text(call, &pair[0])?.to_key();
        map.insert(key, pair.get(1).cloned().unwrap_or_else(|| "".into()));
    }
    Ok(map.into())
}

fn set(call: &Call<'_>) -> Outcome {
    let Some(map) = call.map(0) else {
        return failed("assignment to entry in nil map");
    };
    let value = call.value(2);
    Host::of(call)?.changed(map, value);
    let key = call
        .value(1)
        .as_text()
        .map_or_else(|| Arc::from(""), Text::to_key);
    map.insert(key, value.clone());
    Ok(call.value(0).clone())
}

/// The entries whose keys are among the arguments, or are not.
fn filtered(call: &Call<'_>, named: bool) -> Map {
    let keys = call.arguments().get(1..).unwrap_or_default();
    let keys: Vec<_> = keys
        .iter()
        .filter_map(Value::as_text)
        .map(Text::to_key)
        .collect();
    let entries = call.map(0).map(Map::entries).unwrap_or_default();
    entries
        .into_iter()
        .filter(|(key, _)| keys.contains(key) == named)
        .collect()
}

fn dig(call: &Call<'_>) -> Outcome {
    let [keys @ .., default, value] = call.arguments() else {
        return failed("dig needs at least three arguments");
    };
    if keys.is_empty() {
        return failed("dig needs at least three arguments");
    }
    plain_map(value)?;
    if let Some(key) = keys.iter().find(|key| key.as_text().is_none()) {
        return conversion(key, "string");
    }
    let mut found = value.clone();
    for key in keys.iter().filter_map(Value::as_text) {
        match plain_map(&found)?.get(&key.to_str()) {
            Some(step) => found = step,
            None => return Ok(default.clone()),
        }
    }
    Ok(found)
}

/// Go's type assertion: a named map type is another type.
fn plain_map(value: &Value) -> Result<Map, Error> {
    match value {
        Value::Map(map) if map.map_type() == MapType::Any => Ok(map.clone()),
        other => conversion(other, "map[string]interface {}"),
    }
}

fn conversion<T>(value: &Value, wanted: &str) -> Result<T, Error> {
    let found = match value {
        Value::Nil => "nil",
        other => other.type_name(),
    };
    failed(format!(
        "interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}
