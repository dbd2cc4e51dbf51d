//! The one node of the cluster: it runs pods without containers.

use std::sync::Arc;
use std::time::Duration;

use gitops_core::Object;
use serde_json::{Value, json};

use super::condition::{self, Condition};
use super::pods;
use crate::memory::annotation::{self, Outcome};
use crate::memory::state::State;

const NODE: &str = "node-0";

pub(super) fn reconcile(state: &mut State, pod: &Arc<Object>) {
    if pod.deletion_timestamp().is_some() {
        // A pod stops at once: there is nothing in it.
        if pod.finalizers().next().is_none() {
            state.discard(&pod.key());
        }
        return;
    }
    if pods::phase(pod) != "Pending" || pod.value()["status"].get("containerStatuses").is_some() {
        return;
    }
    if pod.value()["spec"].get("nodeName").is_none() {
        return bind(state, pod);
    }
    let begun = state.begun(pod.uid().unwrap_or_default());
    let delay = annotation::delay(pod).unwrap_or(state.options.pod_start);
    let age = state.now.duration_since(begun).unsigned_abs();
    match delay.checked_sub(age).filter(|rest| *rest > Duration::ZERO) {
        Some(rest) => state.wake(pod.key(), rest),
        None => start(state, pod),
    }
}

fn bind(state: &mut State, pod: &Object) {
    let mut value = pod.value().clone();
    value["spec"]["nodeName"] = NODE.into();
    if let Some(bound) = super::write(state, pod, value, None) {
        let mut status = bound.value()["status"].clone();
        let scheduled = Condition {
            kind: "PodScheduled",
            status: true,
            reason: "",
            message: String::new(),
        };
        let time = state.time();
        condition::set(&mut status, &scheduled, &time);
        super::set_status(state, &bound, status);
    }
}

/// How a pod's containers are after its delay.
struct Running {
    phase: &'static str,
    ready: bool,
    state: Value,
}

fn start(state: &mut State, pod: &Object) {
    let time = state.time();
    let running = running(pod, &time);
    let number = state.random();
    let mut status = pod.value()["status"].clone();
    status["phase"] = running.phase.into();
    status["startTime"] = time.as_str().into();
    status["hostIP"] = "10.0.0.9".into();
    status["hostIPs"] = json!([{"ip": "10.0.0.9"}]);
    let address = format!("10.1.{}.{}", (number >> 8) & 0xff, 1 + (number & 0x7f));
    status["podIPs"] = json!([{"ip": address}]);
    status["podIP"] = address.into();
    status["containerStatuses"] = container_statuses(pod, &running);
    let finished = running.phase == "Succeeded";
    for kind in [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ] {
        let waits = matches!(kind, "Ready" | "ContainersReady") && !running.ready;
        let reason = match (waits, finished) {
            (true, true) => "PodCompleted",
            (true, false) => "ContainersNotReady",
            (false, _) => "",
        };
        let set = Condition {
            kind,
            status: !waits,
            reason,
            message: String::new(),
        };
        condition::set(&mut status, &set, &time);
    }
    super::set_status(state, pod, status);
}

fn running(pod: &Object, time: &str) -> Running {
    let once = pod.value()["spec"]["restartPolicy"] != "Always";
    let waiting = |reason: &str, message: &str| Running {
        phase: "Pending",
        ready: false,
        state: json!({"waiting": {"reason": reason, "message": message}}),
    };
    match annotation::outcome(pod) {
        Outcome::Never => waiting("ContainerCreating", ""),
        Outcome::ImagePull => waiting("ImagePullBackOff", "Back-off pulling image"),
        Outcome::CrashLoop => Running {
            phase: "Running",
            ..waiting("CrashLoopBackOff", "back-off restarting failed container")
        },
        Outcome::Fail if once => terminated("Failed", 1, time),
        _ if once => terminated("Succeeded", 0, time),
        _ => Running {
            phase: "Running",
            ready: true,
            state: json!({"running": {"startedAt": time}}),
        },
    }
}

fn terminated(phase: &'static str, code: i32, time: &str) -> Running {
    let reason = if code == 0 { "Completed" } else { "Error" };
    let terminated = json!({
        "exitCode": code,
        "reason": reason,
        "startedAt": time,
        "finishedAt": time,
    });
    Running {
        phase,
        ready: false,
        state: json!({"terminated": terminated}),
    }
}

fn container_statuses(pod: &Object, running: &Running) -> Value {
    let containers = pod.value()["spec"]["containers"].as_array();
    let statuses = containers.into_iter().flatten().map(|container| {
        json!({
            "name": container["name"],
            "image": container["image"],
            "imageID": "sha256:0",
            "ready": running.ready,
            "started": running.ready,
            "restartCount": 0,
            "state": running.state,
        })
    });
    statuses.collect()
}
