//! Horizontal pod autoscalers.

use serde_json::{Map, Value, json};

use super::{has_entries, made, map, set, set_absent};

pub(super) fn autoscaler(version: &str, object: &mut Map<String, Value>) {
    let Some(spec) = made(object, "spec") else {
        return;
    };
    set(spec, "minReplicas", 1);
    if version == "v1" {
        return;
    }
    if !has_entries(spec, "metrics") {
        spec.insert("metrics".into(), cpu_metric(version));
    }
    let Some(behavior) = map(spec, "behavior") else {
        return;
    };
    if let Some(up) = made(behavior, "scaleUp") {
        set(up, "stabilizationWindowSeconds", 0);
        rules(
            up,
            json!([
                {"type": "Pods", "value": 4, "periodSeconds": 15},
                {"type": "Percent", "value": 100, "periodSeconds": 15},
            ]),
        );
    }
    if let Some(down) = made(behavior, "scaleDown") {
        rules(
            down,
            json!([{"type": "Percent", "value": 100, "periodSeconds": 15}]),
        );
    }
}

fn rules(direction: &mut Map<String, Value>, policies: Value) {
    set_absent(direction, "selectPolicy", "Max");
    if !has_entries(direction, "policies") {
        direction.insert("policies".into(), policies);
    }
}

fn cpu_metric(version: &str) -> Value {
    let resource = if version == "v2beta1" {
        json!({"name": "cpu", "targetAverageUtilization": 80})
    } else {
        json!({"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}})
    };
    json!([{"type": "Resource", "resource": resource}])
}
