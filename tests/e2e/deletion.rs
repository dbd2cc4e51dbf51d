//! Applications that are deleted, with hooks before and after it.

use futures::StreamExt;
use gitops_core::{GroupVersionKind, ObjectRef};
use serde_json::{Value, json};

use super::app::{App, chain};
use super::scene::{Scene, config_map, play};

const PRE_DELETE: &str = "pre-delete-finalizer.argocd.argoproj.io";
const RESOURCES: &str = "resources-finalizer.argocd.argoproj.io";
const POST_DELETE: &str = "post-delete-finalizer.argocd.argoproj.io";

/// A Job that is a hook for deletion.
fn hook(name: &str, phase: &str, policy: &str, outcome: &str) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "annotations": {
            "argocd.argoproj.io/hook": phase,
            "argocd.argoproj.io/hook-delete-policy": policy,
        }},
        "spec": {"backoffLimit": 0, "template": {
            "metadata": {"annotations": {
                "testcluster/outcome": outcome, "testcluster/delay": "200ms",
            }},
            "spec": {
                "restartPolicy": "Never", "containers": [{"name": "main", "image": "main:1"}],
            },
        }},
    })
}

fn reference(kind: &str, namespace: &str, name: &str) -> ObjectRef {
    let group = if kind == "Job" { "batch" } else { "" };
    ObjectRef {
        kind: GroupVersionKind::new(group, "v1", kind),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}

/// An application of one ConfigMap and these hooks, which is synced.
async fn app<'a>(scene: &'a Scene, hooks: &[Value]) -> App<'a> {
    let namespace = scene.namespace("a").await;
    let app = App::new(scene, "app", &namespace).await;
    commit(&app, hooks);
    app.synced().await;
    app
}

fn commit(app: &App<'_>, hooks: &[Value]) {
    let config = config_map("", "config", &[]).into_value();
    for (number, object) in std::iter::once(&config).chain(hooks).enumerate() {
        let file = format!("app/{number}.json");
        app.repository.write(&file, &object.to_string());
    }
    app.repository.commit("all");
}

fn set_finalizers(app: &mut App<'_>) -> Vec<String> {
    let cleanup = |finalizer: &str| format!("{finalizer}/cleanup");
    let finalizers = vec![
        PRE_DELETE.to_owned(),
        cleanup(PRE_DELETE),
        RESOURCES.to_owned(),
        POST_DELETE.to_owned(),
        cleanup(POST_DELETE),
    ];
    app.application.metadata.finalizers.clone_from(&finalizers);
    finalizers
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_run_before_and_after_the_objects_are_deleted() {
    play("deletion", async |scene| {
        let hooks = [
            hook("goodbye", "PreDelete", "HookSucceeded", "run"),
            hook("sweep", "PostDelete", "HookSucceeded", "run"),
            hook("stays", "PostDelete", "", "run"),
        ];
        let mut app = app(scene, &hooks).await;
        let namespace = app.namespace().to_owned();
        let job = |name: &str| reference("Job", &namespace, name);
        for name in ["goodbye", "sweep", "stays"] {
            let synced = app.exists(&job(name)).await;
            assert!(!synced, "{name} is no part of a sync");
        }
        let finalizers = set_finalizers(&mut app);
        let mut run = app.engine.delete(&app.application);
        let mut told = Vec::new();
        while let Some(event) = run.next().await {
            told.push(event.to_string());
        }
        let deletion = run.report().await.unwrap();
        assert_eq!(deletion.waits_for, None);
        let mut released = deletion.released;
        released.sort();
        let mut expected = finalizers;
        expected.sort();
        assert_eq!(released, expected);

        let at = |what: &str, name: &str| {
            let is_it = |line: &String| line.starts_with(what) && line.contains(name);
            told.iter().position(is_it)
        };
        let deleted = at("delete ", "config");
        assert!(at("create ", "goodbye").is_some(), "{told:#?}");
        assert!(at("wait ", "goodbye") < deleted, "{told:#?}");
        assert!(deleted < at("create ", "sweep"), "{told:#?}");
        let gone = |live: Option<&gitops_core::Object>| live.is_none();
        let config = reference("ConfigMap", &namespace, "config");
        for object in [config, job("goodbye"), job("sweep")] {
            scene.until(&object, gone).await;
        }
        assert!(app.exists(&job("stays")).await, "by its policy");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_before_deletion_keeps_the_objects_until_it_is_mended() {
    play("pre-delete", async |scene| {
        let mut app = app(scene, &[hook("goodbye", "PreDelete", "", "fail")]).await;
        let namespace = app.namespace().to_owned();
        let config = reference("ConfigMap", &namespace, "config");
        set_finalizers(&mut app);
        let run = app.engine.delete(&app.application);
        let error = chain(&run.report().await.unwrap_err());
        let expected = format!("PreDelete hook(s) failed: {namespace}/goodbye");
        assert!(error.contains(&expected), "{error}");
        assert!(app.exists(&config).await);

        let failed = reference("Job", &namespace, "goodbye");
        scene.until(&failed, |live| live.is_none()).await;
        commit(&app, &[hook("goodbye", "PreDelete", "", "run")]);
        let run = app.engine.delete(&app.application);
        let deletion = run
            .report()
            .await
            .unwrap_or_else(|error| panic!("{}", chain(&error)));
        assert_eq!(deletion.waits_for, None);
        scene.until(&config, |live| live.is_none()).await;
    })
    .await;
}
