//! Prunes: finalizers, and what becomes of dependants.

use std::time::Duration;

use gitops_core::Object;
use gitops_core::apply::Applier;
use gitops_sync::driver::Silent;
use gitops_sync::machine::OperationPhase;
use serde_json::json;

use super::super::scene::play;
use super::{App, GroupVersionKind, deployment, wave};

#[tokio::test(flavor = "multi_thread")]
async fn a_prune_waits_for_a_finalizer() {
    play("linger", async |scene| {
        let mut app = App::new(scene).await;
        let mut first = json!({"argocd.argoproj.io/sync-wave": "1"});
        app.add("ConfigMap", "lingers", first.take(), json!({}));
        app.targets[0].set_annotation("argocd.argoproj.io/sync-wave", Some("1"));
        app.targets[0].add_finalizer("example.com/linger");
        app.add("ConfigMap", "later", wave(0), json!({}));
        app.synced().await;

        let lingers = app.find("ConfigMap", "lingers").await.unwrap();
        app.targets.clear();
        let mut operation = app.operation().await;
        let release = async {
            scene
                .until(&lingers.reference(), |live| {
                    live.is_none_or(|live| live.deletion_timestamp().is_some())
                })
                .await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(app.exists("ConfigMap", "later").await, "pruned too early");
            scene
                .patch(&lingers, json!({"metadata": {"finalizers": null}}))
                .await;
        };
        tokio::join!(app.drive(&mut operation, &Silent), release);
        assert_eq!(
            operation.phase(),
            OperationPhase::Succeeded,
            "{}",
            operation.message()
        );
        let mut later = lingers.reference();
        later.name = "later".into();
        scene.until(&later, |live| live.is_none()).await;
    })
    .await;
}

/// The ReplicaSet of the application's only Deployment.
async fn replica_set(app: &App<'_>) -> Object {
    let kind = GroupVersionKind::new("apps", "v1", "ReplicaSet");
    for _ in 0..300 {
        let list = app.scene.cluster.list(&kind, Some(&app.namespace)).await;
        if let Some(found) = list.unwrap().objects.into_iter().next() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the Deployment got no ReplicaSet");
}

/// Prunes a Deployment whose ReplicaSet cannot go yet, and tells whether the
/// Deployment is there for as long.
async fn outlasts_its_dependants(app: &mut App<'_>, policy: &str) -> bool {
    app.sync_options(&[&format!("PrunePropagationPolicy={policy}")]);
    app.add("Deployment", "web", json!({}), deployment(json!({})));
    app.synced().await;
    let dependant = replica_set(app).await;
    let held = json!({"metadata": {"finalizers": ["example.com/held"]}});
    app.scene.patch(&dependant, held).await;

    let web = app.find("Deployment", "web").await.unwrap();
    app.targets.clear();
    app.synced().await;
    let scene = app.scene;
    if policy != "orphan" {
        let going = |live: Option<&Object>| live.is_none_or(|it| it.deletion_timestamp().is_some());
        scene.until(&dependant.reference(), going).await;
    }
    let kept = match app.find("Deployment", "web").await {
        Some(live) => live.finalizers().any(|name| name == "foregroundDeletion"),
        None => false,
    };
    let released = json!({"metadata": {"finalizers": null}});
    scene.patch(&dependant, released).await;
    scene.until(&web.reference(), |live| live.is_none()).await;
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn dependants_go_first_or_afterwards_or_stay_as_the_policy_says() {
    play("propagation", async |scene| {
        let mut app = App::in_namespace(scene, "foreground").await;
        assert!(outlasts_its_dependants(&mut app, "foreground").await);
        let replica_sets = GroupVersionKind::new("apps", "v1", "ReplicaSet");
        let count = async || {
            let list = scene.cluster.list(&replica_sets, Some(&app.namespace));
            list.await.unwrap().objects.len()
        };
        assert_eq!(count().await, 0, "dependants went first");
        let mut app = App::in_namespace(scene, "background").await;
        assert!(!outlasts_its_dependants(&mut app, "background").await);
        let mut app = App::in_namespace(scene, "orphan").await;
        assert!(!outlasts_its_dependants(&mut app, "orphan").await);
        assert_eq!(replica_set(&app).await.owner_references().len(), 0);
    })
    .await;
}
