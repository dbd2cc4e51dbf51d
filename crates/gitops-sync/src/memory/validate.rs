//! What the server refuses.

mod immutable;
mod names;

use gitops_core::apply::{Error, FieldValidation};
use gitops_core::{Object, ObjectKey};
use serde_json::Value;

use super::errors;
use super::normal::Faults;
use super::registry::Kind;

/// How deep an object may be nested.
const DEPTH: usize = 200;

/// Refuses a name that the kind does not allow.
pub(super) fn name(kind: &Kind, key: &ObjectKey) -> Result<(), Error> {
    match names::fault(kind, &key.name) {
        None => Ok(()),
        Some(fault) => {
            let cause = format!("metadata.name: Invalid value: {:?}: {fault}", key.name);
            Err(errors::invalid(key, &[cause]))
        }
    }
}

/// Refuses fields of the wrong type and, where it is asked for, unknown ones;
/// says otherwise which are unknown.
pub(super) fn fields(
    kind: &Kind,
    key: &ObjectKey,
    faults: &Faults,
    validation: FieldValidation,
) -> Result<Vec<String>, Error> {
    if !faults.mistyped.is_empty() {
        let causes: Vec<String> = faults
            .mistyped
            .iter()
            .map(|it| format!("Invalid value: {it}"))
            .collect();
        return Err(errors::invalid(key, &causes));
    }
    let unknown = faults
        .unknown
        .iter()
        .map(|path| format!("unknown field {path:?}"));
    match validation {
        FieldValidation::Ignore => Ok(Vec::new()),
        FieldValidation::Warn => Ok(unknown.collect()),
        FieldValidation::Strict if faults.unknown.is_empty() => Ok(Vec::new()),
        FieldValidation::Strict => {
            let unknown: Vec<String> = unknown.collect();
            let id = &kind.resource.kind;
            let message = format!(
                "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
                id.kind,
                id.version,
                id.kind,
                unknown.join(", ")
            );
            Err(errors::malformed(message))
        }
    }
}

/// Refuses what is against the kind's rules, and changes of what cannot change.
pub(super) fn object(
    kind: &Kind,
    key: &ObjectKey,
    value: &Value,
    live: Option<&Object>,
) -> Result<(), Error> {
    let mut causes = Vec::new();
    required(kind, value, &mut causes);
    if let Some(live) = live {
        immutable::check(kind, live.value(), value, &mut causes);
        finalizers(live, value, &mut causes);
    }
    if causes.is_empty() {
        Ok(())
    } else {
        Err(errors::invalid(key, &causes))
    }
}

/// Refuses values that are nested too deep to be walked over.
pub(super) fn depth(value: &Value) -> Result<(), Error> {
    let mut stack = vec![(value, 0)];
    while let Some((value, depth)) = stack.pop() {
        if depth > DEPTH {
            let message = format!("the object is nested more than {DEPTH} levels deep");
            return Err(errors::malformed(message));
        }
        match value {
            Value::Array(list) => stack.extend(list.iter().map(|it| (it, depth + 1))),
            Value::Object(map) => stack.extend(map.values().map(|it| (it, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}

/// Fields without which the commonest kinds are refused.
fn required(kind: &Kind, value: &Value, causes: &mut Vec<String>) {
    let id = &kind.resource.kind;
    let pod_spec = match (id.group.as_str(), id.kind.as_str()) {
        ("", "Pod") => "/spec",
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => {
            selector(value, causes);
            "/spec/template/spec"
        }
        ("batch", "Job") => "/spec/template/spec",
        ("batch", "CronJob") => "/spec/jobTemplate/spec/template/spec",
        _ => return,
    };
    let path = pod_spec.trim_start_matches('/').replace('/', ".");
    let containers = value
        .pointer(pod_spec)
        .and_then(|spec| spec["containers"].as_array());
    let containers = containers.map_or(&[][..], Vec::as_slice);
    if containers.is_empty() {
        causes.push(format!("{path}.containers: Required value"));
    }
    for (index, container) in containers.iter().enumerate() {
        for field in ["name", "image"] {
            if container[field].as_str().is_none_or(str::is_empty) {
                causes.push(format!(
                    "{path}.containers[{index}].{field}: Required value"
                ));
            }
        }
    }
    if id.group == "batch"
        && value
            .pointer(pod_spec)
            .is_some_and(|it| it["restartPolicy"] == "Always")
    {
        let supported = "supported values: \"OnFailure\", \"Never\"";
        causes.push(format!(
            "{path}.restartPolicy: Required value: valid {supported}"
        ));
    }
}

/// A workload's selector must select the pods that it makes.
fn selector(value: &Value, causes: &mut Vec<String>) {
    let spec = &value["spec"];
    if spec["selector"]
        .as_object()
        .is_none_or(serde_json::Map::is_empty)
    {
        causes.push("spec.selector: Required value".into());
        return;
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if !super::selector::matches(&spec["selector"], labels) {
        let fault = "`selector` does not match template `labels`";
        causes.push(format!(
            "spec.template.metadata.labels: Invalid value: {labels}: {fault}"
        ));
    }
}

fn finalizers(live: &Object, value: &Value, causes: &mut Vec<String>) {
    if live.deletion_timestamp().is_none() {
        return;
    }
    let known: Vec<&str> = live.finalizers().collect();
    let given = value["metadata"]["finalizers"]
        .as_array()
        .into_iter()
        .flatten();
    let added: Vec<&str> = given
        .filter_map(Value::as_str)
        .filter(|it| !known.contains(it))
        .collect();
    if !added.is_empty() {
        causes.push(format!(
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers {added:?}"
        ));
    }
}
