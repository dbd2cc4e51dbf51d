//! What becomes of a live object when a configuration is applied to it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::elements;
use crate::memory::schema::Place;

/// Lays `config` over `live`: maps and lists with keys by part, the rest as a whole.
pub(in crate::memory) fn merge(place: Place<'_>, live: &Value, config: &Value) -> Value {
    match (live, config) {
        (Value::Object(live), Value::Object(map)) if !place.is_atomic(config) => {
            let mut merged = live.clone();
            for (name, value) in map {
                let value = match (live.get(name), place.field(name)) {
                    (Some(live), Some(place)) => merge(place, live, value),
                    _ => value.clone(),
                };
                merged.insert(name.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(live), Value::Array(list)) if !place.is_atomic(config) => {
            Value::Array(merge_lists(place, live, list))
        }
        _ => config.clone(),
    }
}

/// The configuration's elements in its order; what only `live` has keeps its
/// place before the element that it stood before.
fn merge_lists(place: Place<'_>, live: &[Value], config: &[Value]) -> Vec<Value> {
    let live: Vec<_> = elements(place, live).collect();
    let config: Vec<_> = elements(place, config).collect();
    let wanted: BTreeSet<&str> = config.iter().map(|(key, _)| key.as_str()).collect();
    let known: BTreeMap<&str, &Value> = live.iter().map(|(key, it)| (key.as_str(), *it)).collect();
    let mut merged = Vec::with_capacity(live.len().max(config.len()));
    let mut rest = live.iter().peekable();
    for (key, item) in &config {
        while let Some((_, own)) = rest.next_if(|(key, _)| !wanted.contains(key.as_str())) {
            merged.push((*own).clone());
        }
        rest.next_if(|(own, _)| own == key || known.contains_key(key.as_str()));
        merged.push(match known.get(key.as_str()) {
            Some(live) => merge(place.items(), live, item),
            None => (*item).clone(),
        });
    }
    let rest = rest.filter(|(key, _)| !wanted.contains(key.as_str()));
    merged.extend(rest.map(|(_, own)| (*own).clone()));
    merged
}
