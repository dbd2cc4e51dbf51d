//! Rules that leave something out.

use super::*;

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
    assert_eq!(diff.ignored[0].rule, 0);
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
fn row_50_a_rule_for_all_kinds() {
    let (installation, _) = Installation::read(&BTreeMap::from([(
        "resource.customizations.ignoreDifferences.all".to_owned(),
        "jsonPointers: [/spec/replicas, /data/a]".to_owned(),
    )]))
    .unwrap();
    let settings = installation.diff(&[]).unwrap();
    let replicas = |count: u32| deployment(&json!({"replicas": count}));
    assert!(!compare(&replicas(1), &replicas(2), &settings).is_modified());
    let data = |value: &str| {
        let mut config = config_map(&json!({}));
        config["data"] = json!({"a": value});
        config
    };
    assert!(!compare(&data("1"), &data("2"), &settings).is_modified());
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

fn warned(expression: &str) -> String {
    let replicas = |count: u32| deployment(&json!({"replicas": count}));
    let settings = Settings::default().ignore(rules(&[], &[expression], &[]));
    let diff = compare(&replicas(1), &replicas(2), &settings);
    assert!(diff.is_modified());
    let [warning] = diff.warnings.as_slice() else {
        panic!("{:?}", diff.warnings);
    };
    warning.clone()
}

#[test]
fn row_53_an_expression_that_finds_nothing_to_iterate() {
    let warning = warned(".spec.fakeField.foo[]");
    assert!(warning.contains("failed"), "{warning}");
}

#[test]
fn row_54_an_expression_without_end() {
    let warning = warned("last(repeat(.spec))");
    assert!(warning.contains("too many steps"), "{warning}");
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

#[test]
fn row_56_a_trusted_managers_replicas() {
    let mut live = deployment(&json!({"replicas": 3}));
    let fields = json!({"f:spec": {"f:replicas": {}}});
    live["metadata"]["managedFields"] = managed("kube-controller-manager", &fields);
    let target = deployment(&json!({"replicas": 2}));
    let trusting = |manager| Settings::default().ignore(rules(&[], &[], &[manager]));
    let diff = compare(&target, &live, &trusting("kube-controller-manager"));
    assert!(!diff.is_modified());
    assert_eq!(diff.ignored[0].rule, 0);
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
fn row_58_a_target_that_breaks_its_schema_is_compared_all_the_same() {
    let mut live = deployment(&json!({"replicas": 3}));
    let fields = json!({"f:spec": {"f:replicas": {}}});
    live["metadata"]["managedFields"] = managed("injector", &fields);
    let target = deployment(&json!({"replicas": "two", "nonsense": {"a": 1}}));
    let settings = Settings::default().ignore(rules(&[], &[], &["injector"]));
    let diff = compare(&target, &live, &settings);
    assert!(diff.is_modified() && diff.warnings.is_empty(), "{diff:?}");
}
