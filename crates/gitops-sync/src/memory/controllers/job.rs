//! Jobs: pods until enough have succeeded or too many have failed.

use std::sync::Arc;
use std::time::Duration;

use gitops_core::Object;
use gitops_core::apply::Propagation;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::condition::{self, Condition};
use super::pods::{self, PodName};
use super::{controlled, number, set_status};
use crate::memory::delete;
use crate::memory::state::State;

/// The longest wait between a failure and the next try.
const LONGEST_BACKOFF: Duration = Duration::from_mins(10);

/// How a Job's pods fare.
struct Count {
    active: Vec<Arc<Object>>,
    succeeded: i64,
    failed: i64,
}

pub(super) fn reconcile(state: &mut State, job: &Arc<Object>) {
    if is_finished(job) {
        return expire(state, job);
    }
    if job.deletion_timestamp().is_some() {
        return;
    }
    let mut count = count(state, job);
    let suspended = job.value()["spec"]["suspend"] == true;
    let verdict = verdict(state, job, &count);
    if suspended || verdict.is_some() {
        for pod in count.active.drain(..) {
            delete::begin(state, &pod, Propagation::Background);
        }
    } else {
        make_pods(state, job, &mut count);
    }
    report(state, job, &count, verdict.as_ref(), suspended);
}

fn is_finished(job: &Object) -> bool {
    let status = &job.value()["status"];
    condition::is_true(status, "Complete") || condition::is_true(status, "Failed")
}

fn count(state: &State, job: &Object) -> Count {
    let pods = controlled(state, job, "Pod");
    let in_phase = |phase: &str| {
        let count = pods.iter().filter(|pod| pods::phase(pod) == phase).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    };
    Count {
        active: pods::active(state, job),
        succeeded: in_phase("Succeeded"),
        failed: in_phase("Failed"),
    }
}

/// How a Job ends.
struct Verdict {
    kind: &'static str,
    reason: &'static str,
    message: &'static str,
}

fn verdict(state: &mut State, job: &Object, count: &Count) -> Option<Verdict> {
    if is_late(state, job) {
        return Some(Verdict {
            kind: "Failed",
            reason: "DeadlineExceeded",
            message: "Job was active longer than specified deadline",
        });
    }
    if count.failed > number(job, "backoffLimit") {
        return Some(Verdict {
            kind: "Failed",
            reason: "BackoffLimitExceeded",
            message: "Job has reached the specified backoff limit",
        });
    }
    let done = match job.value()["spec"]["completions"].as_i64() {
        Some(completions) => count.succeeded >= completions,
        None => count.succeeded > 0 && count.active.is_empty(),
    };
    done.then_some(Verdict {
        kind: "Complete",
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
    })
}

fn is_late(state: &mut State, job: &Object) -> bool {
    let deadline = job.value()["spec"]["activeDeadlineSeconds"].as_u64();
    let start = time(&job.value()["status"]["startTime"]);
    let (Some(deadline), Some(start)) = (deadline, start) else {
        return false;
    };
    let age = state.now.duration_since(start).unsigned_abs();
    match Duration::from_secs(deadline)
        .checked_sub(age)
        .filter(|rest| !rest.is_zero())
    {
        Some(rest) => {
            state.wake(job.key(), rest);
            false
        }
        None => true,
    }
}

fn make_pods(state: &mut State, job: &Arc<Object>, count: &mut Count) {
    let parallelism = number(job, "parallelism");
    let wanted = match job.value()["spec"]["completions"].as_i64() {
        Some(completions) => parallelism.min(completions - count.succeeded),
        None if count.succeeded > 0 => 0,
        None => parallelism,
    };
    let wanted = usize::try_from(wanted).unwrap_or(0);
    if wanted > count.active.len() && backs_off(state, job, count) {
        return;
    }
    for _ in count.active.len()..wanted {
        let template = &job.value()["spec"]["template"];
        match pods::from_template(state, job, template, PodName::Generated) {
            Some(pod) => count.active.push(pod),
            None => return,
        }
    }
    for pod in count.active.drain(wanted.min(count.active.len())..) {
        delete::begin(state, &pod, Propagation::Background);
    }
}

/// Whether the last failure is too fresh for another try.
fn backs_off(state: &mut State, job: &Object, count: &Count) -> bool {
    let failed: Vec<_> = controlled(state, job, "Pod");
    let last = failed
        .iter()
        .filter(|pod| pods::phase(pod) == "Failed")
        .filter_map(ended)
        .max();
    let Some(last) = last else {
        return false;
    };
    let doublings = u32::try_from(count.failed - 1).unwrap_or(0).min(16);
    let wait = state
        .options
        .job_backoff
        .saturating_mul(1 << doublings)
        .min(LONGEST_BACKOFF);
    let age = state.now.duration_since(last).unsigned_abs();
    match wait.checked_sub(age).filter(|rest| !rest.is_zero()) {
        Some(rest) => {
            state.wake(job.key(), rest);
            true
        }
        None => false,
    }
}

fn ended(pod: &Arc<Object>) -> Option<Timestamp> {
    time(&pod.value()["status"]["containerStatuses"][0]["state"]["terminated"]["finishedAt"])
}

fn report(
    state: &mut State,
    job: &Arc<Object>,
    count: &Count,
    verdict: Option<&Verdict>,
    suspended: bool,
) {
    let time = state.time();
    let ready = count
        .active
        .iter()
        .filter(|pod| pods::is_ready(pod))
        .count();
    let mut status = job.value()["status"].clone();
    status["active"] = count.active.len().into();
    status["ready"] = ready.into();
    status["succeeded"] = count.succeeded.into();
    status["failed"] = count.failed.into();
    status["terminating"] = 0.into();
    status["uncountedTerminatedPods"] = json!({});
    if status["startTime"].is_null() && !suspended {
        status["startTime"] = time.as_str().into();
    }
    report_suspension(&mut status, suspended, &time);
    if let Some(verdict) = verdict {
        conclude(&mut status, verdict, &time);
    }
    set_status(state, job, status);
}

fn report_suspension(status: &mut Value, suspended: bool, time: &str) {
    if !suspended && condition::find(status, "Suspended").is_none() {
        return;
    }
    let (reason, message) = if suspended {
        ("JobSuspended", "Job suspended")
    } else {
        ("JobResumed", "Job resumed")
    };
    if suspended && let Some(status) = status.as_object_mut() {
        status.remove("startTime");
    }
    let suspension = Condition {
        kind: "Suspended",
        status: suspended,
        reason,
        message: message.into(),
    };
    condition::set(status, &suspension, time);
}

/// A Job says that it will end before it says that it has.
fn conclude(status: &mut Value, verdict: &Verdict, time: &str) {
    let before = match verdict.kind {
        "Complete" => "SuccessCriteriaMet",
        _ => "FailureTarget",
    };
    for kind in [before, verdict.kind] {
        let end = Condition {
            kind,
            status: true,
            reason: verdict.reason,
            message: verdict.message.into(),
        };
        condition::set(status, &end, time);
    }
    if verdict.kind == "Complete" {
        status["completionTime"] = time.into();
    }
}

/// Deletes a finished Job when its time to live is over.
fn expire(state: &mut State, job: &Arc<Object>) {
    let Some(live) = job.value()["spec"]["ttlSecondsAfterFinished"].as_u64() else {
        return;
    };
    let status = &job.value()["status"];
    let end = ["Complete", "Failed"]
        .into_iter()
        .find_map(|kind| condition::find(status, kind));
    let Some(end) = end.and_then(|it| time(&it["lastTransitionTime"])) else {
        return;
    };
    let age = state.now.duration_since(end).unsigned_abs();
    match Duration::from_secs(live)
        .checked_sub(age)
        .filter(|rest| !rest.is_zero())
    {
        Some(rest) => state.wake(job.key(), rest),
        None if job.deletion_timestamp().is_none() => {
            delete::begin(state, job, Propagation::Foreground);
        }
        None => {}
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}
