//! Pods and what is in them.

use serde_json::{Map, Value};

use super::{has_entries, is_unset, made, map, maps, round_amounts, set, storage, text};

pub(super) fn pod(pod: &mut Map<String, Value>) {
    let Some(spec) = made(pod, "spec") else {
        return;
    };
    for key in ["containers", "initContainers"] {
        maps(spec, key).for_each(copy_limits_to_requests);
    }
    set(spec, "enableServiceLinks", true);
    if spec.get("hostNetwork") == Some(&Value::Bool(true)) {
        for key in ["containers", "initContainers"] {
            maps(spec, key).for_each(host_ports);
        }
    }
    pod_spec(spec);
}

/// The pod template under `template`.
pub(super) fn template(parent: &mut Map<String, Value>) {
    if let Some(spec) = made(parent, "template").and_then(|template| made(template, "spec")) {
        pod_spec(spec);
    }
}

fn copy_limits_to_requests(container: &mut Map<String, Value>) {
    let Some(resources) = map(container, "resources") else {
        return;
    };
    let Some(Value::Object(limits)) = resources.get("limits").cloned() else {
        return;
    };
    if limits.is_empty() {
        return;
    }
    if let Some(requests) = made(resources, "requests") {
        for (name, amount) in limits {
            set(requests, &name, amount);
        }
    }
}

fn host_ports(container: &mut Map<String, Value>) {
    for port in maps(container, "ports") {
        let unset = port.get("hostPort").and_then(Value::as_i64).unwrap_or(0) == 0;
        if let Some(number) = port.get("containerPort").cloned().filter(|_| unset) {
            port.insert("hostPort".into(), number);
        }
    }
}

fn pod_spec(spec: &mut Map<String, Value>) {
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "restartPolicy", "Always");
    set(spec, "securityContext", Map::new());
    set(spec, "terminationGracePeriodSeconds", 30);
    set(spec, "schedulerName", "default-scheduler");
    for volume in maps(spec, "volumes") {
        storage::volume(volume);
    }
    for key in ["initContainers", "containers", "ephemeralContainers"] {
        maps(spec, key).for_each(container);
    }
    round_amounts(spec, "overhead");
    if let Some(resources) = map(spec, "resources") {
        round_amounts(resources, "limits");
        round_amounts(resources, "requests");
    }
}

fn container(container: &mut Map<String, Value>) {
    let policy = pull_policy(text(container, "image"));
    set(container, "imagePullPolicy", policy);
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    for port in maps(container, "ports") {
        set(port, "protocol", "TCP");
    }
    for variable in maps(container, "env") {
        if let Some(source) = map(variable, "valueFrom") {
            field_reference(source);
            if let Some(file) = map(source, "fileKeyRef") {
                set(file, "optional", false);
            }
        }
    }
    if let Some(resources) = map(container, "resources") {
        round_amounts(resources, "limits");
        round_amounts(resources, "requests");
    }
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = map(container, key) {
            self::probe(probe);
        }
    }
    if let Some(lifecycle) = map(container, "lifecycle") {
        for key in ["postStart", "preStop"] {
            if let Some(handler) = map(lifecycle, key) {
                http_get(handler);
            }
        }
    }
}

pub(super) fn field_reference(source: &mut Map<String, Value>) {
    if let Some(reference) = map(source, "fieldRef") {
        set(reference, "apiVersion", "v1");
    }
    // An amount is written even where it is none.
    if let Some(reference) = map(source, "resourceFieldRef") {
        set(reference, "divisor", "0");
    }
}

fn probe(probe: &mut Map<String, Value>) {
    for (key, default) in [
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ] {
        if is_unset(probe.get(key)) || probe.get(key) == Some(&Value::from(0)) {
            probe.insert(key.into(), default.into());
        }
    }
    http_get(probe);
    if let Some(grpc) = map(probe, "grpc") {
        set(grpc, "service", "");
    }
}

fn http_get(handler: &mut Map<String, Value>) {
    if let Some(action) = map(handler, "httpGet") {
        set(action, "path", "/");
        set(action, "scheme", "HTTP");
    }
}

/// Images tagged `latest`, or neither tagged nor pinned, are always pulled.
pub(super) fn pull_policy(image: &str) -> &'static str {
    let repository = image.split_once('@').map_or(image, |(before, _)| before);
    let last = repository.rsplit('/').next().unwrap_or_default();
    let (name, tag) = last.split_once(':').unwrap_or((last, ""));
    let pinned = image.contains('@');
    let latest = tag == "latest" || tag.is_empty() && !pinned && !last.contains(':');
    let valid = !name.is_empty() && !name.chars().any(|c| c.is_ascii_uppercase() || c == ' ');
    if latest && valid {
        "Always"
    } else {
        "IfNotPresent"
    }
}

pub(super) fn has_source(volume: &Map<String, Value>) -> bool {
    volume
        .iter()
        .any(|(key, value)| key != "name" && (value.is_object() || has_entries(volume, key)))
}
