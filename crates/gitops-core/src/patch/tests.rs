use serde_json::json;

use super::*;

#[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
fn pod(spec: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})
}

#[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
#[track_caller]
fn check(applied: Option<Value>, target: Value, live: Value, patch: Value, predicted: Value) {
    let applied = applied.map(pod);
    let outcome = three_way(applied.as_ref(), &pod(target), &pod(live)).unwrap();
    assert_eq!(outcome.patch, json!({"spec": patch}));
    assert_eq!(outcome.predicted, pod(predicted));
}

#[test]
fn lists_merge_by_key_and_keep_what_only_live_has() {
    check(
        None,
        json!({"containers": [{"name": "web", "image": "b"}]}),
        json!({"containers": [{"name": "sidecar"}, {"name": "web", "image": "a", "stdin": true}]}),
        json!({
            "containers": [{"name": "web", "image": "b"}],
            "$setElementOrder/containers": [{"name": "web"}],
        }),
        json!({"containers": [{"name": "sidecar"}, {"name": "web", "image": "b", "stdin": true}]}),
    );
}

#[test]
fn elements_that_left_the_manifest_are_deleted() {
    check(
        Some(json!({"containers": [{"name": "web"}, {"name": "old"}]})),
        json!({"containers": [{"name": "web"}]}),
        json!({"containers": [{"name": "web"}, {"name": "old"}, {"name": "theirs"}]}),
        json!({
            "containers": [{"name": "old", "$patch": "delete"}],
            "$setElementOrder/containers": [{"name": "web"}],
        }),
        json!({"containers": [{"name": "web"}, {"name": "theirs"}]}),
    );
}

#[test]
fn a_volume_loses_the_source_it_had_before() {
    check(
        None,
        json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
        json!({"volumes": [{"name": "v", "hostPath": {"path": "/a"}}]}),
        json!({
            "volumes": [{"name": "v", "emptyDir": {}, "$retainKeys": ["emptyDir", "name"]}],
            "$setElementOrder/volumes": [{"name": "v"}],
        }),
        json!({"volumes": [{"name": "v", "emptyDir": {}}]}),
    );
}

#[test]
fn a_repeated_key_makes_it_a_json_merge() {
    let service = |ports| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": ports}});
    let target = service(json!([
        {"port": 53, "protocol": "TCP", "targetPort": 1},
        {"port": 53, "protocol": "UDP"},
    ]));
    let live = service(json!([{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]));
    let outcome = three_way(None, &target, &live).unwrap();
    assert_eq!(outcome.kind, PatchKind::Merge);
    assert_eq!(outcome.predicted, target);
}

#[test]
fn a_custom_resource_gets_a_json_merge() {
    let object = |spec| json!({"apiVersion": "example.org/v1", "kind": "A", "metadata": {"name": "a"}, "spec": spec});
    let outcome = three_way(
        Some(&object(json!({"gone": 1}))),
        &object(json!({"list": [1, 2]})),
        &object(json!({"gone": 1, "list": [1], "theirs": true})),
    )
    .unwrap();
    assert_eq!(outcome.kind, PatchKind::Merge);
    assert_eq!(
        outcome.patch,
        json!({"spec": {"gone": null, "list": [1, 2]}})
    );
    assert_eq!(
        outcome.predicted,
        object(json!({"list": [1, 2], "theirs": true}))
    );
}

#[test]
fn finalizers_merge_as_a_set() {
    let object = |finalizers: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "finalizers": finalizers}});
    let outcome = three_way(
        Some(&object(json!(["a/old", "a/b"]))),
        &object(json!(["a/b", "a/new"])),
        &object(json!(["x/theirs", "a/old", "a/b"])),
    )
    .unwrap();
    assert_eq!(
        outcome.patch,
        json!({"metadata": {
            "finalizers": ["a/new"],
            "$deleteFromPrimitiveList/finalizers": ["a/old"],
            "$setElementOrder/finalizers": ["a/b", "a/new"],
        }})
    );
    assert_eq!(
        outcome.predicted["metadata"]["finalizers"],
        json!(["x/theirs", "a/b", "a/new"])
    );
}

#[test]
fn nothing_to_do_gives_no_patch() {
    let target = pod(json!({"containers": [{"name": "a"}]}));
    let live = pod(json!({"containers": [{"name": "a", "image": "x"}], "nodeName": "n"}));
    assert!(three_way(Some(&target), &target, &live).is_none());
}

#[test]
fn the_last_applied_annotation_does_not_hold_itself() {
    let mut object = Object::new(pod(json!({}))).unwrap();
    set_last_applied(&mut object);
    set_last_applied(&mut object);
    assert_eq!(last_applied(&object), Some(pod(json!({}))));
}
