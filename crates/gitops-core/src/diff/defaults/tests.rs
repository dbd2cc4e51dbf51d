use super::*;

#[expect(clippy::needless_pass_by_value, reason = "reads better at the calls")]
#[track_caller]
fn check(api_version: &str, kind: &str, mut object: Value, expected: Value) {
    let kind = GroupVersionKind::from_api_version(api_version, kind);
    built_in(&kind, &mut object);
    assert_eq!(object, expected);
}

#[test]
fn a_bare_service_gets_type_and_policies() {
    check(
        "v1",
        "Service",
        json!({"spec": {"ports": [{"port": 80}]}}),
        json!({"spec": {
            "type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        }}),
    );
}

#[test]
fn images_without_a_tag_are_always_pulled() {
    for (image, policy) in [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("registry:5000/team/nginx", "Always"),
        ("registry:5000/team/nginx:1", "IfNotPresent"),
        ("nginx@sha256:abc", "IfNotPresent"),
        ("nginx:latest@sha256:abc", "Always"),
        ("", "IfNotPresent"),
        ("Nginx", "IfNotPresent"),
    ] {
        assert_eq!(pod::pull_policy(image), policy, "{image}");
    }
}

#[test]
fn objects_of_the_wrong_shape_stay_as_they_are() {
    for kind in crate::schema::builtin().kinds() {
        let mut object =
            json!({"spec": "text", "metadata": [], "webhooks": {"a": 1}, "subjects": 3});
        built_in(kind, &mut object);
        assert_eq!(object["spec"], "text", "{kind}");
    }
}
