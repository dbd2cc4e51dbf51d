//! Deployments, daemon sets, replica sets and stateful sets.

use serde_json::{Map, Value};

use super::workload::{Selector, labels_from_template};
use super::{made, map, maps, pod, set, storage, text};

pub(super) fn deployment(version: &str, group: &str, object: &mut Map<String, Value>) {
    let extensions = group == "extensions";
    if version == "v1beta1" {
        labels_from_template(object, Selector::MatchLabels);
    }
    let Some(spec) = made(object, "spec") else {
        return;
    };
    set(spec, "replicas", 1);
    let step = if extensions {
        Value::from(1)
    } else {
        "25%".into()
    };
    if let Some(strategy) = made(spec, "strategy") {
        set(strategy, "type", "RollingUpdate");
        if text(strategy, "type") == "RollingUpdate"
            && let Some(update) = made(strategy, "rollingUpdate")
        {
            set(update, "maxUnavailable", step.clone());
            set(update, "maxSurge", step);
        }
    }
    let history = match version {
        "v1beta1" if extensions => i32::MAX,
        "v1beta1" => 2,
        _ => 10,
    };
    set(spec, "revisionHistoryLimit", history);
    let deadline = if extensions { i32::MAX } else { 600 };
    set(spec, "progressDeadlineSeconds", deadline);
    pod::template(spec);
}

pub(super) fn daemon_set(version: &str, object: &mut Map<String, Value>) {
    let old = version == "v1beta1";
    if old {
        labels_from_template(object, Selector::MatchLabels);
    }
    let Some(spec) = made(object, "spec") else {
        return;
    };
    if let Some(strategy) = made(spec, "updateStrategy") {
        set(
            strategy,
            "type",
            if old { "OnDelete" } else { "RollingUpdate" },
        );
        if text(strategy, "type") == "RollingUpdate"
            && let Some(update) = made(strategy, "rollingUpdate")
        {
            set(update, "maxUnavailable", 1);
            set(update, "maxSurge", 0);
        }
    }
    set(spec, "revisionHistoryLimit", 10);
    pod::template(spec);
}

pub(super) fn replica_set(version: &str, object: &mut Map<String, Value>) {
    if version == "v1beta1" {
        labels_from_template(object, Selector::MatchLabels);
    }
    if let Some(spec) = made(object, "spec") {
        set(spec, "replicas", 1);
        pod::template(spec);
    }
}

pub(super) fn stateful_set(version: &str, object: &mut Map<String, Value>) {
    let old = version == "v1beta1";
    if old {
        labels_from_template(object, Selector::MatchLabels);
    }
    let Some(spec) = made(object, "spec") else {
        return;
    };
    set(spec, "podManagementPolicy", "OrderedReady");
    if let Some(strategy) = made(spec, "updateStrategy") {
        set(
            strategy,
            "type",
            if old { "OnDelete" } else { "RollingUpdate" },
        );
        if text(strategy, "type") == "RollingUpdate"
            && (!old || strategy.contains_key("rollingUpdate"))
            && let Some(update) = made(strategy, "rollingUpdate")
        {
            set(update, "partition", 0);
        }
    }
    if let Some(policy) = made(spec, "persistentVolumeClaimRetentionPolicy") {
        set(policy, "whenDeleted", "Retain");
        set(policy, "whenScaled", "Retain");
    }
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    for template in maps(spec, "volumeClaimTemplates") {
        set(template, "apiVersion", "v1");
        set(template, "kind", "PersistentVolumeClaim");
        storage::claim(template);
    }
    pod::template(spec);
    if let Some(metadata) = map(object, "metadata") {
        metadata.remove("creationTimestamp");
    }
}
