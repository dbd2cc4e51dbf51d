//! Nulls, and values that are empty, wrong or written in odd ways.

use serde_json::json;

use super::*;
use crate::patch::LAST_APPLIED;

fn service(port: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": [port]}})
}

fn limits(limits: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "spec": {"containers": [{"name": "a", "image": "i:1", "resources": {"limits": limits}}]},
    })
}

fn deployment(spec: &Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": spec})
}

fn custom(spec: &Value) -> Value {
    json!({"apiVersion": "example.org/v1", "kind": "Thing", "spec": spec})
}

fn is_modified(target: &Value, live: &Value) -> bool {
    let named = |value: &Value| {
        let mut value = value.clone();
        value["metadata"]["name"] = "a".into();
        object(&value)
    };
    diff(Some(&named(target)), Some(&named(live)), &without_rules()).is_modified()
}

/// Whether the first of these differs from each live one.
#[track_caller]
fn check(target: &Value, live: &[(Value, bool)]) {
    for (live, expected) in live {
        assert_eq!(
            is_modified(target, live),
            *expected,
            "{target} beside {live}"
        );
    }
}

#[test]
fn a_null_port_is_the_ports_number() {
    let port = |port: Value| service(&json!({"port": 80, "targetPort": port}));
    let live = [
        (port(json!(80)), false),
        (port(json!(3000)), true),
        (port(json!("web")), true),
    ];
    check(&port(Value::Null), &live);
}

#[test]
fn a_null_amount_is_nought() {
    let cpu = |cpu: &str| limits(&json!({"cpu": cpu}));
    check(
        &limits(&json!({"cpu": null})),
        &[(cpu("0"), false), (cpu("1"), true)],
    );
}

#[test]
fn an_amount_may_have_blanks_around_it() {
    let cpu = |cpu: &str| limits(&json!({"cpu": cpu}));
    check(&cpu(" 0.1 "), &[(cpu("100m"), false), (cpu("1"), true)]);
}

#[test]
fn a_null_in_a_free_map_takes_the_key_away() {
    let config = |data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "binaryData": data});
    let live = [
        (config(json!({})), false),
        (config(json!({"a": "eA=="})), true),
    ];
    check(&config(json!({"a": null})), &live);
}

#[test]
fn a_null_struct_is_one_without_content() {
    let selector = json!({"matchLabels": {"app": "a"}});
    let live = deployment(&json!({"selector": selector, "replicas": 1}));
    check(&deployment(&Value::Null), &[(live.clone(), true)]);
    check(&deployment(&json!({"selector": null})), &[(live, true)]);
    let webhooks = |config: Value| {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
            "webhooks": [{"name": "a.example.org", "clientConfig": config}],
        })
    };
    let live = [(webhooks(json!({"caBundle": "eA=="})), false)];
    check(&webhooks(Value::Null), &live);
}

#[test]
fn a_null_pointer_that_may_be_left_out_is_absent() {
    let surge = |surge: Value| {
        deployment(
            &json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge}}}),
        )
    };
    check(&surge(Value::Null), &[(surge(json!(1)), false)]);
}

#[test]
fn an_empty_value_of_the_wrong_type_is_not_absent() {
    let live = limits(&json!({"cpu": "1"}));
    check(&limits(&json!([])), &[(live.clone(), true)]);
    check(&limits(&json!({})), &[(live, false)]);
}

#[test]
fn an_empty_text_is_not_absent_where_the_server_tells_them_apart() {
    let policy = |policy: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "spec": {"ports": [{"port": 80}], "internalTrafficPolicy": policy},
        })
    };
    check(&policy(""), &[(policy("Cluster"), true)]);
}

#[test]
fn a_null_inside_a_custom_list_takes_a_field_away() {
    let list = |size: Value| custom(&json!({"list": [{"name": "a", "size": size}]}));
    check(
        &list(Value::Null),
        &[(list(json!(1)), true), (list(Value::Null), false)],
    );
    check(
        &custom(&json!({"size": null})),
        &[(custom(&json!({"size": 1})), false)],
    );
}

#[test]
fn an_empty_value_of_a_custom_resource_that_did_not_stay_is_absent() {
    let paused = custom(&json!({"steps": [{"pause": {}}], "mode": {}}));
    let dropped = custom(&json!({"steps": [{}]}));
    check(&paused, &[(paused.clone(), false), (dropped.clone(), true)]);
    let mut live = dropped;
    for (applied, expected) in [(&paused, false), (&live.clone(), true)] {
        live["metadata"]["annotations"] = json!({LAST_APPLIED: applied.to_string()});
        check(&paused, &[(live.clone(), expected)]);
    }
}

#[test]
fn what_was_applied_empty_and_is_set_live_is_drift() {
    let target = deployment(&json!({"paused": false, "replicas": 1}));
    let mut live = deployment(&json!({"paused": true, "replicas": 1}));
    check(&target, &[(live.clone(), false)]);
    live["metadata"]["annotations"] = json!({LAST_APPLIED: target.to_string()});
    check(&target, &[(live, true)]);
    let env = |value: &str| {
        let container =
            json!({"name": "a", "image": "i:1", "env": [{"name": "E", "value": value}]});
        json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}})
    };
    let mut live = env("set");
    live["metadata"]["annotations"] = json!({LAST_APPLIED: env("").to_string()});
    check(&env(""), &[(env("set"), false), (live, true)]);
}
