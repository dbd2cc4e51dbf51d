//! DaemonSets: one pod on the one node.

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::Propagation;

use super::pods::{self, PodName};
use super::{revision, set_status};
use crate::memory::delete;
use crate::memory::state::State;

const GENERATION: &str = "pod-template-generation";

pub(super) fn reconcile(state: &mut State, set: &Arc<Object>) {
    let present = revision::of(&set.value()["spec"]["template"]);
    if set.deletion_timestamp().is_none() {
        roll(state, set, &present);
    }
    let pods = pods::active(state, set);
    let updated = pods
        .iter()
        .filter(|pod| revision::is(pod, &present))
        .count();
    let count = pods::count(state, set, &pods, pods::settled(set));
    let mut status = set.value()["status"].clone();
    status["desiredNumberScheduled"] = 1.into();
    status["currentNumberScheduled"] = count.total.min(1).into();
    status["updatedNumberScheduled"] = updated.into();
    status["numberReady"] = count.ready.into();
    status["numberAvailable"] = count.available.into();
    status["numberUnavailable"] = (1 - count.available).max(0).into();
    status["numberMisscheduled"] = 0.into();
    status["observedGeneration"] = set.generation().into();
    set_status(state, set, status);
}

fn roll(state: &mut State, set: &Arc<Object>, present: &str) {
    let pods = pods::active(state, set);
    let on_delete = set.value()["spec"]["updateStrategy"]["type"] == "OnDelete";
    let mut left = pods.len();
    for (index, pod) in pods.iter().enumerate() {
        let outdated = !on_delete && !revision::is(pod, present);
        if outdated || index > 0 {
            delete::begin(state, pod, Propagation::Background);
            left -= 1;
        }
    }
    let leaving = super::controlled(state, set, "Pod").len() > left;
    if left == 0 && !leaving {
        let mut template = set.value()["spec"]["template"].clone();
        revision::mark(&mut template, present);
        let generation = set.generation().unwrap_or(1).to_string();
        template["metadata"]["labels"][GENERATION] = generation.into();
        pods::from_template(state, set, &template, PodName::Generated);
    }
}
