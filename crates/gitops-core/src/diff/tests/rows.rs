//! The rows of the reference's table of edge cases.

use serde_json::json;

use super::*;

const APPLIED: &str = crate::patch::LAST_APPLIED;

fn deployment(spec: &Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"}, "spec": spec,
    })
}

fn config_map(metadata: &Value) -> Value {
    let mut config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    for (key, value) in metadata.as_object().unwrap() {
        config["metadata"][key] = value.clone();
    }
    config
}

/// The live object with what was applied last.
fn applied(live: &Value, last: &Value) -> Value {
    let mut live = live.clone();
    live["metadata"]["annotations"][APPLIED] = last.to_string().into();
    live
}

fn compare(target: &Value, live: &Value, settings: &Settings) -> Diff {
    diff(Some(&object(target)), Some(&object(live)), settings)
}

#[track_caller]
fn check(target: &Value, live: &Value, modified: bool) -> Diff {
    let diff = compare(target, live, &without_rules());
    assert_eq!(diff.is_modified(), modified, "{:?}", diff.changes);
    diff
}

#[test]
fn rows_1_to_4_two_way() {
    let spec =
        json!({"replicas": 2, "template": {"spec": {"containers": [{"name": "a", "image": "b"}]}}});
    let two = deployment(&spec);
    check(&two, &two, false);
    let mut counted = two.clone();
    counted["status"] = json!({"replicas": 1});
    check(&two, &counted, false);
    let mut ten = two.clone();
    ten["spec"]["replicas"] = 10.into();
    check(&two, &ten, true);
    check(&two, &deployment(&Value::Null), true);
}

#[test]
fn rows_5_and_6_values_of_the_wrong_type_compare_as_they_stand() {
    let limit = |value: &str| deployment(&json!({"revisionHistoryLimit": value}));
    check(&limit("badValue"), &limit("badValue"), false);
    check(&limit("badValue"), &limit("3"), true);
}

#[test]
fn rows_7_and_8_one_side_is_absent() {
    let config = object(&config_map(&json!({})));
    let extra = diff(None, Some(&config), &without_rules());
    assert!(!extra.is_modified() && extra.predicted.is_none());
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
fn rows_10_and_11_a_removed_annotation_shows_when_it_was_applied() {
    let with = config_map(&json!({"annotations": {"foo": "bar", "kept": "1"}}));
    let without = config_map(&json!({"annotations": {"kept": "1"}}));
    let diff = check(&without, &applied(&with, &with), true);
    assert_eq!(diff.changes[0].path, ".metadata.annotations.foo");
    assert_eq!(diff.changes[0].reason, Reason::RemovedFromGit);
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

#[test]
fn rows_15_and_16_custom_resources() {
    let custom = |metadata: &Value| json!({"apiVersion": "example.org/v1", "kind": "Thing", "metadata": metadata, "spec": {"a": 1}});
    check(
        &custom(&json!({"name": "a", "namespace": "b"})),
        &custom(&json!({"name": "a"})),
        false,
    );
    check(
        &custom(&json!({"name": "a", "creationTimestamp": null})),
        &custom(&json!({"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"})),
        false,
    );
}

fn secret(rest: &Value) -> Value {
    let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}});
    for (key, value) in rest.as_object().unwrap() {
        secret[key] = value.clone();
    }
    secret
}

#[test]
fn rows_17_to_20_secrets() {
    check(
        &secret(&json!({"stringData": {"foo": "bar"}, "data": {"baz": "cXV4"}})),
        &secret(&json!({"data": {"foo": "YmFy", "baz": "cXV4"}, "type": "Opaque"})),
        false,
    );
    let number = secret(&json!({"stringData": {"foo": 5}}));
    let new = diff(Some(&object(&number)), None, &without_rules());
    assert!(new.is_modified());
    assert_eq!(new.predicted.unwrap()["data"]["foo"], 5);
    check(
        &secret(&json!({"data": {"a": ""}})),
        &secret(&json!({"data": {"a": null}})),
        false,
    );
    check(
        &secret(&json!({"data": {"a": "++++++++"}})),
        &secret(&json!({"data": {"a": "++++++++++++"}})),
        true,
    );
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
fn rows_21_and_22_cluster_roles() {
    check(
        &cluster_role(&json!({"rules": []})),
        &cluster_role(&json!({"rules": null})),
        false,
    );
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
fn rows_24_to_26_the_servers_form() {
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}, "imagePullSecrets": [],
    });
    let mut live = account.clone();
    live.as_object_mut().unwrap().remove("imagePullSecrets");
    check(&account, &live, false);
    let set = |time: bool| {
        let metadata = if time {
            json!({"creationTimestamp": null, "name": "a"})
        } else {
            json!({"name": "a"})
        };
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"},
            "spec": {"template": {"metadata": metadata}, "volumeClaimTemplates": [{"metadata": metadata}]},
        })
    };
    check(&set(true), &set(false), false);
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
fn row_48_an_ignored_field_is_no_difference() {
    let service = |affinity: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
            "spec": {"sessionAffinity": affinity, "ports": [{"port": 80}]},
        })
    };
    let settings = Settings::default().ignore(rules(&["/spec/sessionAffinity"], &[], &[]));
    let diff = compare(&service("None"), &service("ClientIP"), &settings);
    assert!(!diff.is_modified());
    assert_eq!(diff.hidden_by, [0]);
}

#[test]
fn row_49_a_pointer_to_nothing_changes_nothing() {
    let replicas = |count: u32| deployment(&json!({"replicas": count}));
    let pointers = [
        "/spec/missing/x",
        "/spec/template/spec/containers/7/image",
        "/spec/replicas",
    ];
    let settings = Settings::default().ignore(rules(&pointers, &[], &[]));
    assert!(!compare(&replicas(1), &replicas(2), &settings).is_modified());
}

#[test]
fn row_51_an_expression_takes_one_element() {
    let pod = |image: &str, other: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"initContainers": [{"name": "a", "image": image}, {"name": "b", "image": other}]},
        })
    };
    let expression = ".spec.initContainers[] | select(.name == \"a\")";
    let settings = Settings::default().ignore(rules(&[], &[expression], &[]));
    assert!(!compare(&pod("1", "x"), &pod("2", "x"), &settings).is_modified());
    assert!(compare(&pod("1", "x"), &pod("2", "y"), &settings).is_modified());
}

#[test]
fn row_52_an_expression_that_does_not_compile_is_refused() {
    let rule = ResourceIgnoreDifferences {
        kind: "ConfigMap".into(),
        jq_path_expressions: vec![".spec[".into()],
        ..ResourceIgnoreDifferences::default()
    };
    let error = Rules::compile([rule]).unwrap_err().to_string();
    assert_eq!(
        error,
        "ignore rule for /ConfigMap: jq expression \".spec[\" does not parse"
    );
}

#[test]
fn rows_53_and_54_an_expression_that_fails_is_a_warning() {
    let replicas = |count: u32| deployment(&json!({"replicas": count}));
    for expression in [".spec.fakeField.foo[]", "last(repeat(.spec))"] {
        let settings = Settings::default().ignore(rules(&[], &[expression], &[]));
        let diff = compare(&replicas(1), &replicas(2), &settings);
        assert!(diff.is_modified());
        assert_eq!(diff.warnings.len(), 1, "{:?}", diff.warnings);
    }
}

#[test]
fn row_55_a_rule_for_another_object_does_not_apply() {
    let replicas = |count: u32| deployment(&json!({"replicas": count}));
    let rule = |group: &str, kind: &str, name: &str, namespace: &str| ResourceIgnoreDifferences {
        group: group.into(),
        kind: kind.into(),
        name: name.into(),
        namespace: namespace.into(),
        json_pointers: vec!["/spec/replicas".into()],
        ..ResourceIgnoreDifferences::default()
    };
    for (rule, applies) in [
        (rule("apps", "Deployment", "web", "default"), true),
        (rule("*", "Deploy*", "", ""), true),
        (rule("apps", "Deployment", "other", ""), false),
        (rule("apps", "Deployment", "", "other"), false),
        (rule("apps", "StatefulSet", "", ""), false),
        (rule("", "Deployment", "", ""), false),
    ] {
        let settings = Settings::default().ignore(Rules::only([rule.clone()]).unwrap());
        let modified = compare(&replicas(1), &replicas(2), &settings).is_modified();
        assert_eq!(modified, !applies, "{rule:?}");
    }
}

fn managed(manager: &str, fields: &Value) -> Value {
    json!([{
        "manager": manager, "operation": "Update", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": fields,
    }])
}

#[test]
fn row_56_a_trusted_managers_replicas() {
    let mut live = deployment(&json!({"replicas": 3}));
    let fields = json!({"f:spec": {"f:replicas": {}}});
    live["metadata"]["managedFields"] = managed("kube-controller-manager", &fields);
    let target = deployment(&json!({"replicas": 2}));
    let trusting = |manager| Settings::default().ignore(rules(&[], &[], &[manager]));
    let diff = compare(&target, &live, &trusting("kube-controller-manager"));
    assert!(!diff.is_modified());
    assert_eq!(diff.hidden_by, [0]);
    assert!(compare(&target, &live, &trusting("another")).is_modified());
}

#[test]
fn row_57_a_trusted_managers_field_inside_a_list() {
    let webhooks = |bundle: &str| {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "a"},
            "webhooks": [{"name": "x.example.org", "clientConfig": {"caBundle": bundle}}],
        })
    };
    let mut live = webhooks("bGl2ZQ==");
    let fields = json!({"f:webhooks": {"k:{\"name\":\"x.example.org\"}": {"f:clientConfig": {"f:caBundle": {}}}}});
    live["metadata"]["managedFields"] = managed("injector", &fields);
    let settings = Settings::default().ignore(rules(&[], &[], &["injector"]));
    assert!(!compare(&webhooks("Z2l0"), &live, &settings).is_modified());
}

#[test]
fn row_58_malformed_managers_do_not_stop_a_comparison() {
    let mut live = deployment(&json!({"replicas": 3}));
    live["metadata"]["managedFields"] = json!([{"operation": "Nonsense"}]);
    let settings = Settings::default().ignore(rules(&[], &[], &["injector"]));
    let diff = compare(&deployment(&json!({"replicas": 2})), &live, &settings);
    assert!(diff.is_modified());
    assert_eq!(diff.warnings.len(), 1);
    let settings = settings.choice(structured());
    let diff = compare(&deployment(&json!({"replicas": 2})), &live, &settings);
    assert!(
        diff.is_modified() && diff.warnings.len() == 2,
        "{:?}",
        diff.warnings
    );
}

#[test]
fn row_39_managers_of_another_version_do_not_matter() {
    let scaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"},
        "spec": {"maxReplicas": 3, "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]},
    });
    let mut live = scaler.clone();
    let mut entry = managed(
        "old",
        &json!({"f:spec": {"f:targetCPUUtilizationPercentage": {}}}),
    );
    entry[0]["apiVersion"] = "autoscaling/v1".into();
    live["metadata"]["managedFields"] = entry;
    let diff = compare(&scaler, &live, &Settings::default().choice(structured()));
    assert!(!diff.is_modified() && diff.warnings.is_empty(), "{diff:?}");
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

#[test]
fn a_field_of_another_manager_is_told() {
    let service = |kind: &str| {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
            "spec": {"type": kind, "ports": [{"port": 80, "targetPort": kind.len()}]},
        })
    };
    let mut live = service("NodePort");
    let port = "k:{\"port\":80,\"protocol\":\"TCP\"}";
    let fields = json!({"f:spec": {"f:type": {}, "f:ports": {port: {"f:targetPort": {}}}}});
    live["metadata"]["managedFields"] = managed("somebody", &fields);
    let reasons = |diff: &Diff| -> Vec<String> {
        diff.changes
            .iter()
            .map(|change| format!("{change:?}"))
            .collect()
    };
    for settings in [without_rules(), without_rules().choice(structured())] {
        let told = reasons(&compare(&service("ClusterIP"), &live, &settings));
        assert!(
            told.contains(&".spec.type (owned by another manager)".to_owned()),
            "{told:?}"
        );
        assert!(
            told.contains(
                &".spec.ports[port=80,protocol=\"TCP\"].targetPort (owned by another manager)"
                    .to_owned()
            ),
            "{told:?}"
        );
    }
}
