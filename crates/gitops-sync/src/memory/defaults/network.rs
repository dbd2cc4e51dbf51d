//! Services and network policies.

use gitops_core::Object;
use serde_json::{Value, json};

use super::{each, or};
use crate::memory::state::State;

pub(super) fn service(object: &mut Value, live: Option<&Object>) {
    let spec = &mut object["spec"];
    or(spec, "sessionAffinity", "None");
    or(spec, "type", "ClusterIP");
    if spec["sessionAffinity"] == "ClientIP" {
        or(
            spec,
            "sessionAffinityConfig",
            json!({"clientIP": {"timeoutSeconds": 10800}}),
        );
    }
    for port in each(spec, "ports") {
        or(port, "protocol", "TCP");
        let number = port["port"].clone();
        or(port, "targetPort", number);
    }
    let external = matches!(spec["type"].as_str(), Some("NodePort" | "LoadBalancer"));
    if external {
        or(spec, "externalTrafficPolicy", "Cluster");
    }
    if spec["type"] == "LoadBalancer" {
        or(spec, "allocateLoadBalancerNodePorts", true);
    }
    if spec["type"] != "ExternalName" {
        or(spec, "internalTrafficPolicy", "Cluster");
    }
    if live.is_none() {
        or(object, "status", json!({"loadBalancer": {}}));
    }
}

/// Gives a Service its addresses and ports, or leaves it those that it has.
pub(super) fn allocate(state: &mut State, object: &mut Value, live: Option<&Object>) {
    let spec = &mut object["spec"];
    if spec["type"] == "ExternalName" {
        return;
    }
    if let Some(live) = live {
        keep_allocated(spec, &live.value()["spec"]);
    }
    let number = state.random();
    let address = format!("10.96.{}.{}", (number >> 8) & 0xff, 1 + (number & 0x7f));
    or(spec, "clusterIP", address);
    let address = spec["clusterIP"].clone();
    or(spec, "clusterIPs", json!([address]));
    or(spec, "ipFamilyPolicy", "SingleStack");
    or(spec, "ipFamilies", json!(["IPv4"]));
    let wants_ports = match spec["type"].as_str() {
        Some("NodePort") => true,
        Some("LoadBalancer") => spec["allocateLoadBalancerNodePorts"] != false,
        _ => false,
    };
    if wants_ports {
        for port in each(spec, "ports") {
            or(port, "nodePort", 30_000 + state.random() % 2_768);
        }
    }
}

/// What was allocated stays where the update does not say otherwise.
fn keep_allocated(spec: &mut Value, live: &Value) {
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if let Some(value) = live.get(field) {
            or(spec, field, value.clone());
        }
    }
    if spec["type"] == "ClusterIP" {
        return;
    }
    for port in each(spec, "ports") {
        let same =
            |other: &&Value| other["port"] == port["port"] && other["protocol"] == port["protocol"];
        let former = live["ports"]
            .as_array()
            .and_then(|ports| ports.iter().find(same));
        if let Some(number) = former.and_then(|former| former.get("nodePort")).cloned() {
            or(port, "nodePort", number);
        }
    }
}

pub(super) fn policy(object: &mut Value) {
    let spec = &mut object["spec"];
    for direction in ["ingress", "egress"] {
        for rule in each(spec, direction) {
            each(rule, "ports").for_each(|port| or(port, "protocol", "TCP"));
        }
    }
    let types = match spec.get("egress") {
        Some(_) => json!(["Ingress", "Egress"]),
        None => json!(["Ingress"]),
    };
    or(spec, "policyTypes", types);
}

pub(super) fn endpoints(object: &mut Value) {
    for subset in each(object, "subsets") {
        each(subset, "ports").for_each(|port| or(port, "protocol", "TCP"));
    }
}

pub(super) fn endpoint_slice(object: &mut Value) {
    for port in each(object, "ports") {
        or(port, "name", "");
        or(port, "protocol", "TCP");
    }
}
