use std::sync::Arc;

use gitops_core::api::Application;
use gitops_core::decide::{self, DeletionFacts, DeletionHook, DeletionStep};
use gitops_core::{GroupVersionKind, Health, HealthStatus, hook, wave};
use serde_json::json;

use super::*;
use crate::memory::Cluster;

const RESOURCES: &str = "resources-finalizer.argocd.argoproj.io";
const PRE_DELETE: &str = "pre-delete-finalizer.argocd.argoproj.io";

fn config(name: &str, annotations: &serde_json::Value) -> Object {
    Object::new(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default", "annotations": annotations},
    }))
    .unwrap()
}

async fn live(cluster: &Cluster) -> Vec<Arc<Object>> {
    let kind = GroupVersionKind::new("", "v1", "ConfigMap");
    let list = cluster.list(&kind, Some("default")).await.unwrap();
    let ours = list
        .objects
        .into_iter()
        .filter(|object| object.name() != "kube-root-ca.crt");
    ours.map(Arc::new).collect()
}

/// What is known, with hooks that fare as `status` says.
async fn facts(cluster: &Cluster, before: &Object, status: HealthStatus) -> DeletionFacts {
    let all = live(cluster).await;
    let (hooks, live): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|object| object.name() == before.name());
    let mut facts = DeletionFacts::default();
    facts.cluster_known = true;
    facts.live = live;
    facts.hooks = vec![DeletionHook {
        object: Arc::new(before.clone()),
        health: hooks.first().map(|_| Health::new(status, "")),
        live: hooks.into_iter().next(),
    }];
    facts
}

#[tokio::test]
async fn an_application_goes_hook_by_hook_and_wave_by_wave() {
    let cluster = Cluster::new();
    for (name, number) in [("first", "1"), ("second", "2"), ("second-too", "2")] {
        let object = config(name, &json!({wave::SYNC_WAVE: number}));
        cluster
            .apply(&object, &ApplyOptions::default())
            .await
            .unwrap();
    }
    let before = config(
        "before",
        &json!({hook::HOOK: "PreDelete", hook::DELETE_POLICY: "HookSucceeded"}),
    );
    let mut application: Application = serde_json::from_value(json!({
        "metadata": {"name": "app", "finalizers": [RESOURCES, PRE_DELETE, format!("{PRE_DELETE}/cleanup")]},
    }))
    .unwrap();

    let mut steps = Vec::new();
    loop {
        let facts = facts(&cluster, &before, HealthStatus::Healthy).await;
        let step = decide::delete(&application, &facts);
        let failed = carry_out(&step, &cluster).await;
        assert!(failed.is_empty(), "{failed:?}");
        cluster.settle();
        steps.push(match &step {
            DeletionStep::Create(hooks) => format!("create {}", hooks[0].name()),
            DeletionStep::Delete { objects, .. } => {
                let names: Vec<&str> = objects.iter().map(|object| &*object.name).collect();
                format!("delete {}", names.join(" "))
            }
            DeletionStep::RemoveFinalizers(names) => {
                application
                    .metadata
                    .finalizers
                    .retain(|name| !names.contains(name));
                format!("remove {}", names.join(" "))
            }
            other => format!("{other:?}"),
        });
        if step == DeletionStep::Done {
            break;
        }
        assert!(steps.len() < 20, "{steps:?}");
    }
    assert_eq!(
        steps,
        [
            "create before",
            "remove pre-delete-finalizer.argocd.argoproj.io",
            "delete second second-too",
            "delete first",
            "remove resources-finalizer.argocd.argoproj.io",
            "delete before",
            "remove pre-delete-finalizer.argocd.argoproj.io/cleanup",
            "Done",
        ]
    );
    assert!(live(&cluster).await.is_empty());
}
