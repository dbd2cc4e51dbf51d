//! What a comparison tells of the differences that rules left out.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::installation::Installation;
use crate::patch::LAST_APPLIED;

const WEB: &str = r#".spec.template.spec.containers[name="web"]"#;

fn deployment(replicas: u32, image: &str, cpu: &str) -> Value {
    let container = |name: &str, image: &str| json!({"name": name, "image": image, "resources": {"limits": {"cpu": cpu}}});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "template": {"spec": {"containers": [container("proxy", "p"), container("web", image)]}},
        },
    })
}

/// Every difference left out, as a line for people.
fn lines(diff: &Diff) -> Vec<String> {
    diff.ignored.iter().map(ToString::to_string).collect()
}

/// One line for each of these parts and paths.
fn expected(all: &[(&str, &str)]) -> Vec<String> {
    let line =
        |(part, path): &(&str, &str)| format!("{path}: ignored by {part} (ignore rule for */*)");
    all.iter().map(line).collect()
}

#[track_caller]
fn check(target: &Value, live: &Value, settings: &Settings, wanted: &[(&str, &str)]) {
    for choice in [Choice::default(), structured()] {
        let settings = settings.clone().choice(choice);
        let diff = diff(Some(&object(target)), Some(&object(live)), &settings);
        assert_eq!(lines(&diff), expected(wanted), "{choice:?}");
    }
}

fn ignoring(pointers: &[&str], expressions: &[&str], managers: &[&str]) -> Settings {
    Settings::default().ignore(rules(pointers, expressions, managers))
}

#[test]
fn a_pointer_is_told_with_the_field_it_hid() {
    let settings = ignoring(&["/spec/replicas", "/spec/nothing"], &[], &[]);
    let wanted = [("pointer \"/spec/replicas\"", ".spec.replicas")];
    check(
        &deployment(1, "a", "1"),
        &deployment(5, "a", "1"),
        &settings,
        &wanted,
    );
}

#[test]
fn a_pointer_into_a_list_is_told_with_the_elements_name() {
    let pointer = "/spec/template/spec/containers/1/image";
    let path = format!("{WEB}.image");
    let part = format!("pointer {pointer:?}");
    let settings = ignoring(
        &[pointer, "/spec/template/spec/containers/0/image"],
        &[],
        &[],
    );
    let wanted = [(part.as_str(), path.as_str())];
    check(
        &deployment(1, "b", "1"),
        &deployment(1, "a", "1"),
        &settings,
        &wanted,
    );
}

#[test]
fn an_expression_is_told_with_every_place_it_hid() {
    let expression = ".spec.template.spec.containers[].resources";
    let settings = ignoring(&[], &[expression, ".spec.replicas"], &[]);
    let part = format!("jq expression {expression:?}");
    let paths = ["proxy", "web"]
        .map(|name| format!(".spec.template.spec.containers[name={name:?}].resources"));
    let wanted = paths.each_ref().map(|path| (part.as_str(), path.as_str()));
    check(
        &deployment(1, "a", "2"),
        &deployment(1, "a", "1"),
        &settings,
        &wanted,
    );
}

#[test]
fn only_the_outermost_place_of_an_expression_is_told() {
    let expression = ".spec | .., .replicas";
    let settings = ignoring(&[], &[expression], &[]);
    let part = format!("jq expression {expression:?}");
    let wanted = [(part.as_str(), ".spec")];
    check(
        &deployment(1, "a", "1"),
        &deployment(5, "b", "1"),
        &settings,
        &wanted,
    );
}

#[test]
fn an_expression_that_rewrites_an_object_is_told_with_what_it_changed() {
    let expression = ".nothing) | .data.text |= (fromjson | del(.time) | tojson";
    let config = |text: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"text": text}});
    let settings = ignoring(&[], &[expression], &[]);
    let (target, live) = (config(r#"{"a":1,"time":1}"#), config(r#"{"a":1,"time":2}"#));
    let part = format!("jq expression {expression:?}");
    check(&target, &live, &settings, &[(part.as_str(), ".data.text")]);
}

#[test]
fn a_manager_is_told_with_the_fields_it_owns() {
    let mut live = deployment(5, "b", "1");
    let container =
        json!({"k:{\"name\":\"web\"}": {"f:image": {}}, "k:{\"name\":\"proxy\"}": {"f:image": {}}});
    let fields = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": container}}}});
    live["metadata"]["managedFields"] = json!([{
        "manager": "updater", "operation": "Update", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    }]);
    let settings = ignoring(&[], &[], &["updater", "nobody"]);
    let path = format!("{WEB}.image");
    check(
        &deployment(1, "a", "1"),
        &live,
        &settings,
        &[("manager \"updater\"", &path)],
    );
}

#[test]
fn rules_that_hide_nothing_are_not_told() {
    let mut live = deployment(1, "a", "1");
    live["status"] = json!({"replicas": 1});
    live["metadata"]["annotations"] = json!({"only": "live"});
    let target = deployment(1, "a", "1");
    let pointers = [
        "/status",
        "/spec/replicas",
        "/metadata/annotations/only",
        "/spec/x/1",
    ];
    let settings = ignoring(
        &pointers,
        &[".spec.template", ".metadata.annotations"],
        &["nobody"],
    );
    check(&target, &live, &settings, &[]);
}

#[test]
fn a_removal_that_a_rule_hid_is_told() {
    let target = deployment(1, "a", "1");
    let mut applied = target.clone();
    applied["metadata"]["labels"] = json!({"old": "1"});
    let mut live = applied.clone();
    live["metadata"]["annotations"] = json!({LAST_APPLIED: applied.to_string()});
    live["metadata"]["managedFields"] = json!([{
        "manager": "argocd-controller", "operation": "Apply", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {"f:labels": {"f:old": {}}}},
    }]);
    let settings = ignoring(&["/metadata/labels/old"], &[], &[]);
    let wanted = [("pointer \"/metadata/labels/old\"", ".metadata.labels.old")];
    check(&target, &live, &settings, &wanted);
}

#[test]
fn an_installations_rule_is_told_beside_an_applications() {
    let data = [
        (
            "resource.customizations.ignoreDifferences.apps_Deployment",
            "jsonPointers: [/spec/replicas]",
        ),
        (
            "resource.customizations.ignoreDifferences.all",
            "jqPathExpressions: [.spec.replicas]",
        ),
    ];
    let data = data.map(|(key, text)| (key.to_owned(), text.to_owned()));
    let (installation, _) = Installation::read(&BTreeMap::from(data)).unwrap();
    let own = ResourceIgnoreDifferences {
        group: "apps".into(),
        kind: "Deploy*".into(),
        namespace: "shop".into(),
        name: "web".into(),
        json_pointers: vec!["/spec/template".into()],
        ..ResourceIgnoreDifferences::default()
    };
    let settings = installation.diff(&[own]).unwrap();
    let (target, live) = (deployment(1, "a", "1"), deployment(5, "b", "1"));
    let diff = diff(Some(&object(&target)), Some(&object(&live)), &settings);
    assert!(!diff.is_modified());
    let wanted = [
        ".spec.template: ignored by pointer \"/spec/template\" (ignore rule for apps/Deploy* shop/web)",
        ".spec.replicas: ignored by pointer \"/spec/replicas\" (ignore rule for apps/Deployment)",
    ];
    let told = lines(&diff);
    for line in wanted {
        assert!(told.iter().any(|told| told == line), "{told:#?}");
    }
}

#[test]
fn a_dry_runs_answer_tells_what_rules_hid_of_it() {
    let (target, live) = (deployment(1, "a", "1"), deployment(5, "b", "2"));
    let mut answer = target.clone();
    let managed = |manager: &str, operation: &str, fields: Value| {
        json!([{
            "manager": manager, "operation": operation, "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        }])
    };
    let all = crate::fieldset::all(None, &target["spec"]).to_value();
    answer["metadata"]["managedFields"] =
        managed("argocd-controller", "Apply", json!({"f:spec": all}));
    let mut live = live;
    let limits = json!({"f:resources": {"f:limits": {"f:cpu": {}}}});
    let containers = json!({"k:{\"name\":\"web\"}": limits, "k:{\"name\":\"proxy\"}": limits});
    let fields = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": containers}}}});
    live["metadata"]["managedFields"] = managed("autoscaler", "Update", fields);
    let settings = ignoring(
        &["/spec/replicas"],
        &[".spec.template.spec.containers[1].image"],
        &["autoscaler"],
    )
    .show_webhook_changes(true);
    let diff = with_answer(
        &object(&target),
        &object(&live),
        &object(&answer),
        &settings,
    )
    .unwrap();
    assert!(!diff.is_modified(), "{:?}", diff.changes);
    let image = format!("{WEB}.image");
    let cpu =
        |name: &str| format!(".spec.template.spec.containers[name={name:?}].resources.limits.cpu");
    let wanted = [
        ("pointer \"/spec/replicas\"", ".spec.replicas"),
        (
            "jq expression \".spec.template.spec.containers[1].image\"",
            image.as_str(),
        ),
        ("manager \"autoscaler\"", &cpu("proxy")),
        ("manager \"autoscaler\"", &cpu("web")),
    ];
    assert_eq!(lines(&diff), expected(&wanted));
}

#[test]
fn what_is_told_of_a_secret_holds_no_value() {
    let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"token": value}});
    let settings = ignoring(&["/data/token"], &[".data"], &[]);
    let diff = diff(
        Some(&object(&secret("b2xk"))),
        Some(&object(&secret("bmV3"))),
        &settings,
    );
    let masking = crate::mask::Masking::default();
    assert_eq!(diff.masked(&masking).ignored, diff.ignored);
    let told = format!("{:?}{}", diff.ignored, diff.to_json(&masking)["ignored"]);
    assert!(told.contains(".data.token"), "{told}");
    assert!(!told.contains("b2xk") && !told.contains("bmV3"), "{told}");
}

#[test]
fn a_rule_for_one_of_two_equal_elements_hides_that_one() {
    let thing = |list: Value| {
        json!({
            "apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"},
            "spec": {"list": list},
        })
    };
    let (one, two) = (json!([{"a": 1}]), json!([{"a": 1}, {"a": 1}]));
    let settings = ignoring(&[], &[".spec.list[1]"], &[]);
    for (target, live) in [(&one, &two), (&two, &one)] {
        let (target, live) = (object(&thing(target.clone())), object(&thing(live.clone())));
        let diff = diff(Some(&target), Some(&live), &settings);
        assert!(!diff.is_modified(), "{:?}", diff.changes);
        assert_eq!(diff.ignored[0].path, ".spec.list[1]");
    }
}
