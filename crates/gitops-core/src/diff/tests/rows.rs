//! The rows of the reference's table of edge cases.

mod ignore;
mod kinds;
mod server_side;
mod structured;
mod two_way;

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::installation::Installation;

const APPLIED: &str = crate::patch::LAST_APPLIED;

fn deployment(spec: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"}, "spec": spec,
    })
}

fn config_map(metadata: &Value) -> Value {
    let mut config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    for (key, value) in metadata.as_object().unwrap() {
        config["metadata"][key] = value.clone();
    }
    config
}

/// The live object with what was applied last.
fn applied(live: &Value, last: &Value) -> Value {
    let mut live = live.clone();
    live["metadata"]["annotations"][APPLIED] = last.to_string().into();
    live
}

fn compare(target: &Value, live: &Value, settings: &Settings) -> Diff {
    diff(Some(&object(target)), Some(&object(live)), settings)
}

#[track_caller]
fn check(target: &Value, live: &Value, modified: bool) -> Diff {
    let diff = compare(target, live, &without_rules());
    assert_eq!(diff.is_modified(), modified, "{:?}", diff.changes);
    diff
}

fn managed(manager: &str, fields: &Value) -> Value {
    json!([{
        "manager": manager, "operation": "Update", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    }])
}
