//! Namespaces, access, definitions and webhooks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gitops_core::Object;
use serde_json::{Value, json};

use super::{at, each, or};

pub(super) fn namespace(object: &mut Value, live: Option<&Object>) {
    let name = object["metadata"]["name"].clone();
    or(&mut object["metadata"], "labels", json!({}));
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
    match live {
        None => {
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
        }
        Some(live) => object["spec"] = live.value()["spec"].clone(),
    }
}

/// `stringData` is only a way to write `data`.
pub(super) fn secret(object: &mut Value) {
    or(object, "type", "Opaque");
    let Some(Value::Object(plain)) = object
        .as_object_mut()
        .and_then(|it| it.remove("stringData"))
    else {
        return;
    };
    or(object, "data", json!({}));
    for (name, value) in plain {
        if let Some(text) = value.as_str() {
            object["data"][name] = STANDARD.encode(text).into();
        }
    }
}

pub(super) fn role_binding(object: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if object["roleRef"]["apiGroup"]
        .as_str()
        .is_none_or(str::is_empty)
    {
        object["roleRef"]["apiGroup"] = GROUP.into();
    }
    for subject in each(object, "subjects") {
        if matches!(subject["kind"].as_str(), Some("User" | "Group")) {
            or(subject, "apiGroup", GROUP);
        }
    }
}

pub(super) fn definition(object: &mut Value) {
    let spec = &mut object["spec"];
    or(spec, "scope", "Namespaced");
    or(spec, "conversion", json!({"strategy": "None"}));
    let names = &mut spec["names"];
    let kind = names["kind"].as_str().unwrap_or_default().to_owned();
    or(names, "singular", kind.to_lowercase());
    or(names, "listKind", format!("{kind}List"));
}

pub(super) fn api_service(object: &mut Value) {
    if let Some(service) = at(&mut object["spec"], "service") {
        or(service, "port", 443);
    }
}

pub(super) fn admission(kind: &str, object: &mut Value) {
    let mutating = kind == "MutatingWebhookConfiguration";
    for webhook in each(object, "webhooks") {
        or(webhook, "failurePolicy", "Fail");
        or(webhook, "matchPolicy", "Equivalent");
        or(webhook, "namespaceSelector", json!({}));
        or(webhook, "objectSelector", json!({}));
        or(webhook, "timeoutSeconds", 10);
        if mutating {
            or(webhook, "reinvocationPolicy", "Never");
        }
        each(webhook, "rules").for_each(|rule| or(rule, "scope", "*"));
        let service = at(webhook, "clientConfig").and_then(|config| at(config, "service"));
        if let Some(service) = service {
            or(service, "port", 443);
        }
    }
    if kind == "ValidatingAdmissionPolicy" {
        let spec = &mut object["spec"];
        or(spec, "failurePolicy", "Fail");
        if let Some(constraints) = at(spec, "matchConstraints") {
            match_resources(constraints);
        }
    }
    if kind == "ValidatingAdmissionPolicyBinding"
        && let Some(resources) = at(&mut object["spec"], "matchResources")
    {
        match_resources(resources);
    }
}

fn match_resources(resources: &mut Value) {
    or(resources, "matchPolicy", "Equivalent");
    or(resources, "namespaceSelector", json!({}));
    or(resources, "objectSelector", json!({}));
    for rules in ["resourceRules", "excludeResourceRules"] {
        each(resources, rules).for_each(|rule| or(rule, "scope", "*"));
    }
}

/// What has a default limit and no default request, requests its limit.
pub(super) fn limit_range(object: &mut Value) {
    for limit in each(&mut object["spec"], "limits") {
        if limit["type"] != "Container" {
            continue;
        }
        fill_from(limit, "default", "max");
        fill_from(limit, "defaultRequest", "default");
        fill_from(limit, "defaultRequest", "min");
    }
}

/// Fills the amounts of one list from another.
fn fill_from(limit: &mut Value, field: &str, source: &str) {
    let amounts = limit.get(source).and_then(Value::as_object).cloned();
    for (name, amount) in amounts.into_iter().flatten() {
        or(limit, field, json!({}));
        or(&mut limit[field], &name, amount);
    }
}
