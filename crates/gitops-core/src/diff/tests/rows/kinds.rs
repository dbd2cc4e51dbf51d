//! Secrets, roles, endpoints and the server's form of values.

use super::*;

fn secret(rest: &Value) -> Value {
    let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
    for (key, value) in rest.as_object().unwrap() {
        secret[key] = value.clone();
    }
    secret
}

#[test]
fn row_17_texts_beside_encoded_data() {
    check(
        &secret(&json!({"stringData": {"foo": "bar"}, "data": {"baz": "cXV4"}})),
        &secret(&json!({"data": {"foo": "YmFy", "baz": "cXV4"}, "type": "Opaque"})),
        false,
    );
}

#[test]
fn row_18_a_text_that_is_a_number() {
    let number = secret(&json!({"stringData": {"foo": 5}}));
    let new = diff(Some(&object(&number)), None, &without_rules());
    assert!(new.is_modified());
    assert_eq!(new.predicted.unwrap()["data"]["foo"], 5);
}

#[test]
fn row_19_empty_and_null_data() {
    let data = |value: &Value| secret(&json!({"data": {"a": value}}));
    check(&data(&json!("")), &data(&Value::Null), false);
}

#[test]
fn row_20_two_masks() {
    let data = |value: &str| secret(&json!({"data": {"a": value}}));
    check(&data("++++++++"), &data("++++++++++++"), true);
}

fn cluster_role(rest: &Value) -> Value {
    let mut role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "a"},
    });
    for (key, value) in rest.as_object().unwrap() {
        role[key] = value.clone();
    }
    role
}

#[test]
fn row_21_an_empty_list_of_rules() {
    let rules = |rules: &Value| cluster_role(&json!({"rules": rules}));
    check(&rules(&json!([])), &rules(&Value::Null), false);
}

#[test]
fn row_22_an_aggregated_role() {
    let rules = json!([{"verbs": ["get"], "resources": ["pods"], "apiGroups": [""]}]);
    let rule = json!({"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]});
    let filled = cluster_role(&json!({"aggregationRule": rule, "rules": rules}));
    let live = applied(&filled, &filled);
    let target = cluster_role(&json!({"aggregationRule": rule}));
    let ignoring = without_rules().ignore_aggregated_roles(true);
    assert!(!compare(&target, &live, &ignoring).is_modified());
    assert!(compare(&target, &live, &without_rules()).is_modified());
}

#[test]
fn row_23_endpoints_have_no_order() {
    let endpoints = |subsets: &Value| json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "a"}, "subsets": subsets});
    check(
        &endpoints(&json!([
            {"addresses": [{"ip": "10.0.0.2"}, {"ip": "10.0.0.1"}], "ports": [{"port": 80}]},
            {"addresses": [{"ip": "10.0.0.3"}], "ports": [{"port": 81}]},
        ])),
        &endpoints(&json!([
            {"addresses": [{"ip": "10.0.0.3"}], "ports": [{"port": 81, "protocol": "TCP"}]},
            {"addresses": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}], "ports": [{"port": 80, "protocol": "TCP"}]},
        ])),
        false,
    );
}

#[test]
fn row_24_a_list_without_elements() {
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "imagePullSecrets": [],
    });
    let mut live = account.clone();
    live.as_object_mut().unwrap().remove("imagePullSecrets");
    let target = object(&account);
    assert!(!check(&account, &live, false).is_modified());
    let shown = normalized(&target, &target, &without_rules());
    assert_eq!(shown.get("imagePullSecrets"), None);
    assert_eq!(shown["metadata"].get("creationTimestamp"), None);
}

#[test]
fn row_25_times_of_creation_inside_templates() {
    let set = |metadata: &Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"},
            "spec": {"template": {"metadata": metadata}, "volumeClaimTemplates": [{"metadata": metadata}]},
        })
    };
    let timed = json!({"creationTimestamp": null, "name": "a"});
    check(&set(&timed), &set(&json!({"name": "a"})), false);
}

#[test]
fn row_26_amounts() {
    let pod = |cpu: &Value| {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": cpu}}}]},
        })
    };
    check(&pod(&json!(0.2)), &pod(&json!("200m")), false);
    check(&pod(&json!("0.2")), &pod(&json!("200m")), false);
    check(&pod(&json!("invalid")), &pod(&json!("invalid")), false);
    check(&pod(&json!("invalid")), &pod(&json!("200m")), true);
}

#[test]
fn a_claims_template_differs_only_where_git_says_otherwise() {
    let set = |claim: &Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"},
            "spec": {"template": {}, "volumeClaimTemplates": [claim]},
        })
    };
    let claim = |size: &str| {
        json!({
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
        })
    };
    let mut live = claim("1Gi");
    live["apiVersion"] = "v1".into();
    live["kind"] = "PersistentVolumeClaim".into();
    live["status"] = json!({"phase": "Pending"});
    live["spec"]["volumeMode"] = "Filesystem".into();
    check(&set(&claim("1024Mi")), &set(&live), false);
    let diff = check(&set(&claim("2Gi")), &set(&live), true);
    assert_eq!(diff.changes.len(), 1);
    assert_eq!(
        diff.changes[0].path,
        ".spec.volumeClaimTemplates[0].spec.resources.requests.storage"
    );
}
