use gitops_core::Object;
use serde_json::json;

use super::{Customizations, Overrides};
use crate::{Chain, Outcome, lua::Runtime};

fn object(api_version: &str, kind: &str) -> Object {
    Object::new(json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}))
        .unwrap()
}

fn overrides(data: &[(&str, &str)]) -> Overrides {
    let customizations = Customizations::parse(data.iter().copied()).unwrap();
    Overrides::compile(&customizations, &Runtime::default())
}

/// The message and the deciding check of an object.
#[track_caller]
fn decides(data: &[(&str, &str)], object: &Object, message: Option<&str>, check: Option<&str>) {
    let judgement = Chain::customized(overrides(data)).judge(object);
    let said = match judgement.outcome {
        Outcome::Judged(health) => Some(health.message),
        Outcome::NoStatus => Some("no status".into()),
        Outcome::NoCheck => None,
    };
    assert_eq!(
        (said.as_deref(), judgement.check.as_deref()),
        (message, check)
    );
}

fn script(message: &str) -> String {
    format!("return {{status = 'Healthy', message = '{message}'}}")
}

#[test]
fn the_key_itself_comes_before_patterns_and_they_before_compiled_checks() {
    let (all, apps, exact) = (script("all"), script("apps"), script("exact"));
    let nested = format!("\"*\":\n  health.lua: \"{all}\"\n\"app*\":\n  health.lua: \"{apps}\"\n");
    let data = [
        ("resource.customizations", nested.as_str()),
        (
            "resource.customizations.health.apps_Deployment",
            exact.as_str(),
        ),
    ];
    decides(
        &data,
        &object("apps/v1", "Deployment"),
        Some("exact"),
        Some("customization apps/Deployment"),
    );
    decides(
        &data,
        &object("apps/v1", "DaemonSet"),
        Some("apps"),
        Some("customization app*"),
    );
    decides(
        &data,
        &object("v1", "Pod"),
        Some("all"),
        Some("customization *"),
    );
    let all = [("resource.customizations.health.all", all.as_str())];
    decides(
        &all,
        &object("apps/v1", "DaemonSet"),
        Some("all"),
        Some("customization */*"),
    );
    decides(&all, &object("v1", "ConfigMap"), None, None);
}

#[test]
fn an_entry_without_a_script_changes_nothing() {
    let data = [(
        "resource.customizations.ignoreDifferences.apps_Deployment",
        "jsonPointers: [/a]",
    )];
    decides(
        &data,
        &object("apps/v1", "Deployment"),
        Some(""),
        Some("builtin apps/Deployment"),
    );
}

#[test]
fn an_empty_status_keeps_the_compiled_check_from_being_asked() {
    let data = [(
        "resource.customizations.health.apps_Deployment",
        "return {}",
    )];
    decides(
        &data,
        &object("apps/v1", "Deployment"),
        Some("no status"),
        Some("customization apps/Deployment"),
    );
}

#[test]
fn a_faulty_script_makes_its_objects_unknown() {
    let data = [(
        "resource.customizations.health.apps_Deployment",
        "error('boom', 0)",
    )];
    decides(
        &data,
        &object("apps/v1", "Deployment"),
        Some("boom"),
        Some("customization apps/Deployment"),
    );
    let problems = overrides(&[
        ("resource.customizations.health.a_B", "return {"),
        (
            "resource.customizations.health.a_C",
            "return {status = 'Fine'}",
        ),
    ])
    .problems();
    let shown: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.key, problem.message))
        .collect();
    assert_eq!(
        shown,
        [
            "a/B: <string> at EOF:   syntax error",
            "a/C: \"Fine\" is no health status"
        ]
    );
}

#[test]
fn scripts_of_actions_are_looked_through_too() {
    let actions = r#"
discovery.lua: |
  return {restart = {displayName = string.upper("x")}}
definitions:
- name: restart
  action.lua: |
    local os = require("os")
    obj.status = "Ready"
    obj.at = os.date()

    obj.half = math.floor(0.5)
    return obj
"#;
    let overrides = overrides(&[("resource.customizations.actions.a_B", actions)]);
    let shown: Vec<String> = overrides
        .problems()
        .iter()
        .map(|problem| format!("{}: {:?}: {}", problem.key, problem.line, problem.message))
        .collect();
    assert_eq!(
        shown,
        [
            "a/B: Some(5): math is not there for actions",
            "a/B: Some(1): string is not there for actions"
        ]
    );
}

#[test]
fn libraries_are_opened_by_the_entry_itself() {
    let with_string = "return {status = 'Healthy', message = string.upper('x')}";
    let open = [
        ("resource.customizations.health.a_B", with_string),
        ("resource.customizations.useOpenLibs.a_B", "T"),
    ];
    decides(
        &open,
        &object("a/v1", "B"),
        Some("X"),
        Some("customization a/B"),
    );
    decides(
        &open[..1],
        &object("a/v1", "B"),
        Some("<string>:1: attempt to index a non-table object(nil) with key 'upper'"),
        Some("customization a/B"),
    );
}

#[test]
fn flat_keys_replace_one_field_of_the_nested_form() {
    let nested = "a.b/C:\n  health.lua.useOpenLibs: true\n  health.lua: old\n";
    let customizations = Customizations::parse([
        ("resource.customizations", nested),
        ("resource.customizations.health.a.b_C", "new"),
        ("resource.customizations.short", "x"),
        ("other", "x"),
    ]);
    let customizations = customizations.unwrap();
    let entry = &customizations.overrides["a.b/C"];
    assert_eq!((entry.health.as_str(), entry.use_open_libs), ("new", true));
}

#[test]
fn faulty_keys_are_refused() {
    let fails = |key: &str, value: &str, message: &str| {
        assert_eq!(
            Customizations::parse([(key, value)])
                .unwrap_err()
                .to_string(),
            message
        );
    };
    fails(
        "resource.customizations.health.a_b_c",
        "",
        "group kind should be in format `resource.customizations.<type>.<group_kind>` or resource.customizations.<type>.<kind>`, got group kind: 'a_b_c'",
    );
    fails(
        "resource.customizations.wealth.a_b",
        "",
        "resource customization type wealth not supported",
    );
    fails(
        "resource.customizations.useOpenLibs.a_b",
        "yes",
        "resource.customizations.useOpenLibs.a_b: is not a boolean",
    );
}

#[test]
fn actions_are_found_by_their_exact_key() {
    let actions = "discovery.lua: |\n  return {go = {}}\ndefinitions:\n- name: go\n  action.lua: |\n    obj.gone = true\n    return obj\n";
    let overrides = overrides(&[("resource.customizations.actions.a_B", actions)]);
    let thing = object("a/v1", "B");
    assert_eq!(overrides.actions(&thing).unwrap()[0].name, "go");
    assert_eq!(
        overrides.act(&thing, "go", &[]).unwrap()[0].resource["gone"],
        json!(true)
    );
    assert_eq!(
        overrides.act(&thing, "stay", &[]).unwrap_err().to_string(),
        "built-in script does not exist"
    );
    assert!(overrides.actions(&object("a/v1", "C")).unwrap().is_empty());
}
