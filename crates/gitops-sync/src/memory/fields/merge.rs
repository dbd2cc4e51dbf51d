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

/// The configuration's elements in its order. What only `live` has comes before
/// the shared element that it stood before, and before new ones at the end.
fn merge_lists(place: Place<'_>, live: &[Value], config: &[Value]) -> Vec<Value> {
    let live: Vec<_> = elements(place, live).collect();
    let config: Vec<_> = elements(place, config).collect();
    let wanted: BTreeSet<&str> = config.iter().map(|(key, _)| key.as_str()).collect();
    let known: BTreeMap<&str, &Value> = live.iter().map(|(key, it)| (key.as_str(), *it)).collect();
    let is_shared = |key: &&String| known.contains_key(key.as_str());
    let mut shared = config
        .iter()
        .map(|(key, _)| key)
        .filter(is_shared)
        .peekable();
    let mut rest = live.iter().peekable();
    let mut merged = Vec::with_capacity(live.len().max(config.len()));
    for (key, item) in &config {
        // Shared elements are placed by the configuration and skipped here.
        let next = shared.peek().copied();
        while let Some((own, value)) = rest.next_if(|(own, _)| Some(own) != next) {
            if !wanted.contains(own.as_str()) {
                merged.push((*value).clone());
            }
        }
        if next == Some(key) {
            shared.next();
            rest.next_if(|(own, _)| own == key);
        }
        merged.push(match known.get(key.as_str()) {
            Some(live) => merge(place.items(), live, item),
            None => (*item).clone(),
        });
    }
    let rest = rest.filter(|(key, _)| !wanted.contains(key.as_str()));
    merged.extend(rest.map(|(_, own)| (*own).clone()));
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::memory::schema;

    /// Elements by one letter each: what is live, what is applied, and what a real
    /// server, version 1.35, made of it.
    #[test]
    fn elements_stand_where_a_real_server_puts_them() {
        let keyed = json!({
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "properties": {"name": {"type": "string"}}},
        });
        let list =
            |text: &str| -> Value { text.chars().map(|name| json!({"name": name})).collect() };
        for (live, config, merged) in [
            ("ab", "ba", "ba"),
            ("abc", "ca", "bca"),
            ("abc", "cxa", "bcxa"),
            ("abcd", "xc", "abxcd"),
            ("abcd", "dxb", "acdxb"),
            ("ab", "xy", "abxy"),
            ("ab", "xay", "xaby"),
            ("abcd", "xbyd", "axbcyd"),
            ("abcde", "edcba", "edcba"),
            ("abcde", "daxb", "cdeaxb"),
            ("abc", "bxay", "bcxay"),
            ("ab", "xb", "axb"),
            ("abcdef", "fbxd", "acefbxd"),
        ] {
            let schema = schema::of_definition(&keyed);
            let place = schema.named(schema::ROOT).unwrap();
            let made = super::merge(place, &list(live), &list(config));
            assert_eq!(made, list(merged), "{live} and {config}");
        }
    }
}
