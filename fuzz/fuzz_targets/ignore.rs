//! Any pointer and any expression can be a rule, and any object can be compared by it.
#![no_main]

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::diff::{self, Settings};
use gitops_core::ignore::{self, Rules};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

// A pointer, an expression and two specs in JSON, separated by NUL.
fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut parts = text.splitn(4, '\0');
    let mut rule = ResourceIgnoreDifferences::default();
    (rule.group, rule.kind) = ("*".into(), "*".into());
    rule.json_pointers.extend(parts.next().map(str::to_owned));
    let expression = parts.next().unwrap_or_default();
    if !expression.is_empty() {
        rule.jq_path_expressions.push(expression.to_owned());
    }
    let Ok(rules) = Rules::compile([rule]) else { return };
    let mut object = |kind: &str| {
        let spec: Value = serde_json::from_str(parts.next().unwrap_or("{}")).unwrap_or_default();
        let value = json!({
            "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec,
        });
        Arc::new(Object::new(value).expect("it has kind and name"))
    };
    let (target, live) = (object("Deployment"), object("Deployment"));
    let settings = Settings::default().ignore(rules);
    let _ = diff::diff(Some(&target), Some(&live), &settings);
    let _ = ignore::respect(&target, &live, &settings);
});
