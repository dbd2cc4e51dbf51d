//! Bad input and bad weather: named, nothing half-recorded, and the next run goes on.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gitops_core::api::SyncOperation;
use gitops_core::apply::{self, Applier};
use gitops_core::{GroupVersionKind, ObjectRef, source};
use gitops_sync::engine::{Error, Event};
use gitops_sync::kube::Options;
use serde_json::json;

use super::app::{App, chain, results};
use super::proxy::Proxy;
use super::scene::{Scene, config_map, play, stranger};
use crate::kube_limits::server::{Answer, Server};

async fn app_with<'a>(scene: &'a Scene, namespace: &str, files: &[(&str, &str)]) -> App<'a> {
    let app = App::new(scene, "app", namespace).await;
    for (path, text) in files {
        app.repository.write(path, text);
    }
    app.repository.commit("all");
    app
}

/// Refreshing must fail with an error that says all of this.
async fn refuses(app: &App<'_>, parts: &[&str]) {
    let error = app.engine.refresh(&app.application).await.unwrap_err();
    let text = chain(&error);
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    assert!(app.sync().await.is_err());
}

const GOOD: (&str, &str) = (
    "app/good.yaml",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: good\n",
);

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_revision_is_named() {
    play("revision", async |scene| {
        let mut app = app_with(scene, "default", &[GOOD]).await;
        let source = app.application.spec.source.as_mut().unwrap();
        source.target_revision = "no-such-branch".into();
        refuses(&app, &["no-such-branch"]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_path_is_named() {
    play("path", async |scene| {
        let mut app = app_with(scene, "default", &[GOOD]).await;
        app.application.spec.source.as_mut().unwrap().path = "elsewhere".into();
        refuses(&app, &["elsewhere"]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_repository_is_named() {
    play("repository", async |scene| {
        let mut app = app_with(scene, "default", &[GOOD]).await;
        let source = app.application.spec.source.as_mut().unwrap();
        source.repo_url = source.repo_url.replace("/apps", "/nothing");
        let url = source.repo_url.clone();
        refuses(&app, &[&url]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_yaml_is_named_with_its_line() {
    play("yaml", async |scene| {
        let namespace = scene.namespace("a").await;
        let bad = (
            "app/bad.yaml",
            "apiVersion: v1\nkind: [ConfigMap\nmetadata: {}\n",
        );
        let app = app_with(scene, &namespace, &[GOOD, bad]).await;
        refuses(&app, &["app/bad.yaml:3"]).await;
        let good = config_map(&namespace, "good", &[]).reference();
        assert_eq!(scene.cluster.get(&good).await.unwrap(), None);
        app.repository.remove("app/bad.yaml");
        app.repository.commit("repaired");
        app.synced().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_without_a_name_is_named_by_its_file() {
    play("nameless", async |scene| {
        let bad = (
            "app/bad.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {}}\n",
        );
        let app = app_with(scene, "default", &[GOOD, bad]).await;
        refuses(&app, &["app/bad.yaml"]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_objects_with_one_key_the_last_counts() {
    play("twice", async |scene| {
        let namespace = scene.namespace("a").await;
        let entry = |value: &str| config_map("", "a", &[("a", value)]).value().to_string();
        let files = [("app/1.json", &*entry("1")), ("app/2.json", &*entry("2"))];
        let app = app_with(scene, &namespace, &files).await;
        let report = app.synced().await;
        let conditions = &report.status().conditions;
        let repeated = conditions
            .iter()
            .find(|condition| condition.condition_type == "RepeatedResourceWarning");
        let message = &repeated.expect("a warning").message;
        assert!(message.contains("appeared 2 times"), "{message}");
        let live = scene.live(&config_map(&namespace, "a", &[])).await;
        assert_eq!(live.value()["data"]["a"], "2");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_kind_is_the_result_of_its_object() {
    play("kind", async |scene| {
        let namespace = scene.namespace("a").await;
        let bad = json!({
            "apiVersion": "nobody.example.com/v1", "kind": "Widget", "metadata": {"name": "w"},
        });
        let files = [GOOD, ("app/widget.json", &*bad.to_string())];
        let app = app_with(scene, &namespace, &files).await;
        let report = app.sync().await.unwrap();
        assert!(!report.succeeded(), "{report}");
        let told = results(&report);
        assert!(told.contains("Widget"), "{report}\n{told}");
        let good = config_map(&namespace, "good", &[]).reference();
        assert_eq!(scene.cluster.get(&good).await.unwrap(), None);
        app.repository.remove("app/widget.json");
        app.repository.commit("repaired");
        app.synced().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_the_server_refuses_is_named_and_hides_no_other() {
    play("refused", async |scene| {
        let namespace = scene.namespace("a").await;
        let bad = config_map("", "bad", &[("no such/key", "1")])
            .value()
            .to_string();
        let app = app_with(scene, &namespace, &[GOOD, ("app/bad.json", &bad)]).await;
        let report = app.sync().await.unwrap();
        assert!(!report.succeeded(), "{report}");
        let told = results(&report);
        assert!(told.contains("data[no such/key]"), "{report}\n{told}");
        app.repository.remove("app/bad.json");
        app.repository.commit("repaired");
        app.synced().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_told() {
    play("stranger", async |scene| {
        let mut app = app_with(scene, "default", &[GOOD]).await;
        app.through(Arc::new(stranger(scene).await));
        let error = app.sync().await.unwrap_err();
        let Error::Cluster { error, .. } = &error else {
            panic!("{}", chain(&error));
        };
        assert_eq!(error.reason, apply::Reason::Unauthorized, "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_wants_credentials_is_told_from_one_that_is_not_there() {
    play("locked", async |scene| {
        let mut app = app_with(scene, "default", &[GOOD]).await;
        let locked = Server::start(|_| {
            Answer::text(401, "who are you?").header("WWW-Authenticate", "Basic realm=\"git\"")
        })
        .await;
        let source = app.application.spec.source.as_mut().unwrap();
        source.repo_url = format!("http://robot:hunter2@{}/apps", locked.address());
        let error = app.sync().await.unwrap_err();
        let Error::Source(error) = &error else {
            panic!("{}", chain(&error));
        };
        assert_eq!(error.reason, source::Reason::Unauthorized, "{error}");
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{error:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_half_way_is_told_and_the_next_run_goes_on() {
    play("half-way", async |scene| {
        let namespace = scene.namespace("a").await;
        let proxy = Proxy::start(&scene.kubeconfig).await;
        let options = Options::default()
            .patience(Duration::from_millis(500))
            .request_timeout(Duration::from_secs(2));
        let mut files = Vec::new();
        for wave in 0..4 {
            let mut object = config_map("", &format!("wave-{wave}"), &[]);
            object.set_annotation("argocd.argoproj.io/sync-wave", Some(&wave.to_string()));
            files.push((format!("app/{wave}.json"), object.value().to_string()));
        }
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (&**path, &**text))
            .collect();
        let mut app = app_with(scene, &namespace, &files).await;
        app.through(Arc::new(proxy.cluster().await.limited(options)));

        let operation = SyncOperation::default();
        let mut run = app.engine.sync(&app.application, &operation);
        while let Some(event) = run.next().await {
            if matches!(event, Event::Wave { number: 2, .. }) {
                proxy.refuse();
                break;
            }
        }
        let outcome = tokio::time::timeout(Duration::from_secs(60), run.report()).await;
        let outcome = outcome.expect("an end in time");
        match &outcome {
            Ok(report) => assert!(!report.succeeded(), "{report}"),
            Err(error) => assert!(error.is_retryable(), "{}", chain(error)),
        }
        let wave = |number: u32| ObjectRef {
            kind: GroupVersionKind::new("", "v1", "ConfigMap"),
            namespace: Some(namespace.clone()),
            name: format!("wave-{number}"),
        };
        assert!(scene.cluster.get(&wave(0)).await.unwrap().is_some());
        assert!(scene.cluster.get(&wave(3)).await.unwrap().is_none());

        proxy.resume();
        app.synced().await;
        assert!(scene.cluster.get(&wave(3)).await.unwrap().is_some());
    })
    .await;
}
