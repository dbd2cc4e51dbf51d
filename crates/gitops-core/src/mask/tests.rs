use serde_json::json;

use super::*;

fn object(rest: &Value) -> Value {
    let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
    for (key, value) in rest.as_object().unwrap() {
        secret[key] = value.clone();
    }
    secret
}

fn with_applied(rest: &Value, applied: &str) -> Value {
    let mut secret = object(rest);
    secret["metadata"]["annotations"] = json!({LAST_APPLIED: applied});
    secret
}

fn plus(count: usize) -> Value {
    "+".repeat(count).into()
}

fn hide(target: &Value, live: &Value) -> (Value, Value) {
    let (target, live) = Masking::default().hide(Some(target), Some(live));
    (target.unwrap(), live.unwrap())
}

fn applied(document: &Value) -> Value {
    let text = document["metadata"]["annotations"][LAST_APPLIED]
        .as_str()
        .unwrap();
    serde_json::from_str(text).unwrap()
}

#[test]
fn row_27_equal_values_get_the_same_mask() {
    let (target, live) = hide(
        &object(&json!({"data": {"key1": "test", "key2": "test"}})),
        &object(&json!({"data": {"key1": "test-1", "key2": "test-1"}})),
    );
    assert_eq!(target["data"], json!({"key1": plus(8), "key2": plus(8)}));
    assert_eq!(live["data"], json!({"key1": plus(12), "key2": plus(12)}));
}

#[test]
fn row_28_every_key_is_numbered_on_its_own() {
    let (_, live) = hide(
        &object(&json!({"data": {"key1": "a"}})),
        &object(&json!({"data": {"key1": "b", "key2": "c"}})),
    );
    assert_eq!(live["data"], json!({"key1": plus(12), "key2": plus(8)}));
}

#[test]
fn row_29_what_was_applied_has_a_mask_of_its_own() {
    let last = object(&json!({"data": {"k": "test1"}})).to_string();
    let (target, live) = hide(
        &object(&json!({"data": {"k": "test2"}})),
        &with_applied(&json!({"data": {"k": "test3"}}), &last),
    );
    assert_eq!(target["data"]["k"], plus(8));
    assert_eq!(live["data"]["k"], plus(12));
    assert_eq!(applied(&live)["data"]["k"], plus(16));
}

#[test]
fn row_30_what_was_applied_shares_the_mask_of_the_target() {
    let last = object(&json!({"data": {"k": "a"}})).to_string();
    let (target, live) = hide(
        &with_applied(&json!({"data": {"k": "a"}}), &last),
        &object(&json!({"data": {"k": "b"}})),
    );
    assert_eq!(
        (&target["data"]["k"], &live["data"]["k"]),
        (&plus(8), &plus(12))
    );
    assert_eq!(applied(&target)["data"]["k"], plus(8));
}

#[test]
fn row_31_an_annotation_that_is_no_json_is_hidden_whole() {
    let (_, live) = hide(
        &object(&json!({"data": {"k": "a"}})),
        &with_applied(&json!({"data": {"k": "a"}}), "{\"data\":{\"k\":\"hunter2\""),
    );
    assert_eq!(live["metadata"]["annotations"][LAST_APPLIED], plus(8));
}

#[test]
fn row_32_an_empty_side_ends_as_null() {
    for empty in [json!({"data": {}}), json!({"data": null})] {
        let (target, live) = hide(&object(&empty), &object(&json!({"data": {"k": "a"}})));
        assert_eq!(target["data"], Value::Null);
        assert_eq!(live["data"]["k"], plus(8));
    }
}

#[test]
fn row_33_values_that_are_no_texts_are_hidden() {
    let (target, _) = hide(
        &object(&json!({"data": {"a": false}, "stringData": {"b": 5}})),
        &object(&json!({})),
    );
    assert_eq!(target["data"], json!({"a": plus(8), "b": plus(8)}));
    assert_eq!(target.get("stringData"), None);
}

#[test]
fn row_34_sensitive_annotations_are_hidden_inside_what_was_applied() {
    let mut last = object(&json!({"data": {"k": "a"}}));
    last["metadata"]["annotations"] = json!({"token": "hunter2", "other": "x"});
    let mut live = with_applied(&json!({"data": {"k": "a"}}), &last.to_string());
    live["metadata"]["annotations"]["token"] = "hunter3".into();
    let masking = Masking::of_setting(" token , ");
    let (_, live) = masking.hide(None, Some(&live));
    let live = live.unwrap();
    assert_eq!(live["metadata"]["annotations"]["token"], plus(8));
    let annotations = json!({"token": plus(12), "other": "x"});
    assert_eq!(applied(&live)["metadata"]["annotations"], annotations);
    let all = Masking::of_setting(LAST_APPLIED);
    let (_, live) = all.hide(None, Some(&live));
    assert_eq!(
        live.unwrap()["metadata"]["annotations"][LAST_APPLIED],
        plus(8)
    );
}

#[test]
fn data_that_is_no_map_is_hidden_whole() {
    for field in ["data", "stringData"] {
        let (target, _) = hide(&object(&json!({field: ["hunter2"]})), &object(&json!({})));
        assert!(!target.to_string().contains("hunter2"), "{target}");
    }
}

#[test]
fn other_kinds_are_not_touched() {
    let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}});
    assert_eq!(hide(&config, &config).0, config);
    let other = json!({"apiVersion": "example.org/v1", "kind": "Secret", "data": {"a": "b"}});
    assert_eq!(hide(&other, &other).0, other);
}
