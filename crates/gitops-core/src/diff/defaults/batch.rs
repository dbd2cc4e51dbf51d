//! Jobs and cron jobs.

use serde_json::{Map, Value};

use super::workload::{Selector, labels_from_template};
use super::{is_unset, made, pod, set};

pub(super) fn job(object: &mut Map<String, Value>) {
    if let Some(spec) = made(object, "spec") {
        job_spec(spec);
    }
    labels_from_template(object, Selector::Given);
}

pub(super) fn cron_job(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else {
        return;
    };
    set(spec, "concurrencyPolicy", "Allow");
    set(spec, "suspend", false);
    set(spec, "successfulJobsHistoryLimit", 3);
    set(spec, "failedJobsHistoryLimit", 1);
    // The job's own defaults wait until the job is made; the pod's do not.
    let job = made(spec, "jobTemplate").and_then(|template| made(template, "spec"));
    if let Some(job) = job {
        pod::template(job);
    }
}

fn job_spec(spec: &mut Map<String, Value>) {
    if is_unset(spec.get("completions")) && is_unset(spec.get("parallelism")) {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    let per_index = !is_unset(spec.get("backoffLimitPerIndex"));
    set(spec, "backoffLimit", if per_index { i32::MAX } else { 6 });
    set(spec, "completionMode", "NonIndexed");
    set(spec, "suspend", false);
    set(spec, "manualSelector", false);
    let failed = spec.get("podFailurePolicy").is_some_and(Value::is_object);
    let policy = if failed {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    set(spec, "podReplacementPolicy", policy);
    pod_failure_policy(spec);
    pod::template(spec);
}

fn pod_failure_policy(spec: &mut Map<String, Value>) {
    let Some(policy) = super::map(spec, "podFailurePolicy") else {
        return;
    };
    for rule in super::maps(policy, "rules") {
        for pattern in super::maps(rule, "onPodConditions") {
            set(pattern, "status", "True");
        }
    }
}
