//! Plans for showing, in which Secrets keep their values to themselves.

use std::sync::Arc;

use serde_json::Value;

use super::{Plan, Task};
use crate::Object;
use crate::apply::LAST_APPLIED;

/// What stands in a value's place, as long for every value.
const MASK: &str = "++++++++";

pub(super) fn plan(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for task in &mut plan.tasks {
        if task.is("", "Secret") {
            mask(task);
        }
    }
    plan
}

fn mask(task: &mut Task) {
    if let Some(target) = &mut task.target {
        let mut secret = Object::clone(target);
        if secret.annotation(LAST_APPLIED).is_some() {
            secret.set_annotation(LAST_APPLIED, Some(MASK));
        }
        // Values under `data` identify nothing, so the object stays one.
        let _ = secret.update(|value| {
            for field in ["data", "stringData"] {
                if let Some(entries) = value.get_mut(field) {
                    hide(entries);
                }
            }
        });
        *target = Arc::new(secret);
    }
    for change in &mut task.changes {
        if is_secret(&change.path) {
            change.old.as_mut().map(hide);
            change.new.as_mut().map(hide);
        }
    }
}

pub(super) fn is_secret(path: &str) -> bool {
    [".data", ".stringData"]
        .iter()
        .any(|field| path.starts_with(field))
        || path.contains(LAST_APPLIED)
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(entries) => entries.values_mut().for_each(hide),
        Value::Array(items) => items.iter_mut().for_each(hide),
        other => *other = MASK.into(),
    }
}
