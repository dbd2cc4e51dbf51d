//! StatefulSets: pods with names of their own, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::Propagation;
use serde_json::{Value, json};

use super::pods::{self, PodName};
use super::{controlled, create, number, revision, set_status};
use crate::memory::delete;
use crate::memory::state::State;

/// A StatefulSet and what its pods are or shall be.
struct Roll<'a> {
    set: &'a Arc<Object>,
    /// The revision of most pods before the update.
    current: String,
    /// The revision of the present template.
    update: String,
    parallel: bool,
}

pub(super) fn reconcile(state: &mut State, set: &Arc<Object>) {
    let update = format!(
        "{}-{}",
        set.name(),
        revision::of(&set.value()["spec"]["template"])
    );
    let current = set.value()["status"]["currentRevision"].as_str();
    let roll = Roll {
        set,
        current: current.unwrap_or(&update).to_owned(),
        parallel: set.value()["spec"]["podManagementPolicy"] == "Parallel",
        update,
    };
    if set.deletion_timestamp().is_none() {
        replace_finished(state, &roll);
        if scale(state, &roll) {
            replace_outdated(state, &roll);
        }
    }
    report(state, &roll);
}

/// A pod that is over makes room for one of its name.
fn replace_finished(state: &mut State, roll: &Roll<'_>) {
    for pod in controlled(state, roll.set, "Pod") {
        if pods::is_over(&pod) && pod.deletion_timestamp().is_none() {
            delete::begin(state, &pod, Propagation::Background);
        }
    }
}

/// Makes the pods that are missing, in order, and takes those that are too
/// many, from the last; says whether all are there and ready.
fn scale(state: &mut State, roll: &Roll<'_>) -> bool {
    let wanted = number(roll.set, "replicas").max(0);
    let first = roll.set.value()["spec"]["ordinals"]["start"]
        .as_i64()
        .unwrap_or(0);
    let mut complete = true;
    let present: BTreeMap<i64, Arc<Object>> = controlled(state, roll.set, "Pod")
        .into_iter()
        .filter_map(|pod| Some((ordinal_of(roll.set, &pod)?, pod)))
        .collect();
    for ordinal in first..first.saturating_add(wanted) {
        let ready = match present.get(&ordinal) {
            Some(pod) => pods::is_ready(pod) && pod.deletion_timestamp().is_none(),
            None if make(state, roll, ordinal).is_none() => return false,
            None => false,
        };
        complete &= ready;
        if !ready && !roll.parallel {
            return false;
        }
    }
    let mut surplus = controlled(state, roll.set, "Pod");
    let range = first..first.saturating_add(wanted);
    surplus.retain(|pod| ordinal_of(roll.set, pod).is_none_or(|it| !range.contains(&it)));
    surplus.sort_by_key(|pod| std::cmp::Reverse(ordinal_of(roll.set, pod)));
    let at_once = if roll.parallel { surplus.len() } else { 1 };
    for pod in surplus.iter().take(at_once) {
        if pod.deletion_timestamp().is_none() {
            delete::begin(state, pod, Propagation::Background);
        }
    }
    complete && surplus.is_empty()
}

/// Takes the last outdated pod, once all others are ready.
fn replace_outdated(state: &mut State, roll: &Roll<'_>) {
    let strategy = &roll.set.value()["spec"]["updateStrategy"];
    if strategy["type"] == "OnDelete" {
        return;
    }
    let partition = strategy["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
    let mut pods = pods::active(state, roll.set);
    pods.retain(|pod| !revision::is(pod, &roll.update));
    pods.retain(|pod| ordinal_of(roll.set, pod).is_some_and(|it| it >= partition));
    let last = pods.iter().max_by_key(|pod| ordinal_of(roll.set, pod));
    if let Some(pod) = last {
        delete::begin(state, pod, Propagation::Background);
    }
}

fn make(state: &mut State, roll: &Roll<'_>, ordinal: i64) -> Option<Arc<Object>> {
    let set = roll.set;
    let name = format!("{}-{ordinal}", set.name());
    let spec = &set.value()["spec"];
    let mut template = spec["template"].clone();
    revision::mark(&mut template, &roll.update);
    let labels = &mut template["metadata"]["labels"];
    labels["statefulset.kubernetes.io/pod-name"] = name.as_str().into();
    labels["apps.kubernetes.io/pod-index"] = ordinal.to_string().into();
    template["spec"]["hostname"] = name.as_str().into();
    if let Some(service) = spec["serviceName"].as_str() {
        template["spec"]["subdomain"] = service.into();
    }
    let mut volumes = template["spec"]["volumes"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for claim in spec["volumeClaimTemplates"]
        .as_array()
        .into_iter()
        .flatten()
    {
        volumes.push(claim_volume(state, set, claim, &name));
    }
    template["spec"]["volumes"] = volumes.into();
    pods::from_template(state, set, &template, PodName::Given(&name))
}

/// The pod's own claim, made where it is not there yet, as a volume.
fn claim_volume(state: &mut State, set: &Object, template: &Value, pod: &str) -> Value {
    let volume = template["metadata"]["name"].as_str().unwrap_or_default();
    let name = format!("{volume}-{pod}");
    let mut claim = template.clone();
    claim["metadata"]["name"] = name.as_str().into();
    claim["metadata"]["namespace"] = set.namespace().into();
    claim["metadata"]["labels"] = set.value()["spec"]["selector"]["matchLabels"].clone();
    create(state, claim);
    json!({"name": volume, "persistentVolumeClaim": {"claimName": name}})
}

fn ordinal_of(set: &Object, pod: &Object) -> Option<i64> {
    pod.name()
        .strip_prefix(set.name())?
        .strip_prefix('-')?
        .parse()
        .ok()
}

fn report(state: &mut State, roll: &Roll<'_>) {
    let set = roll.set;
    let pods = pods::active(state, set);
    let of = |revision: &str| {
        pods.iter()
            .filter(|pod| revision::is(pod, revision))
            .count()
    };
    let (current, updated) = (of(&roll.current), of(&roll.update));
    let count = pods::count(state, set, &pods, pods::settled(set));
    let complete = updated == pods.len() && count.ready == number(set, "replicas");
    let current = if complete {
        (roll.update.as_str(), updated)
    } else {
        (roll.current.as_str(), current)
    };
    let mut status = set.value()["status"].clone();
    status["replicas"] = count.total.into();
    status["readyReplicas"] = count.ready.into();
    status["availableReplicas"] = count.available.into();
    status["currentRevision"] = current.0.into();
    status["currentReplicas"] = current.1.into();
    status["updateRevision"] = roll.update.as_str().into();
    status["updatedReplicas"] = updated.into();
    status["collisionCount"] = 0.into();
    status["observedGeneration"] = set.generation().into();
    set_status(state, set, status);
}
