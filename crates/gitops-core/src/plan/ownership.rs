//! Whether a live object's bookkeeping says that an apply would change nothing.
//!
//! Fields may be as wanted while the record of who applied them is not. An apply
//! is still due then, or a field that leaves the sources later would stay live.

use serde_json::{Map, Value};

use super::Apply;
use crate::Object;
use crate::apply::{FIELD_MANAGER, LAST_APPLIED, Strategy};

/// Whether applying `target`, which differs in no field, would change no record either.
pub(super) fn is_settled(target: &Object, live: &Object, apply: &Apply) -> bool {
    match apply.strategy {
        Strategy::ClientSide => live.annotation(LAST_APPLIED).is_some(),
        Strategy::ServerSide => owns_exactly(target, live, apply.migrate_from.as_deref()),
        Strategy::Create | Strategy::Replace => false,
    }
}

/// Whether `manager` may own fields of `live` by applying them client-side; it
/// cannot be told where the record is not kept.
pub(super) fn may_own(manager: &str, live: &Object) -> bool {
    let mut entries = managers(live).peekable();
    entries.peek().is_none() || entries.any(|entry| is(entry, manager, "Update"))
}

/// Whether the engine's manager owns fields of `live`, all of them wanted, and
/// nothing is to be taken over from `former`.
fn owns_exactly(target: &Object, live: &Object, former: Option<&str>) -> bool {
    if former.is_some_and(|former| managers(live).any(|entry| is(entry, former, "Update"))) {
        return false;
    }
    managers(live)
        .find(|entry| is(entry, FIELD_MANAGER, "Apply"))
        .and_then(|entry| entry["fieldsV1"].as_object())
        .is_some_and(|fields| are_wanted(fields, target.value()))
}

fn is(entry: &Value, manager: &str, operation: &str) -> bool {
    entry["manager"] == manager && entry["operation"] == operation && entry["subresource"].is_null()
}

fn managers(live: &Object) -> impl Iterator<Item = &Value> {
    live.value()["metadata"]["managedFields"]
        .as_array()
        .into_iter()
        .flatten()
}

/// Whether every owned field is in the wanted value. The API server bounds how
/// deep an object is, and with it this recursion.
fn are_wanted(fields: &Map<String, Value>, wanted: &Value) -> bool {
    fields.iter().all(|(field, below)| {
        let Some(wanted) = child(field, wanted) else {
            return false;
        };
        below
            .as_object()
            .is_none_or(|below| are_wanted(below, wanted))
    })
}

/// The part of a value that a field of `fieldsV1` names.
fn child<'a>(field: &str, value: &'a Value) -> Option<&'a Value> {
    match field.split_once(':') {
        None => Some(value),
        Some(("f", name)) => value.get(name),
        Some(("k", keys)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).ok()?;
            value.as_array()?.iter().find(|item| has_keys(item, &keys))
        }
        Some(("v", element)) => {
            let element: Value = serde_json::from_str(element).ok()?;
            value.as_array()?.iter().find(|item| **item == element)
        }
        Some(_) => None,
    }
}

/// Whether a list's item has these keys; the server fills in the protocol.
fn has_keys(item: &Value, keys: &Map<String, Value>) -> bool {
    keys.iter().all(|(key, value)| match item.get(key) {
        Some(own) => own == value,
        None => key == "protocol" && value == "TCP",
    })
}
