//! Webhook configurations and admission policies.

use serde_json::{Map, Value};

use super::{is_unset, made, map, maps, set, set_absent};

pub(super) const GROUP: &str = "admissionregistration.k8s.io";

pub(super) fn fill_in(version: &str, kind: &str, object: &mut Map<String, Value>) {
    match kind {
        "ValidatingWebhookConfiguration" => {
            maps(object, "webhooks").for_each(|webhook| self::webhook(version, webhook));
        }
        "MutatingWebhookConfiguration" => maps(object, "webhooks").for_each(|webhook| {
            self::webhook(version, webhook);
            set_absent(webhook, "reinvocationPolicy", "Never");
        }),
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => {
            if let Some(spec) = made(object, "spec") {
                set_absent(spec, "failurePolicy", "Fail");
                match_resources(spec, "matchConstraints");
            }
        }
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => {
            if let Some(spec) = made(object, "spec") {
                match_resources(spec, "matchResources");
            }
        }
        _ => {}
    }
}

fn webhook(version: &str, webhook: &mut Map<String, Value>) {
    let old = version == "v1beta1";
    set_absent(
        webhook,
        "failurePolicy",
        if old { "Ignore" } else { "Fail" },
    );
    set_absent(
        webhook,
        "matchPolicy",
        if old { "Exact" } else { "Equivalent" },
    );
    for key in ["namespaceSelector", "objectSelector"] {
        if is_unset(webhook.get(key)) {
            webhook.insert(key.into(), Map::new().into());
        }
    }
    set(webhook, "timeoutSeconds", if old { 30 } else { 10 });
    if old {
        set_absent(webhook, "sideEffects", "Unknown");
        if webhook
            .get("admissionReviewVersions")
            .is_none_or(Value::is_null)
        {
            webhook.insert("admissionReviewVersions".into(), super::one("v1beta1"));
        }
    }
    for rule in maps(webhook, "rules") {
        set_absent(rule, "scope", "*");
    }
    let service = map(webhook, "clientConfig").and_then(|config| map(config, "service"));
    if let Some(service) = service {
        set(service, "port", 443);
    }
}

fn match_resources(spec: &mut Map<String, Value>, key: &str) {
    let Some(resources) = map(spec, key) else {
        return;
    };
    set_absent(resources, "matchPolicy", "Equivalent");
    for selector in ["namespaceSelector", "objectSelector"] {
        if is_unset(resources.get(selector)) {
            resources.insert(selector.into(), Map::new().into());
        }
    }
    for key in ["resourceRules", "excludeResourceRules"] {
        for rule in maps(resources, key) {
            set_absent(rule, "scope", "*");
        }
    }
}
