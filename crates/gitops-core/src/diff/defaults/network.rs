//! Services, endpoints, ingresses and network policies.

use serde_json::{Map, Value, json};

use super::{has_entries, is_unset, made, map, maps, set, set_absent, text};

pub(super) fn service(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else {
        return;
    };
    set(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => {
            spec.remove("sessionAffinityConfig");
        }
        "ClientIP" => {
            let config = made(spec, "sessionAffinityConfig");
            if let Some(client) = config.and_then(|config| made(config, "clientIP")) {
                set(client, "timeoutSeconds", 10_800);
            }
        }
        _ => {}
    }
    set(spec, "type", "ClusterIP");
    for port in maps(spec, "ports") {
        service_port(port);
    }
    let kind = text(spec, "type").to_owned();
    let external = has_entries(spec, "externalIPs") && kind == "ClusterIP";
    if external || matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        set(spec, "externalTrafficPolicy", "Cluster");
    }
    if matches!(kind.as_str(), "ClusterIP" | "NodePort" | "LoadBalancer") {
        set_absent(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
}

fn service_port(port: &mut Map<String, Value>) {
    set(port, "protocol", "TCP");
    let target = port.get("targetPort");
    if (is_unset(target) || target == Some(&json!(0)))
        && let Some(number) = port.get("port").cloned()
    {
        port.insert("targetPort".into(), number);
    }
}

pub(super) fn endpoints(object: &mut Map<String, Value>) {
    for subset in maps(object, "subsets") {
        for port in maps(subset, "ports") {
            set(port, "protocol", "TCP");
        }
    }
}

pub(super) fn endpoint_slice(object: &mut Map<String, Value>) {
    for port in maps(object, "ports") {
        if port.get("name").is_none_or(Value::is_null) {
            port.insert("name".into(), "".into());
        }
        set_absent(port, "protocol", "TCP");
    }
    for endpoint in maps(object, "endpoints") {
        made(endpoint, "conditions");
    }
}

pub(super) fn policy(object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else {
        return;
    };
    for key in ["ingress", "egress"] {
        for rule in maps(spec, key) {
            for port in maps(rule, "ports") {
                set_absent(port, "protocol", "TCP");
            }
        }
    }
    if !has_entries(spec, "policyTypes") {
        let egress = has_entries(spec, "egress");
        let types = if egress {
            json!(["Ingress", "Egress"])
        } else {
            json!(["Ingress"])
        };
        spec.insert("policyTypes".into(), types);
    }
}

pub(super) fn ingress_class(object: &mut Map<String, Value>) {
    let parameters = map(object, "spec").and_then(|spec| map(spec, "parameters"));
    if let Some(parameters) = parameters {
        set_absent(parameters, "scope", "Cluster");
    }
}

pub(super) fn ingress(version: &str, object: &mut Map<String, Value>) {
    if version != "v1beta1" {
        return;
    }
    let Some(spec) = map(object, "spec") else {
        return;
    };
    for rule in maps(spec, "rules") {
        if let Some(http) = map(rule, "http") {
            for path in maps(http, "paths") {
                set(path, "pathType", "ImplementationSpecific");
            }
        }
    }
}
