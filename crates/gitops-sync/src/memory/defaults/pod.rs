//! Pods and their templates.

use serde_json::{Value, json};

use super::{at, each, or};

/// A pod of its own.
pub(super) fn bare(pod: &mut Value) {
    spec(&mut pod["spec"]);
    let spec = &mut pod["spec"];
    or(spec, "enableServiceLinks", true);
    for list in ["containers", "initContainers"] {
        for container in each(spec, list) {
            if let Some(resources) = at(container, "resources") {
                request_limits(resources);
            }
        }
    }
    let class = quality_of_service(spec);
    or(pod, "status", json!({}));
    or(&mut pod["status"], "phase", "Pending");
    or(&mut pod["status"], "qosClass", class);
}

/// What belongs to nobody.
pub(super) fn admit(pod: &mut Value) {
    let spec = &mut pod["spec"];
    or(spec, "priority", 0);
    or(spec, "preemptionPolicy", "PreemptLowerPriority");
    or(
        spec,
        "tolerations",
        json!([
            {"effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300},
            {"effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists", "tolerationSeconds": 300},
        ]),
    );
}

/// The pod template of a workload.
pub(super) fn template(template: &mut Value) {
    if template.is_object() {
        spec(&mut template["spec"]);
    }
}

fn spec(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    or(spec, "restartPolicy", "Always");
    or(spec, "terminationGracePeriodSeconds", 30);
    or(spec, "dnsPolicy", "ClusterFirst");
    or(spec, "securityContext", json!({}));
    or(spec, "schedulerName", "default-scheduler");
    let account = ["serviceAccountName", "serviceAccount"].map(|it| spec.get(it).cloned());
    if let [Some(account), _] | [None, Some(account)] = account {
        or(spec, "serviceAccountName", account.clone());
        spec["serviceAccount"] = account;
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list).for_each(container);
    }
    each(spec, "volumes").for_each(volume);
}

fn container(container: &mut Value) {
    let image = container["image"].as_str().unwrap_or_default();
    let policy = match tag(image) {
        "latest" => "Always",
        _ => "IfNotPresent",
    };
    or(container, "imagePullPolicy", policy);
    or(container, "terminationMessagePath", "/dev/termination-log");
    or(container, "terminationMessagePolicy", "File");
    each(container, "ports").for_each(|port| or(port, "protocol", "TCP"));
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(it) = at(container, name) {
            probe(it);
        }
    }
    for hook in ["postStart", "preStop"] {
        let hook = at(container, "lifecycle").and_then(|lifecycle| at(lifecycle, hook));
        if let Some(get) = hook.and_then(|hook| at(hook, "httpGet")) {
            http_get(get);
        }
    }
    for variable in each(container, "env") {
        let source = at(variable, "valueFrom").and_then(|from| at(from, "fieldRef"));
        if let Some(field) = source {
            or(field, "apiVersion", "v1");
        }
    }
}

/// The tag of an image; `latest` where it has neither tag nor digest.
fn tag(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once('@') {
        Some((_, digest)) => digest,
        None => name.split_once(':').map_or("latest", |(_, tag)| tag),
    }
}

/// What has a limit and no request, requests its limit.
fn request_limits(resources: &mut Value) {
    let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() else {
        return;
    };
    or(resources, "requests", json!({}));
    for (name, limit) in limits {
        or(&mut resources["requests"], &name, limit);
    }
}

fn probe(probe: &mut Value) {
    or(probe, "timeoutSeconds", 1);
    or(probe, "periodSeconds", 10);
    or(probe, "successThreshold", 1);
    or(probe, "failureThreshold", 3);
    if let Some(get) = at(probe, "httpGet") {
        http_get(get);
    }
    if let Some(call) = at(probe, "grpc") {
        or(call, "service", "");
    }
}

fn http_get(get: &mut Value) {
    or(get, "path", "/");
    or(get, "scheme", "HTTP");
}

fn volume(volume: &mut Value) {
    let has_source = volume
        .as_object()
        .is_some_and(|map| map.keys().any(|key| key != "name"));
    if !has_source {
        volume["emptyDir"] = json!({});
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if let Some(source) = at(volume, source) {
            or(source, "defaultMode", 0o644);
        }
    }
    if let Some(path) = at(volume, "hostPath") {
        or(path, "type", "");
    }
    if let Some(downward) = at(volume, "downwardAPI") {
        each(downward, "items").for_each(downward_item);
    }
    if let Some(projected) = at(volume, "projected") {
        each(projected, "sources").for_each(projected_source);
    }
}

fn projected_source(source: &mut Value) {
    if let Some(token) = at(source, "serviceAccountToken") {
        or(token, "expirationSeconds", 3600);
    }
    if let Some(downward) = at(source, "downwardAPI") {
        each(downward, "items").for_each(downward_item);
    }
}

fn downward_item(item: &mut Value) {
    if let Some(field) = at(item, "fieldRef") {
        or(field, "apiVersion", "v1");
    }
}

fn quality_of_service(spec: &Value) -> &'static str {
    let containers = || spec["containers"].as_array().into_iter().flatten();
    let part = |container: &Value, part: &str| container["resources"].get(part).cloned();
    let guaranteed = |container: &Value| {
        let limits = part(container, "limits").unwrap_or_default();
        let both = limits.get("cpu").is_some() && limits.get("memory").is_some();
        both && part(container, "requests").is_none_or(|requests| requests == limits)
    };
    let asks = |container: &Value| {
        part(container, "limits").is_some() || part(container, "requests").is_some()
    };
    if containers().all(guaranteed) {
        "Guaranteed"
    } else if containers().any(asks) {
        "Burstable"
    } else {
        "BestEffort"
    }
}
