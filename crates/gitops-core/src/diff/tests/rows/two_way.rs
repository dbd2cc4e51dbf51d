//! Two-way, three-way and absent sides.

use super::*;

#[test]
fn row_1_the_same_on_both_sides() {
    check(
        &deployment(&two_replicas()),
        &deployment(&two_replicas()),
        false,
    );
}

#[test]
fn row_2_a_status_that_only_live_has() {
    let mut live = deployment(&two_replicas());
    live["status"] = json!({"replicas": 1});
    check(&deployment(&two_replicas()), &live, false);
}

#[test]
fn row_3_another_number_of_replicas() {
    let mut live = deployment(&two_replicas());
    live["spec"]["replicas"] = 10.into();
    check(&deployment(&two_replicas()), &live, true);
}

#[test]
fn row_4_a_live_object_without_content() {
    check(
        &deployment(&two_replicas()),
        &deployment(&Value::Null),
        true,
    );
}

fn two_replicas() -> Value {
    json!({"replicas": 2, "template": {"spec": {"containers": [{"name": "a", "image": "b"}]}}})
}

fn limit(value: &str) -> Value {
    deployment(&json!({"revisionHistoryLimit": value}))
}

#[test]
fn row_5_the_same_value_of_the_wrong_type() {
    check(&limit("badValue"), &limit("badValue"), false);
}

#[test]
fn row_6_two_values_of_the_wrong_type() {
    check(&limit("badValue"), &limit("3"), true);
}

#[test]
fn row_7_nothing_is_wanted() {
    let config = object(&config_map(&json!({})));
    let extra = diff(None, Some(&config), &without_rules());
    assert!(!extra.is_modified() && extra.predicted.is_none());
}

#[test]
fn row_8_nothing_is_live() {
    let config = object(&config_map(&json!({})));
    let new = diff(Some(&config), None, &without_rules());
    assert!(new.is_modified() && new.live.is_none());
}

#[test]
fn row_9_a_target_without_namespace() {
    let target = config_map(&json!({}));
    let live = config_map(&json!({"namespace": "default", "annotations": {}}));
    check(&target, &applied(&live, &target), false);
}

#[test]
fn row_10_a_removed_annotation_that_was_applied() {
    let with = config_map(&json!({"annotations": {"foo": "bar", "kept": "1"}}));
    let without = config_map(&json!({"annotations": {"kept": "1"}}));
    let diff = check(&without, &applied(&with, &with), true);
    assert_eq!(diff.changes[0].path, ".metadata.annotations.foo");
    assert_eq!(diff.changes[0].reason, Reason::RemovedFromGit);
}

#[test]
fn row_11_a_removed_annotation_of_which_nothing_is_known() {
    let with = config_map(&json!({"annotations": {"foo": "bar", "kept": "1"}}));
    let without = config_map(&json!({"annotations": {"kept": "1"}}));
    check(&without, &with, false);
}

#[test]
fn row_12_empty_annotations_were_applied() {
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"},
    });
    let mut last = account.clone();
    last["metadata"]["annotations"] = json!({});
    let mut live = applied(&account, &last);
    live["secrets"] = json!([{"name": "token"}]);
    check(&account, &live, false);
}

#[test]
fn row_13_one_label_of_each_sort() {
    let labels = |labels: &Value| config_map(&json!({"labels": labels}));
    let last = labels(&json!({"old": "1", "same": "1"}));
    let diff = check(
        &labels(&json!({"new": "1", "same": "2"})),
        &applied(&last, &last),
        true,
    );
    let shown: Vec<String> = diff
        .changes
        .iter()
        .map(|change| format!("{change:?}"))
        .collect();
    assert_eq!(
        shown,
        [
            ".metadata.labels.new (new in Git)",
            ".metadata.labels.old (removed from Git)",
            ".metadata.labels.same (new in Git)",
        ]
    );
}

#[test]
fn row_14_an_unknown_key_shows() {
    let mut target = config_map(&json!({}));
    target["invalidKey"] = "x".into();
    let diff = check(&target, &config_map(&json!({})), true);
    assert_eq!(diff.predicted.unwrap()["invalidKey"], "x");
}

fn custom(metadata: &Value) -> Value {
    json!({
        "apiVersion": "example.org/v1", "kind": "Thing", "metadata": metadata, "spec": {"a": 1},
    })
}

#[test]
fn row_15_a_custom_resource_without_a_namespace() {
    let target = custom(&json!({"name": "a", "namespace": "b"}));
    check(&target, &custom(&json!({"name": "a"})), false);
}

#[test]
fn row_16_a_time_of_creation_that_is_null() {
    let target = custom(&json!({"name": "a", "creationTimestamp": null}));
    let live = json!({"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"});
    check(&target, &custom(&live), false);
}
