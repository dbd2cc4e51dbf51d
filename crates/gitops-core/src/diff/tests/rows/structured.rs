//! The merge of a server-side apply, computed here.

use super::*;

fn ports(numbers: &[(u32, &str)]) -> Value {
    let port = |(number, protocol): &(u32, &str)| json!({"name": format!("p{number}{}", protocol.to_lowercase()), "port": number, "protocol": protocol});
    numbers.iter().map(port).collect()
}

fn service(spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec})
}

/// The live object after our manager applied `spec` to it.
fn service_applied(spec: &Value) -> Value {
    let mut live = service(spec);
    let fields = crate::fieldset::all(schema_of_services(), &json!({"spec": spec}));
    live["metadata"]["managedFields"] = json!([{
        "manager": "argocd-controller", "operation": "Apply", "apiVersion": "v1",
        "fieldsType": "FieldsV1", "fieldsV1": fields.to_value(),
    }]);
    live
}

fn schema_of_services() -> Option<crate::schema::Schema<'static>> {
    crate::schema::builtin().kind(&crate::GroupVersionKind::new("", "v1", "Service"))
}

fn predicted(target: &Value, live: &Value) -> Document {
    let diff = compare(target, live, &without_rules().choice(structured()));
    assert!(diff.is_modified() && diff.warnings.is_empty(), "{diff:?}");
    diff.predicted.unwrap()
}

#[test]
fn row_35_a_port_that_was_applied_and_is_no_longer_wanted() {
    let live = service_applied(&json!({"ports": ports(&[(80, "TCP"), (81, "TCP"), (82, "TCP")])}));
    let target = service(&json!({"ports": ports(&[(80, "TCP"), (82, "TCP")])}));
    assert_eq!(
        predicted(&target, &live)["spec"]["ports"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn row_36_a_field_that_was_applied_falls_back_to_its_default() {
    let ports = ports(&[(80, "TCP")]);
    let live = service_applied(&json!({"type": "NodePort", "ports": ports}));
    let target = service(&json!({"ports": ports}));
    assert_eq!(predicted(&target, &live)["spec"]["type"], "ClusterIP");
}

#[test]
fn row_37_one_port_number_with_two_protocols() {
    let live = service_applied(&json!({"ports": ports(&[(80, "TCP")])}));
    let all = [
        (80, "TCP"),
        (1935, "TCP"),
        (1935, "UDP"),
        (443, "TCP"),
        (443, "UDP"),
    ];
    let predicted = predicted(&service(&json!({"ports": ports(&all)})), &live);
    assert_eq!(predicted["spec"]["ports"].as_array().unwrap().len(), 5);
}

#[test]
fn row_38_what_the_server_filled_in() {
    let container =
        json!({"name": "a", "image": "example.org/a:1", "ports": [{"containerPort": 80}]});
    let target = deployment(&json!({
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container]}},
    }));
    let live = normalized(&object(&target), &object(&target), &without_rules());
    let diff = compare(&target, &live, &without_rules().choice(structured()));
    assert!(!diff.is_modified(), "{diff:?}");
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
