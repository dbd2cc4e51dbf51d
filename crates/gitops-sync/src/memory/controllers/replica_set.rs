//! ReplicaSets: as many pods as are asked for.

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::Propagation;

use super::pods::{self, PodName};
use super::{number, set_status};
use crate::memory::delete;
use crate::memory::state::State;

pub(super) fn reconcile(state: &mut State, set: &Arc<Object>) {
    if set.deletion_timestamp().is_none() {
        scale(state, set);
    }
    let pods = pods::active(state, set);
    let count = pods::count(state, set, &pods, pods::settled(set));
    let mut status = set.value()["status"].clone();
    status["replicas"] = count.total.into();
    status["fullyLabeledReplicas"] = count.total.into();
    status["readyReplicas"] = count.ready.into();
    status["availableReplicas"] = count.available.into();
    status["observedGeneration"] = set.generation().into();
    set_status(state, set, status);
}

fn scale(state: &mut State, set: &Arc<Object>) {
    let mut pods = pods::active(state, set);
    let wanted = usize::try_from(number(set, "replicas")).unwrap_or(0);
    for _ in pods.len()..wanted {
        let template = &set.value()["spec"]["template"];
        if pods::from_template(state, set, template, PodName::Generated).is_none() {
            break;
        }
    }
    // Those that serve nobody go first, then the youngest.
    pods.sort_by_key(|pod| (pods::is_ready(pod), std::cmp::Reverse(pod.key())));
    for pod in pods.iter().take(pods.len().saturating_sub(wanted)) {
        delete::begin(state, pod, Propagation::Background);
    }
}
