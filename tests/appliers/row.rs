//! One operation and its answer.

use gitops_core::apply::{
    ApplyOptions, Conflicts, DeleteOptions, Patch, PatchOptions, Propagation, Strategy,
};
use serde_json::{Value, json};

/// An operation and what an applier answers; `NAMESPACE` in either stands for
/// the namespace that the table is played in.
pub(super) struct Row {
    pub(super) operation: Operation,
    /// The outcome, the reason of the refusal, or the value asked for.
    pub(super) answer: String,
}

pub(super) enum Operation {
    Apply(Value, ApplyOptions),
    Patch(Place, Patch, PatchOptions),
    Delete(Place, DeleteOptions),
    /// The value under a JSON pointer; `null` where there is no object.
    Read(Place, &'static str),
    /// As `Read`, once controllers have done their work.
    Eventually(Place, &'static str),
    /// Whether what is under a pointer is as it was at the last `Same` of the object.
    Same(Place, &'static str),
    /// The warnings of an apply.
    Warnings(Value, ApplyOptions),
}

/// An object's `apiVersion`, kind and name.
pub(super) type Place = (&'static str, &'static str, &'static str);

fn row(operation: Operation, answer: impl Into<String>) -> Row {
    let answer = answer.into();
    Row { operation, answer }
}

pub(super) fn client() -> ApplyOptions {
    ApplyOptions::default()
}

pub(super) fn server(manager: &str) -> ApplyOptions {
    let options = ApplyOptions::default().strategy(Strategy::ServerSide);
    options.manager(manager).conflicts(Conflicts::Fail)
}

pub(super) fn create() -> ApplyOptions {
    ApplyOptions::default().strategy(Strategy::Create)
}

pub(super) fn replace() -> ApplyOptions {
    ApplyOptions::default().strategy(Strategy::Replace)
}

pub(super) fn apply(object: Value, options: ApplyOptions, answer: &str) -> Row {
    row(Operation::Apply(object, options), answer)
}

pub(super) fn warnings(object: Value, options: ApplyOptions, answer: Value) -> Row {
    row(Operation::Warnings(object, options), answer.to_string())
}

pub(super) fn read(place: Place, pointer: &'static str, answer: Value) -> Row {
    row(Operation::Read(place, pointer), answer.to_string())
}

pub(super) fn eventually(place: Place, pointer: &'static str, answer: Value) -> Row {
    row(Operation::Eventually(place, pointer), answer.to_string())
}

/// Says that the value is the same as before, or not; the first time it is not.
pub(super) fn same(place: Place, pointer: &'static str, answer: bool) -> Row {
    row(Operation::Same(place, pointer), answer.to_string())
}

pub(super) fn merge(place: Place, patch: Value, answer: &str) -> Row {
    let options = PatchOptions::default().manager("somebody");
    row(
        Operation::Patch(place, Patch::Merge(patch), options),
        answer,
    )
}

pub(super) fn json_patch(place: Place, patch: Value, answer: &str) -> Row {
    let options = PatchOptions::default().manager("somebody");
    row(Operation::Patch(place, Patch::Json(patch), options), answer)
}

pub(super) fn status(place: Place, patch: Value, answer: &str) -> Row {
    let options = PatchOptions::default().manager("somebody");
    let options = options.subresource(Some("status".into()));
    row(
        Operation::Patch(place, Patch::Merge(patch), options),
        answer,
    )
}

pub(super) fn delete(place: Place, propagation: Propagation, answer: &str) -> Row {
    let options = DeleteOptions::default().propagation(propagation);
    row(Operation::Delete(place, options), answer)
}

pub(super) fn delete_with(place: Place, options: DeleteOptions, answer: &str) -> Row {
    row(Operation::Delete(place, options), answer)
}

/// A ConfigMap.
pub(super) fn config(name: &str, data: Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "NAMESPACE"},
        "data": data,
    })
}

/// A workload of one container, labelled with its name.
pub(super) fn workload(kind: &str, name: &str, image: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "NAMESPACE"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
        },
    })
}

/// The object with a value of its own under a pointer.
pub(super) fn with(mut object: Value, pointer: &str, value: Value) -> Value {
    let mut at = &mut object;
    for part in pointer.split('/').skip(1) {
        at = match part.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[part.replace("~1", "/")],
        };
    }
    *at = value;
    object
}
