//! Forms that mean the same, made one before a comparison.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::GroupVersionKind;

/// Rewrites what the API server would read as the same thing; most objects are
/// given back as they are.
pub(crate) fn normalize<'a>(
    kind: &GroupVersionKind,
    object: &'a Value,
    ignore_aggregated_roles: bool,
) -> Cow<'a, Value> {
    let Some(map) = object.as_object() else {
        return Cow::Borrowed(object);
    };
    let rewritten = match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Secret") => secret(map),
        ("", "Endpoints") => endpoints(map),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => role(map, ignore_aggregated_roles),
        _ => None,
    };
    rewritten.map_or(Cow::Borrowed(object), |map| Cow::Owned(map.into()))
}

/// Moves `stringData` into `data` and writes empty values as empty texts.
pub(crate) fn secret(secret: &Map<String, Value>) -> Option<Map<String, Value>> {
    let plain = secret.get("stringData").and_then(Value::as_object);
    let data = secret.get("data").and_then(Value::as_object);
    let has_null = data.is_some_and(|data| data.values().any(Value::is_null));
    if plain.is_none() && !has_null {
        return None;
    }
    let mut secret = secret.clone();
    let mut data = data.cloned().unwrap_or_default();
    if let Some(Value::Object(plain)) = secret.remove("stringData") {
        for (key, value) in plain {
            let value = match value {
                Value::String(text) => STANDARD.encode(text).into(),
                other => other,
            };
            data.insert(key, value);
        }
    }
    if data.values().all(is_decodable) {
        let nulls = data.values_mut().filter(|value| value.is_null());
        nulls.for_each(|value| *value = "".into());
    }
    secret.insert("data".into(), data.into());
    Some(secret)
}

fn is_decodable(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => {
            let plain: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            STANDARD.decode(plain).is_ok()
        }
        _ => false,
    }
}

/// An empty list of rules is none; those of an aggregated role are the server's.
fn role(role: &Map<String, Value>, ignore_aggregated: bool) -> Option<Map<String, Value>> {
    let rules = role.get("rules");
    let empty = rules.and_then(Value::as_array).is_some_and(Vec::is_empty);
    let aggregated = ignore_aggregated && role.get("aggregationRule").is_some_and(Value::is_object);
    if !(empty || aggregated && rules.is_some_and(|rules| !rules.is_null())) {
        return None;
    }
    let mut role = role.clone();
    role.insert("rules".into(), Value::Null);
    Some(role)
}

/// Orders subsets, addresses and ports, which have no order of their own.
fn endpoints(endpoints: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut subsets = endpoints.get("subsets")?.as_array()?.clone();
    for subset in subsets.iter_mut().filter_map(Value::as_object_mut) {
        if let Some(Value::Array(ports)) = subset.get_mut("ports") {
            for port in ports.iter_mut().filter_map(Value::as_object_mut) {
                port.entry("protocol").or_insert_with(|| "TCP".into());
                port.entry("port").or_insert_with(|| 0.into());
            }
            ports.sort_by_cached_key(Value::to_string);
        }
        for key in ["addresses", "notReadyAddresses"] {
            if let Some(Value::Array(addresses)) = subset.get_mut(key) {
                addresses.sort_by_cached_key(address_order);
            }
        }
    }
    subsets.sort_by_cached_key(Value::to_string);
    let mut endpoints = endpoints.clone();
    endpoints.insert("subsets".into(), subsets.into());
    Some(endpoints)
}

fn address_order(address: &Value) -> (String, String) {
    let ip = address
        .get("ip")
        .and_then(Value::as_str)
        .unwrap_or_default();
    (ip.to_owned(), address.to_string())
}
