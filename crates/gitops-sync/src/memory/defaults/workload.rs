//! What runs pods.

use serde_json::{Value, json};

use super::{at, each, or, pod, storage};

pub(super) fn deployment(object: &mut Value) {
    let spec = &mut object["spec"];
    pod::template(&mut spec["template"]);
    or(spec, "replicas", 1);
    or(spec, "revisionHistoryLimit", 10);
    or(spec, "progressDeadlineSeconds", 600);
    let strategy = &mut spec["strategy"];
    or(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        or(strategy, "rollingUpdate", json!({}));
        or(&mut strategy["rollingUpdate"], "maxUnavailable", "25%");
        or(&mut strategy["rollingUpdate"], "maxSurge", "25%");
    }
}

pub(super) fn replica_set(object: &mut Value) {
    let spec = &mut object["spec"];
    pod::template(&mut spec["template"]);
    or(spec, "replicas", 1);
}

pub(super) fn replication_controller(object: &mut Value) {
    replica_set(object);
    label_as_template(object);
    let labels = object["spec"]["template"]["metadata"]
        .get("labels")
        .cloned();
    if let Some(labels) = labels {
        or(&mut object["spec"], "selector", labels);
    }
}

pub(super) fn stateful_set(object: &mut Value) {
    let spec = &mut object["spec"];
    pod::template(&mut spec["template"]);
    or(spec, "replicas", 1);
    or(spec, "podManagementPolicy", "OrderedReady");
    or(spec, "revisionHistoryLimit", 10);
    let strategy = &mut spec["updateStrategy"];
    or(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        or(strategy, "rollingUpdate", json!({}));
        or(&mut strategy["rollingUpdate"], "partition", 0);
    }
    or(spec, "persistentVolumeClaimRetentionPolicy", json!({}));
    let retention = &mut spec["persistentVolumeClaimRetentionPolicy"];
    or(retention, "whenDeleted", "Retain");
    or(retention, "whenScaled", "Retain");
    for claim in each(spec, "volumeClaimTemplates") {
        or(claim, "apiVersion", "v1");
        or(claim, "kind", "PersistentVolumeClaim");
        storage::claim(claim);
    }
}

pub(super) fn daemon_set(object: &mut Value) {
    or(&mut object["metadata"], "annotations", json!({}));
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(1);
    let annotations = &mut object["metadata"]["annotations"];
    or(
        annotations,
        "deprecated.daemonset.template.generation",
        generation.to_string(),
    );
    let spec = &mut object["spec"];
    pod::template(&mut spec["template"]);
    or(spec, "revisionHistoryLimit", 10);
    let strategy = &mut spec["updateStrategy"];
    or(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        or(strategy, "rollingUpdate", json!({}));
        or(&mut strategy["rollingUpdate"], "maxUnavailable", 1);
        or(&mut strategy["rollingUpdate"], "maxSurge", 0);
    }
}

pub(super) fn job(object: &mut Value) {
    job_spec(&mut object["spec"]);
    let spec = &mut object["spec"];
    or(spec, "suspend", false);
    or(spec, "manualSelector", false);
    or(spec, "podReplacementPolicy", "TerminatingOrFailed");
}

/// An object without labels takes those of its pods.
pub(super) fn label_as_template(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]
        .get("labels")
        .cloned();
    if let Some(labels) = labels.filter(|it| !it.is_null()) {
        or(&mut object["metadata"], "labels", labels);
    }
}

fn job_spec(spec: &mut Value) {
    pod::template(&mut spec["template"]);
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        or(spec, "completions", 1);
    }
    or(spec, "parallelism", 1);
    or(spec, "completionMode", "NonIndexed");
    if spec.get("backoffLimit").is_none() {
        let limit = match spec.get("backoffLimitPerIndex") {
            Some(_) => i64::from(i32::MAX),
            None => 6,
        };
        or(spec, "backoffLimit", limit);
    }
}

pub(super) fn cron_job(object: &mut Value) {
    let spec = &mut object["spec"];
    or(spec, "concurrencyPolicy", "Allow");
    or(spec, "suspend", false);
    or(spec, "successfulJobsHistoryLimit", 3);
    or(spec, "failedJobsHistoryLimit", 1);
    if let Some(job) = at(spec, "jobTemplate").and_then(|template| at(template, "spec")) {
        pod::template(&mut job["template"]);
    }
}

pub(super) fn autoscaler(object: &mut Value) {
    let spec = &mut object["spec"];
    or(spec, "minReplicas", 1);
    let cpu = json!([{
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
    }]);
    or(spec, "metrics", cpu);
    if let Some(behavior) = at(spec, "behavior") {
        or(behavior, "scaleUp", json!({}));
        or(behavior, "scaleDown", json!({}));
        let up = json!([policy("Pods", 4), policy("Percent", 100)]);
        scaling(&mut behavior["scaleUp"], up);
        or(&mut behavior["scaleUp"], "stabilizationWindowSeconds", 0);
        scaling(&mut behavior["scaleDown"], json!([policy("Percent", 100)]));
    }
}

fn scaling(rules: &mut Value, policies: Value) {
    or(rules, "selectPolicy", "Max");
    or(rules, "policies", policies);
}

fn policy(kind: &str, value: i64) -> Value {
    json!({"type": kind, "value": value, "periodSeconds": 15})
}
