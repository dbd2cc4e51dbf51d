//! What the cluster in memory does, seen through its [`Applier`].

mod controllers;
mod hostile;
mod laws;
mod merge;
mod recorded;
mod watching;

use gitops_core::apply::{Applier, ApplyOptions, Outcome};
use gitops_core::{Object, ObjectRef};
use serde_json::{Value, json};

use super::Cluster;

fn object(value: Value) -> Object {
    Object::new(value).unwrap()
}

fn deployment(image: &str, replicas: i64) -> Object {
    object(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    }))
}

async fn live(cluster: &Cluster, reference: &ObjectRef) -> Value {
    cluster.get(reference).await.unwrap().unwrap().into_value()
}

#[tokio::test]
async fn a_deployment_becomes_available() {
    let cluster = Cluster::new();
    let web = deployment("web:1", 3);
    let applied = cluster.apply(&web, &ApplyOptions::default()).await.unwrap();
    assert_eq!(applied.outcome, Outcome::Created);
    cluster.settle();
    let status = live(&cluster, &web.reference()).await["status"].clone();
    assert_eq!(status["availableReplicas"], 3, "{status:#}");
    let applied = cluster.apply(&web, &ApplyOptions::default()).await.unwrap();
    assert_eq!(applied.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_definition_is_served_once_it_is_established() {
    let cluster = Cluster::new();
    let definition = object(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {"spec": {
                        "type": "object",
                        "properties": {"size": {"type": "integer"}},
                    }},
                }},
            }],
        },
    }));
    let options = ApplyOptions::default();
    cluster.apply(&definition, &options).await.unwrap();
    cluster.settle();
    let widget = object(json!({
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "one", "namespace": "default"},
        "spec": {"size": 3, "colour": "red"},
    }));
    let applied = cluster.apply(&widget, &options).await.unwrap();
    assert_eq!(applied.warnings, ["unknown field \"spec.colour\""]);
    assert_eq!(applied.object.value()["spec"], json!({"size": 3}));
}
