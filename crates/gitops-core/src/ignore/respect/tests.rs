use serde_json::json;

use super::*;
use crate::ignore::Rules;
use crate::ignore::tests::rule_of_every_kind;

fn settings(pointers: &[&str], expressions: &[&str], managers: &[&str]) -> Settings {
    let rule = rule_of_every_kind(pointers, expressions, managers);
    Settings::default().ignore(Rules::compile([rule]).unwrap())
}

fn object(value: &Value) -> Object {
    Object::new(value.clone()).unwrap()
}

fn deployment(metadata: &Value, spec: &Value) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec,
    });
    for (key, value) in metadata.as_object().unwrap() {
        object["metadata"][key] = value.clone();
    }
    object
}

#[track_caller]
fn check(target: &Value, live: &Value, settings: &Settings, expected: &Value) {
    let applied = respect(&object(target), &object(live), settings);
    let applied = applied.map_or_else(|| target.clone(), Object::into_value);
    assert_eq!(applied, *expected);
}

#[test]
fn row_59_an_annotation_of_a_trusted_manager_keeps_its_value() {
    let version = |value: &str| deployment(&json!({"annotations": {"version": value}}), &json!({}));
    let mut live = version("2.0");
    live["metadata"]["managedFields"] = json!([{
        "manager": "revision-history", "operation": "Update", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:annotations": {"f:version": {}}}},
    }]);
    let settings = settings(&[], &[], &["revision-history"]);
    check(&version("1.0"), &live, &settings, &version("2.0"));
}

#[test]
fn row_60_what_live_has_not_stays_away() {
    let with = deployment(&json!({"annotations": {"a": "1", "b": "1"}}), &json!({}));
    let without = deployment(&json!({"annotations": {"b": "1"}}), &json!({}));
    check(
        &with,
        &without,
        &settings(&["/metadata/annotations/a"], &[], &[]),
        &without,
    );
}

#[test]
fn row_61_a_status_is_not_copied() {
    let target = deployment(&json!({}), &json!({"replicas": 1}));
    let mut live = target.clone();
    live["status"] = json!({"replicas": 1});
    check(&target, &live, &settings(&["/status"], &[], &[]), &target);
}

#[test]
fn row_62_containers_that_only_git_has_stay() {
    let pods = |containers: &Value| {
        deployment(
            &json!({}),
            &json!({"template": {"spec": {"containers": containers}}}),
        )
    };
    let expression = ".spec.template.spec.containers[] | select(.name == \"a\")";
    check(
        &pods(&json!([{"name": "a", "image": "git"}, {"name": "b", "image": "git"}])),
        &pods(&json!([{"name": "a", "image": "live", "stdin": true}])),
        &settings(&[], &[expression], &[]),
        &pods(
            &json!([{"name": "a", "image": "live", "stdin": true}, {"name": "b", "image": "git"}]),
        ),
    );
}

#[test]
fn row_63_image_and_replicas_are_lives_and_the_rest_is_gits() {
    let pods = |replicas: u32, labels: &Value, container: &Value| {
        deployment(
            &json!({"labels": labels}),
            &json!({"replicas": replicas, "template": {"spec": {"containers": [container]}}}),
        )
    };
    check(
        &pods(
            1,
            &json!({"new": "x"}),
            &json!({"name": "a", "image": "1", "env": [{"name": "e"}]}),
        ),
        &pods(4, &json!({}), &json!({"name": "a", "image": "2"})),
        &settings(
            &["/spec/replicas"],
            &[".spec.template.spec.containers[].image"],
            &[],
        ),
        &pods(
            4,
            &json!({"new": "x"}),
            &json!({"name": "a", "image": "2", "env": [{"name": "e"}]}),
        ),
    );
}

#[test]
fn one_label_of_a_selector_that_is_replaced_whole() {
    let budget = |labels: &Value| {
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "a"},
            "spec": {"selector": {"matchLabels": labels}},
        })
    };
    check(
        &budget(&json!({"app": "git", "role": "git"})),
        &budget(&json!({"app": "live", "role": "live", "theirs": "x"})),
        &settings(&["/spec/selector/matchLabels/app"], &[], &[]),
        &budget(&json!({"app": "live", "role": "git"})),
    );
}

#[test]
fn without_a_rule_nothing_changes() {
    let target = object(&deployment(&json!({}), &json!({"replicas": 1})));
    let live = object(&deployment(&json!({}), &json!({"replicas": 2})));
    assert_eq!(respect(&target, &live, &Settings::default()), None);
}
