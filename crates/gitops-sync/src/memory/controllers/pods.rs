//! The pods of a workload.

use std::sync::Arc;
use std::time::Duration;

use gitops_core::{GroupKind, Object};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{condition, create, owner_reference};
use crate::memory::state::State;

/// How the pods of a workload fare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) total: i64,
    pub(super) ready: i64,
    pub(super) available: i64,
}

/// The workload's pods that run or may yet run.
pub(super) fn active(state: &State, owner: &Object) -> Vec<Arc<Object>> {
    let mut pods = super::controlled(state, owner, "Pod");
    pods.retain(|pod| pod.deletion_timestamp().is_none() && !is_over(pod));
    pods
}

/// Whether the pod has succeeded or failed.
pub(super) fn is_over(pod: &Object) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

pub(super) fn phase(pod: &Object) -> &str {
    pod.value()["status"]["phase"].as_str().unwrap_or_default()
}

pub(super) fn is_ready(pod: &Object) -> bool {
    condition::is_true(&pod.value()["status"], "Ready")
}

/// Counts pods; one that is ready for less than `settled` is not yet available
/// and makes `owner` due when it will be.
pub(super) fn count(
    state: &mut State,
    owner: &Object,
    pods: &[Arc<Object>],
    settled: Duration,
) -> Count {
    let mut count = Count::default();
    for pod in pods {
        count.total += 1;
        let Some(since) = ready_since(pod) else {
            continue;
        };
        count.ready += 1;
        let age = state.now.duration_since(since).unsigned_abs();
        match settled.checked_sub(age).filter(|rest| !rest.is_zero()) {
            None => count.available += 1,
            Some(rest) => state.wake(owner.key(), rest),
        }
    }
    count
}

fn ready_since(pod: &Object) -> Option<Timestamp> {
    let ready = condition::find(&pod.value()["status"], "Ready")?;
    if ready["status"] != "True" {
        return None;
    }
    ready["lastTransitionTime"].as_str()?.parse().ok()
}

/// How long a pod must be ready to count as available.
pub(super) fn settled(owner: &Object) -> Duration {
    let seconds = super::number(owner, "minReadySeconds");
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

/// Creates a pod from the workload's template; none where the cluster is full
/// or refuses it.
pub(super) fn from_template(
    state: &mut State,
    owner: &Object,
    template: &Value,
    name: PodName<'_>,
) -> Option<Arc<Object>> {
    let pods = GroupKind::new("", "Pod");
    if state.count(&pods) >= state.options.pod_limit {
        return None;
    }
    let mut pod = template.clone();
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    if !pod["metadata"].is_object() {
        pod["metadata"] = json!({});
    }
    let metadata = &mut pod["metadata"];
    match name {
        PodName::Given(name) => metadata["name"] = name.into(),
        PodName::Generated => metadata["generateName"] = format!("{}-", owner.name()).into(),
    }
    metadata["namespace"] = owner.namespace().into();
    metadata["ownerReferences"] = json!([owner_reference(owner)]);
    create(state, pod)
}

/// What a pod is called.
#[derive(Clone, Copy)]
pub(super) enum PodName<'a> {
    Given(&'a str),
    /// After its owner.
    Generated,
}
