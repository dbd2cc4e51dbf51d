//! Against what a real API server, version 1.35, made of the same objects.
//!
//! `kinds.recorded.jsonl` holds its answers to creating the objects of
//! `kinds.yaml`, without what differs from run to run.

use gitops_core::apply::{Applier, ApplyOptions, Strategy};
use gitops_core::{Object, yaml};
use serde_json::Value;

use crate::memory::Cluster;

const KINDS: &str = include_str!("../../../testdata/memory/kinds.yaml");
const RECORDED: &str = include_str!("../../../testdata/memory/kinds.recorded.jsonl");
const NAMESPACE: &str = "calibrated";

#[tokio::test]
async fn created_objects_are_as_a_real_server_makes_them() {
    let cluster = Cluster::new();
    cluster.create_namespace(NAMESPACE);
    let mut failures = Vec::new();
    let objects = yaml::objects(KINDS, &yaml::Options::default());
    let recorded: Vec<&str> = RECORDED.lines().collect();
    assert_eq!(objects.len(), recorded.len());
    for (object, recorded) in objects.into_iter().zip(recorded) {
        let object = placed(object.unwrap());
        let recorded: Value = serde_json::from_str(recorded).unwrap();
        let options = ApplyOptions::default()
            .strategy(Strategy::Create)
            .manager("test");
        match cluster.apply(&object, &options.dry_run(true)).await {
            Ok(applied) => {
                let made = scrubbed(&applied.object);
                for difference in differences("", &recorded, &made) {
                    failures.push(format!("{object}: {difference}"));
                }
            }
            Err(error) => failures.push(format!("{object}: {error}")),
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn placed(mut object: Object) -> Object {
    object.set_namespace(Some(NAMESPACE));
    object
}

/// Without what differs from run to run.
fn scrubbed(object: &Object) -> Value {
    let uid = object.uid().unwrap();
    let mut value = object.value().clone();
    value["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("resourceVersion");
    if object.kind() == "Service" {
        let spec = &mut value["spec"];
        if spec.get("clusterIP").is_some_and(|it| it != "None") {
            spec["clusterIP"] = "ADDRESS".into();
            spec["clusterIPs"] = serde_json::json!(["ADDRESS"]);
        }
        for port in spec["ports"].as_array_mut().into_iter().flatten() {
            if let Some(number) = port.get_mut("nodePort") {
                *number = "PORT".into();
            }
        }
    }
    let text = value
        .to_string()
        .replace(uid, "UID")
        .replace("2026-01-01T00:00:00Z", "TIME");
    serde_json::from_str(&text).unwrap()
}

fn differences(path: &str, left: &Value, right: &Value) -> Vec<String> {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            let mut names: Vec<_> = a.keys().chain(b.keys()).collect();
            names.sort();
            names.dedup();
            let null = &Value::Null;
            let side = |map: &serde_json::Map<String, Value>, name: &String| {
                map.get(name).unwrap_or(null).clone()
            };
            names
                .into_iter()
                .flat_map(|name| {
                    differences(&format!("{path}.{name}"), &side(a, name), &side(b, name))
                })
                .collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs
                .flat_map(|(i, (a, b))| differences(&format!("{path}[{i}]"), a, b))
                .collect()
        }
        _ if left == right => Vec::new(),
        _ => vec![format!("{path}: recorded {left}, here {right}")],
    }
}
