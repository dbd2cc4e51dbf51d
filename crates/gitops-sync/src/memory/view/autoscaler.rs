//! The HorizontalPodAutoscaler, the one built-in kind whose versions differ.

use serde_json::{Value, json};

const SHORT: &str = "targetCPUUtilizationPercentage";

/// Brings an autoscaler into the version; other kinds stay as they are.
pub(super) fn convert(object: &mut Value, version: &str) {
    if object["kind"] != "HorizontalPodAutoscaler" {
        return;
    }
    match (object["apiVersion"].as_str(), version) {
        (Some("autoscaling/v1"), "autoscaling/v2") => lengthen(&mut object["spec"]),
        (Some("autoscaling/v2"), "autoscaling/v1") => shorten(&mut object["spec"]),
        _ => {}
    }
}

fn lengthen(spec: &mut Value) {
    let percentage = spec.as_object_mut().and_then(|spec| spec.remove(SHORT));
    if let Some(percentage) = percentage.filter(|it| !it.is_null()) {
        let target = json!({"type": "Utilization", "averageUtilization": percentage});
        let metric = json!({"type": "Resource", "resource": {"name": "cpu", "target": target}});
        spec["metrics"] = json!([metric]);
    }
}

/// What the short form cannot say stays away, as nobody can write it back.
fn shorten(spec: &mut Value) {
    let Some(spec) = spec.as_object_mut() else {
        return;
    };
    spec.remove("behavior");
    let metrics = spec.remove("metrics").unwrap_or_default();
    let cpu = metrics.as_array().into_iter().flatten();
    let cpu = cpu
        .map(|metric| &metric["resource"])
        .find(|it| it["name"] == "cpu");
    let percentage = cpu.map(|cpu| &cpu["target"]["averageUtilization"]);
    if let Some(percentage) = percentage.filter(|it| !it.is_null()) {
        spec.insert(SHORT.into(), percentage.clone());
    }
}
