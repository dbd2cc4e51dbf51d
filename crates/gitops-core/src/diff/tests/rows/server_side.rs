//! What a server's dry run answered.

use super::*;

fn service(metadata: &Value, spec: &Value) -> Value {
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
        "spec": {"ports": [{"port": 80, "protocol": "TCP"}], "sessionAffinity": "None"},
    });
    for (key, value) in metadata.as_object().unwrap() {
        service["metadata"][key] = value.clone();
    }
    for (key, value) in spec.as_object().unwrap() {
        service["spec"][key] = value.clone();
    }
    service
}

/// The object as the dry run answers it, with the fields our manager owns.
fn answered(mut object: Value, ours: &Value) -> Value {
    object["metadata"]["managedFields"] = json!([{
        "manager": "argocd-controller", "operation": "Apply", "apiVersion": object["apiVersion"],
        "fieldsType": "FieldsV1", "fieldsV1": ours,
    }]);
    object
}

fn judge(target: &Value, live: &Value, answer: &Value, settings: &Settings) -> Diff {
    let answer = object(answer);
    with_answer(&object(target), &object(live), &answer, settings).unwrap()
}

fn ours() -> Value {
    json!({"f:spec": {
        "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:protocol": {}}},
        "f:sessionAffinity": {},
    }})
}

#[test]
fn row_40_a_label_of_a_webhook() {
    let plain = service(&json!({}), &json!({}));
    let labelled = service(&json!({"labels": {"event": "x"}}), &json!({}));
    let answer = answered(labelled, &ours());
    let hidden = judge(&plain, &plain, &answer, &without_rules());
    assert!(!hidden.is_modified(), "{hidden:?}");
    let shown = judge(
        &plain,
        &plain,
        &answer,
        &without_rules().show_webhook_changes(true),
    );
    assert_eq!(shown.predicted.unwrap()["metadata"]["labels"]["event"], "x");
}

#[test]
fn row_41_another_resource_version() {
    let version = |version: &str| service(&json!({"resourceVersion": version}), &json!({}));
    let answer = answered(version("2"), &ours());
    let diff = judge(&version("1"), &version("1"), &answer, &without_rules());
    assert!(!diff.is_modified(), "{diff:?}");
    for side in [diff.live.unwrap(), diff.predicted.unwrap()] {
        assert_eq!(side["metadata"].get("resourceVersion"), None);
    }
}

#[test]
fn row_42_a_key_that_was_applied_and_is_no_longer_wanted() {
    let config = |keys: &[&str]| {
        let data: Value = keys
            .iter()
            .map(|key| ((*key).to_owned(), json!("1")))
            .collect();
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})
    };
    let ours = json!({"f:data": {"f:key1": {}, "f:key2": {}}});
    let answer = answered(config(&["key1", "key2"]), &ours);
    let live = config(&["key1", "key2", "key3"]);
    let diff = judge(&config(&["key1", "key2"]), &live, &answer, &without_rules());
    assert!(diff.is_modified());
    assert_eq!(
        diff.predicted.unwrap()["data"].as_object().unwrap().len(),
        2
    );
    assert_eq!(diff.live.unwrap()["data"].as_object().unwrap().len(), 3);
}

#[test]
fn row_43_a_label_that_is_no_longer_wanted() {
    let without = service(&json!({}), &json!({}));
    let live = service(&json!({"labels": {"gone": "x"}}), &json!({}));
    let answer = answered(without.clone(), &ours());
    let diff = judge(&without, &live, &answer, &without_rules());
    assert_eq!(diff.predicted.unwrap()["metadata"].get("labels"), None);
    assert_eq!(diff.live.unwrap()["metadata"]["labels"]["gone"], "x");
}

#[test]
fn row_44_a_port_whose_protocol_the_server_sets() {
    let target = service(
        &json!({}),
        &json!({"ports": [{"port": 80, "protocol": "TCP"}, {"port": 8080}]}),
    );
    let filled = json!([{"port": 80, "protocol": "TCP"}, {"port": 8080, "protocol": "TCP"}]);
    let mut fields = ours();
    fields["f:spec"]["f:ports"]["k:{\"port\":8080,\"protocol\":\"TCP\"}"] =
        json!({".": {}, "f:port": {}});
    let answer = answered(service(&json!({}), &json!({"ports": filled})), &fields);
    let live = service(&json!({}), &json!({}));
    let diff = judge(&target, &live, &answer, &without_rules());
    assert_eq!(diff.predicted.unwrap()["spec"]["ports"], filled);
}

#[test]
fn row_45_a_custom_resource_that_keeps_unknown_fields() {
    let custom = |spec: &Value| json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec});
    let target = custom(&json!({"configuration": {"value": "new"}}));
    let live = custom(&json!({"configuration": {"value": "old"}}));
    let mutated = json!({"configuration": {"value": "new"}, "unrelated": "webhook"});
    let ours = json!({"f:spec": {"f:configuration": {"f:value": {}}}});
    let diff = judge(
        &target,
        &live,
        &answered(custom(&mutated), &ours),
        &without_rules(),
    );
    assert!(diff.is_modified());
    let spec = &diff.predicted.unwrap()["spec"];
    assert_eq!(*spec, json!({"configuration": {"value": "new"}}));
}

#[test]
fn row_46_what_was_applied_last_is_not_shown() {
    let plain = service(&json!({}), &json!({}));
    let live = applied(&plain, &plain);
    let answer = answered(applied(&plain, &json!({})), &ours());
    let diff = judge(&plain, &live, &answer, &without_rules());
    assert!(!diff.is_modified(), "{diff:?}");
    for side in [diff.live.unwrap(), diff.predicted.unwrap()] {
        assert_eq!(side["metadata"].get("annotations"), None);
    }
}

#[test]
fn row_47_an_ignored_field_beside_another_difference() {
    let wanted = json!({"sessionAffinity": "ClientIP", "type": "NodePort"});
    let target = service(&json!({}), &wanted);
    let mut fields = ours();
    fields["f:spec"]["f:type"] = json!({});
    let settings = Settings::default().ignore(rules(&["/spec/sessionAffinity"], &[], &[]));
    let live = service(&json!({}), &json!({"type": "ClusterIP"}));
    let diff = judge(
        &target,
        &live,
        &answered(target.clone(), &fields),
        &settings,
    );
    let paths: Vec<_> = diff.changes.iter().map(|change| &change.path).collect();
    assert_eq!(paths, [".spec.type"]);
    for side in [diff.live.unwrap(), diff.predicted.unwrap()] {
        assert_eq!(side["spec"].get("sessionAffinity"), None);
    }
}
