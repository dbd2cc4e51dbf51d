//! From client-side to server-side apply: whose fields are whose.
//!
//! A field that a client-side manager still owns would stay for ever once the
//! target drops it. So its entry in `managedFields` is merged into ours first.

use gitops_core::Object;
use gitops_core::apply::{Error, LAST_APPLIED, Reason};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::{CONFLICT_PAUSE, CONFLICTS, Target};
use crate::kube::object::JSON_PATCH;

/// Merges the entries and returns the live object as it is then. What the
/// options ask for must succeed; that of managers who keep the last applied
/// object in an annotation is done where possible.
pub(super) async fn run(
    target: &Target<'_>,
    mut live: Object,
    warnings: &mut Vec<String>,
) -> Result<Object, Error> {
    for conflict in 0..=CONFLICTS {
        let Some(fields) = migrated(&live, target) else {
            return Ok(live);
        };
        let asked = managed(&live)
            .iter()
            .any(|entry| is_asked_for(entry, target));
        match send(target, &live, &fields).await {
            Ok(live) => return Ok(live),
            Err(error) if error.is_conflict() && conflict < CONFLICTS => {
                if conflict > 0 {
                    sleep(CONFLICT_PAUSE).await;
                }
                live = target.live().await?.ok_or_else(|| vanished(target))?;
            }
            Err(error) if asked => return Err(failed(target, error)),
            Err(error) => {
                warnings.push(failed(target, error).message);
                return Ok(live);
            }
        }
    }
    Ok(live)
}

async fn send(target: &Target<'_>, live: &Object, fields: &[Value]) -> Result<Object, Error> {
    let patch = json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": fields},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live.resource_version()},
    ]);
    target.patch(JSON_PATCH, &patch).await?.content()
}

fn failed(target: &Target<'_>, mut error: Error) -> Error {
    let key = target.at.key();
    error.message = format!(
        "failed to perform client-side apply migration for {key}: {}",
        error.message
    );
    error
}

fn vanished(target: &Target<'_>) -> Error {
    let message = format!("{} was deleted while it was applied", target.at);
    Error::new(Reason::Conflict, message)
}

/// The entries of `managedFields` after the migration; `None` when there is nothing to do.
fn migrated(live: &Object, target: &Target<'_>) -> Option<Vec<Value>> {
    let (old, mut kept): (Vec<Value>, Vec<Value>) = managed(live)
        .iter()
        .cloned()
        .partition(|entry| is_asked_for(entry, target) || owns_last_applied(entry));
    let mut old = old.into_iter();
    let first = old.next()?;
    let manager = &target.options.manager;
    let position = kept.iter().position(|entry| is(entry, manager, "Apply"));
    if position.is_none() {
        kept.insert(0, applying(first.clone(), manager));
    }
    let ours = &mut kept[position.unwrap_or(0)];
    unite(ours, &first);
    for entry in old {
        unite(ours, &entry);
    }
    Some(kept)
}

fn managed(live: &Object) -> &[Value] {
    let fields = live.value().pointer("/metadata/managedFields");
    fields.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_asked_for(entry: &Value, target: &Target<'_>) -> bool {
    let manager = target.options.migrate_from.as_deref();
    manager.is_some_and(|manager| is(entry, manager, "Update"))
}

fn owns_last_applied(entry: &Value) -> bool {
    let owned = entry
        .pointer("/fieldsV1/f:metadata/f:annotations")
        .and_then(|annotations| annotations.get(format!("f:{LAST_APPLIED}")));
    owned.is_some() && is_of(entry, "Update")
}

fn is(entry: &Value, manager: &str, operation: &str) -> bool {
    entry.get("manager").and_then(Value::as_str) == Some(manager) && is_of(entry, operation)
}

/// Whether the entry is of the object itself, not of a subresource, by this operation.
fn is_of(entry: &Value, operation: &str) -> bool {
    let text = |field| entry.get(field).and_then(Value::as_str).unwrap_or_default();
    text("operation") == operation && text("subresource").is_empty()
}

/// The entry as one of a server-side apply by `manager`.
fn applying(mut entry: Value, manager: &str) -> Value {
    entry["manager"] = manager.into();
    entry["operation"] = "Apply".into();
    entry
}

/// Adds the fields of another entry.
fn unite(entry: &mut Value, other: &Value) {
    let (Value::Object(entry), Some(Value::Object(fields))) = (entry, other.get("fieldsV1")) else {
        return;
    };
    let own = entry
        .entry("fieldsV1")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(own) = own {
        unite_fields(own, fields);
    }
}

/// Unites two sets of fields, as trees in which an empty map, or the entry `.`
/// of one that is not empty, says that the field itself is owned.
fn unite_fields(own: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (field, below) in other {
        let Some(Value::Object(mine)) = own.get_mut(field) else {
            own.insert(field.clone(), below.clone());
            continue;
        };
        let Value::Object(theirs) = below else {
            continue;
        };
        let owned_itself = mine.is_empty() || theirs.is_empty();
        let has_more = !mine.is_empty() || !theirs.is_empty();
        unite_fields(mine, theirs);
        if owned_itself && has_more {
            mine.insert(".".to_owned(), Value::Object(Map::new()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(own: &Value, other: &Value, united: &Value) {
        let mut entry = json!({"fieldsV1": own});
        unite(&mut entry, &json!({"fieldsV1": other}));
        assert_eq!(entry["fieldsV1"], *united);
    }

    #[test]
    fn united_fields_are_owned_as_before() {
        check(
            &json!({"f:a": {}}),
            &json!({"f:b": {}}),
            &json!({"f:a": {}, "f:b": {}}),
        );
        check(
            &json!({"f:a": {}}),
            &json!({"f:a": {}}),
            &json!({"f:a": {}}),
        );
        check(
            &json!({"f:a": {}}),
            &json!({"f:a": {"f:b": {}}}),
            &json!({"f:a": {".": {}, "f:b": {}}}),
        );
        check(
            &json!({"f:a": {"k:{\"name\":\"x\"}": {".": {}, "f:c": {}}}}),
            &json!({"f:a": {}}),
            &json!({"f:a": {".": {}, "k:{\"name\":\"x\"}": {".": {}, "f:c": {}}}}),
        );
    }

    #[test]
    fn only_updates_of_the_object_itself_are_client_side() {
        let entry = |operation, subresource| json!({"manager": "a", "operation": operation, "subresource": subresource});
        assert!(is(&entry("Update", ""), "a", "Update"));
        assert!(!is(&entry("Apply", ""), "a", "Update"));
        assert!(!is(&entry("Update", "status"), "a", "Update"));
        assert!(!is(&entry("Update", ""), "b", "Update"));
    }
}
