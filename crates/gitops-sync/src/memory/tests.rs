//! What the cluster in memory does, seen through its [`Applier`].

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
