//! What gives Services and Ingresses their outward addresses.

use std::sync::Arc;

use gitops_core::Object;
use serde_json::json;

use super::set_status;
use crate::memory::state::State;

/// A Service of type `LoadBalancer` gets one.
pub(super) fn service(state: &mut State, service: &Arc<Object>) {
    if service.value()["spec"]["type"] == "LoadBalancer" {
        balance(state, service);
    }
}

/// An Ingress gets an address.
pub(super) fn ingress(state: &mut State, ingress: &Arc<Object>) {
    balance(state, ingress);
}

fn balance(state: &mut State, object: &Arc<Object>) {
    let known = object.value().pointer("/status/loadBalancer/ingress/0");
    if known.is_some() || object.deletion_timestamp().is_some() {
        return;
    }
    let number = state.random();
    let address = format!("192.0.2.{}", 1 + number % 254);
    let mut status = object.value()["status"].clone();
    let entry = match object.kind() {
        "Service" => json!({"ip": address, "ipMode": "VIP"}),
        _ => json!({"ip": address}),
    };
    status["loadBalancer"] = json!({"ingress": [entry]});
    set_status(state, object, status);
}
