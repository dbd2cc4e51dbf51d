//! Deployments: one ReplicaSet a pod template, and the way from one to the next.

mod rollout;
mod status;

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::Propagation;
use serde_json::json;

use super::{controlled, create, number, owner_reference, revision, write};
use crate::memory::delete;
use crate::memory::state::State;

/// The label that keeps the pods of a Deployment's ReplicaSets apart.
const HASH: &str = "pod-template-hash";
const REVISION: &str = "deployment.kubernetes.io/revision";

/// A Deployment's ReplicaSets.
struct Sets {
    /// That of the present template.
    new: Option<Arc<Object>>,
    old: Vec<Arc<Object>>,
}

impl Sets {
    fn of(state: &State, deployment: &Object) -> Self {
        let all = controlled(state, deployment, "ReplicaSet");
        let (new, old) = all
            .into_iter()
            .partition(|set| has_template_of(set, deployment));
        let new: Vec<_> = new;
        Self {
            new: new.into_iter().next(),
            old,
        }
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.new.iter().chain(&self.old)
    }
}

pub(super) fn reconcile(state: &mut State, deployment: &Arc<Object>) {
    if deployment.deletion_timestamp().is_some() {
        let sets = Sets::of(state, deployment);
        return status::write(state, deployment, &sets);
    }
    let paused = deployment.value()["spec"]["paused"] == true;
    if Sets::of(state, deployment).new.is_none() && !paused {
        create_set(state, deployment);
    }
    let sets = Sets::of(state, deployment);
    let revised = revise(state, deployment, &sets);
    rollout::step(state, &revised, &sets, paused);
    let sets = Sets::of(state, &revised);
    status::write(state, &revised, &sets);
    clean_up(state, &revised, &sets);
}

/// The pod template as the ReplicaSet had it before its label was added.
fn has_template_of(set: &Object, deployment: &Object) -> bool {
    let mut template = set.value()["spec"]["template"].clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH);
    }
    template == deployment.value()["spec"]["template"]
}

fn create_set(state: &mut State, deployment: &Object) {
    let spec = &deployment.value()["spec"];
    let hash = revision::of(&spec["template"]);
    let mut template = spec["template"].clone();
    template["metadata"]["labels"][HASH] = hash.as_str().into();
    let mut selector = spec["selector"].clone();
    if !selector["matchLabels"].is_object() {
        selector["matchLabels"] = json!({});
    }
    selector["matchLabels"][HASH] = hash.as_str().into();
    let mut annotations = deployment.annotations().cloned().unwrap_or_default();
    annotations.remove(gitops_core::apply::LAST_APPLIED);
    annotations.insert(REVISION.into(), next_revision(state, deployment).into());
    let set = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", deployment.name()),
            "namespace": deployment.namespace(),
            "labels": template["metadata"]["labels"],
            "annotations": annotations,
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {
            "replicas": 0,
            "selector": selector,
            "template": template,
            "minReadySeconds": number(deployment, "minReadySeconds"),
        },
    });
    create(state, set);
}

fn next_revision(state: &State, deployment: &Object) -> String {
    let sets = controlled(state, deployment, "ReplicaSet");
    let last = sets.iter().map(|set| revision_of(set)).max();
    (last.unwrap_or(0) + 1).to_string()
}

fn revision_of(set: &Object) -> u64 {
    set.annotation(REVISION)
        .and_then(|it| it.parse().ok())
        .unwrap_or(0)
}

/// Notes the present revision; a template that comes back gets a new one.
fn revise(state: &mut State, deployment: &Arc<Object>, sets: &Sets) -> Arc<Object> {
    let Some(new) = &sets.new else {
        return Arc::clone(deployment);
    };
    let newest = sets
        .old
        .iter()
        .map(|set| revision_of(set))
        .max()
        .unwrap_or(0);
    let present = revision_of(new).max(newest + 1).to_string();
    let mut revised = Arc::clone(deployment);
    for object in [new, deployment] {
        if object.annotation(REVISION) != Some(present.as_str()) {
            let mut changed = Object::clone(object);
            changed.set_annotation(REVISION, Some(&present));
            if let Some(object) = write(state, object, changed.into_value(), None)
                && object.key() == deployment.key()
            {
                revised = object;
            }
        }
    }
    revised
}

/// Deletes the oldest of the ReplicaSets that have no pods.
fn clean_up(state: &mut State, deployment: &Object, sets: &Sets) {
    let limit = usize::try_from(number(deployment, "revisionHistoryLimit")).unwrap_or(0);
    let is_empty = |set: &Object| {
        let status = &set.value()["status"];
        number(set, "replicas") == 0 && status["replicas"].as_i64().unwrap_or(0) == 0
    };
    let mut empty: Vec<_> = sets.old.iter().filter(|set| is_empty(set)).collect();
    empty.sort_by_key(|set| revision_of(set));
    for set in empty.iter().take(empty.len().saturating_sub(limit)) {
        delete::begin(state, set, Propagation::Background);
    }
}
