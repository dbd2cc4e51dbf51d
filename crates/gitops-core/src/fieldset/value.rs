//! Values changed field by field.

use serde_json::{Map, Value};

use super::of::is_atomic;
use super::{Element, FieldSet, keys_of};
use crate::schema::Schema;

/// `value` without the fields in `set`, each with all below it.
pub(crate) fn remove(schema: Option<Schema<'_>>, value: &Value, set: &FieldSet) -> Value {
    if set.is_empty() || is_atomic(schema) {
        return value.clone();
    }
    let child = |element: &Element, schema, value: &Value| match set.below(element) {
        Some(below) => remove(schema, value, below),
        None => value.clone(),
    };
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter_map(|(key, value)| {
                let element = Element::Field(key.clone());
                let schema = schema.and_then(|schema| schema.get(key));
                (!set.has(&element)).then(|| (key.clone(), child(&element, schema, value)))
            });
            Value::Object(kept.collect())
        }
        Value::Array(list) => {
            let Some(keys) = keys_of(schema, list) else {
                return value.clone();
            };
            let inner = schema.and_then(Schema::element);
            let kept = keys
                .iter()
                .zip(list)
                .filter(|(element, _)| !set.has(element));
            kept.map(|(element, value)| child(element, inner, value))
                .collect()
        }
        _ => value.clone(),
    }
}

/// `applied` laid over `live`: maps and lists with keys merge, all else is replaced.
pub(crate) fn merge(schema: Option<Schema<'_>>, live: &Value, applied: &Value) -> Value {
    if is_atomic(schema) {
        return applied.clone();
    }
    match (live, applied) {
        (Value::Object(live), Value::Object(applied)) => maps(schema, live, applied).into(),
        (Value::Array(live), Value::Array(list)) => {
            let (live_keys, keys) = (keys_of(schema, live), keys_of(schema, list));
            match (live_keys, keys) {
                (Some(live_keys), Some(keys)) => lists(
                    schema.and_then(Schema::element),
                    (&live_keys, live),
                    (&keys, list),
                )
                .into(),
                _ => applied.clone(),
            }
        }
        _ => applied.clone(),
    }
}

fn maps(
    schema: Option<Schema<'_>>,
    live: &Map<String, Value>,
    applied: &Map<String, Value>,
) -> Map<String, Value> {
    let mut merged = live.clone();
    for (key, value) in applied {
        let schema = schema.and_then(|schema| schema.get(key));
        let value = match live.get(key) {
            Some(current) => merge(schema, current, value),
            None => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    merged
}

/// The applied elements in their order. What only `live` has comes before the shared
/// element that it stood before, and before new ones at the end.
fn lists(
    schema: Option<Schema<'_>>,
    (live_keys, live): (&[Element], &[Value]),
    (keys, applied): (&[Element], &[Value]),
) -> Vec<Value> {
    let position = |key: &Element| live_keys.iter().position(|known| known == key);
    let mut shared = keys.iter().filter_map(position).peekable();
    let mut rest = (0..live.len()).peekable();
    let mut merged = Vec::with_capacity(live.len() + applied.len());
    for (key, value) in keys.iter().zip(applied) {
        // Shared elements stand where they are applied and are skipped here.
        let next = shared.peek().copied();
        while let Some(at) = rest.next_if(|at| Some(*at) != next) {
            if !keys.contains(&live_keys[at]) {
                merged.push(live[at].clone());
            }
        }
        let Some(at) = position(key) else {
            merged.push(value.clone());
            continue;
        };
        shared.next();
        rest.next_if_eq(&at);
        merged.push(merge(schema, &live[at], value));
    }
    let extra = rest.filter(|at| !keys.contains(&live_keys[*at]));
    merged.extend(extra.map(|at| live[at].clone()));
    merged
}
