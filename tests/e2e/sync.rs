//! Applications from Git to the cluster and through their lives there.

use std::sync::Arc;
use std::time::Duration;

use gitops_core::apply::Applier;
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use gitops_health::Builtin;
use gitops_sync::cache::{self, Cache};
use serde_json::json;

use super::app::{App, results};
use super::scene::{cluster_scoped, config_map, object, play};

fn reference(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectRef {
    ObjectRef {
        kind: GroupVersionKind::new(group, "v1", kind),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}

async fn get(app: &App<'_>, object: &ObjectRef) -> Object {
    let live = app.scene.cluster.get(object).await.unwrap();
    live.unwrap_or_else(|| panic!("{object} is not there"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guestbook_is_created_changed_healed_and_pruned() {
    play("guestbook", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut app = App::new(scene, "guestbook", &namespace).await;
        if !app.repository.copy_app("guestbook") {
            return;
        }
        app.repository.commit("guestbook");
        app.synced().await;
        app.healthy().await;
        let deployment = reference("apps", "Deployment", &namespace, "guestbook-ui");

        let file = "guestbook/guestbook-ui-deployment.yaml";
        let manifest = app.repository.read(file);
        app.repository
            .write(file, &manifest.replace("gb-frontend:v5", "gb-frontend:v6"));
        app.repository.commit("a new image");
        app.automate();
        let report = app.reconcile().await;
        assert!(report.succeeded(), "{report}\n{}", results(&report));
        let live = get(&app, &deployment).await;
        let container = live
            .value()
            .pointer("/spec/template/spec/containers/0/image");
        assert_eq!(container.unwrap(), "gcr.io/google-samples/gb-frontend:v6");
        app.healthy().await;

        scene.patch(&live, json!({"spec": {"replicas": 3}})).await;
        let report = app.reconcile().await;
        assert!(report.succeeded(), "{report}\n{}", results(&report));
        assert_eq!(get(&app, &deployment).await.value()["spec"]["replicas"], 1);

        app.repository.remove("guestbook/guestbook-ui-svc.yaml");
        app.repository.commit("no service");
        let report = app.reconcile().await;
        assert!(report.succeeded(), "{report}\n{}", results(&report));
        let service = reference("", "Service", &namespace, "guestbook-ui");
        scene.until(&service, |live| live.is_none()).await;
        let report = app.reconcile().await;
        assert!(
            report.operation.is_none() && report.found.is_synced(),
            "{report}"
        );
    })
    .await;
}

/// Syncs a folder twice: the second time no object's resource version moves.
async fn rests(name: &str, folder: &str, options: &[&str]) {
    play(name, async |scene| {
        let namespace = scene.namespace("a").await;
        let mut app = App::new(scene, folder, &namespace).await;
        if !app.repository.copy_app(folder) {
            return;
        }
        app.repository.commit("all");
        app.options(options);
        app.synced().await;
        // Controllers write to what they manage until it has settled.
        settle(&app).await;
        let before = app.versions().await;
        app.synced().await;
        assert_eq!(app.versions().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_of_the_guestbook_moves_nothing() {
    rests("again", "guestbook", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_side_sync_of_the_guestbook_moves_nothing() {
    rests("again-ssa", "guestbook", &["ServerSideApply=true"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sync_of_the_sock_shop_moves_nothing() {
    rests("again-socks", "sock-shop/base", &[]).await;
}

/// Waits until nobody has changed anything for a while.
async fn settle(app: &App<'_>) {
    let mut before = app.versions().await;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = app.versions().await;
        if now == before {
            return;
        }
        before = now;
    }
    panic!("the objects keep changing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sock_shop_comes_up() {
    play("socks", async |scene| {
        let namespace = scene.namespace("a").await;
        let app = App::new(scene, "sock-shop/base", &namespace).await;
        if !app.repository.copy_app("sock-shop/base") {
            return;
        }
        app.repository.commit("all");
        let report = app.synced().await;
        let results = report.operation.as_ref().unwrap().results();
        assert_eq!(results.len(), report.found.comparison.resources.len());
        assert_eq!(results.len(), 29);
        for name in ["front-end", "orders", "carts-db"] {
            let deployment = reference("apps", "Deployment", &namespace, name);
            let is_ready = |live: Option<&Object>| {
                live.is_some_and(|live| live.value()["status"]["readyReplicas"] == 1)
            };
            scene.until(&deployment, is_ready).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waves_and_hooks_run_in_order() {
    play("waves", async |scene| {
        let namespace = scene.namespace("a").await;
        let app = App::new(scene, "sync-waves", &namespace).await;
        if !app.repository.copy_app("sync-waves") {
            return;
        }
        app.repository.commit("all");
        let report = app.synced().await;
        let results = report.operation.as_ref().unwrap().results();
        let names: Vec<&str> = results.iter().map(|result| &*result.object.name).collect();
        let place = |name: &str| {
            names
                .iter()
                .position(|known| known.starts_with(name))
                .unwrap()
        };
        let order = [
            "upgrade-sql-schema",
            "backend",
            "maint-page-up",
            "frontend",
            "maint-page-down",
        ];
        let places: Vec<usize> = order.iter().map(|name| place(name)).collect();
        assert!(places.is_sorted(), "{names:?}");
        let (up, front) = ("maint-page-up", "frontend");
        let up = get(&app, &reference("batch", "Job", &namespace, up)).await;
        let front = get(&app, &reference("apps", "ReplicaSet", &namespace, front)).await;
        let done = up.value()["status"]["completionTime"].as_str().unwrap();
        let made = front.value()["metadata"]["creationTimestamp"]
            .as_str()
            .unwrap();
        assert!(done <= made, "{done} {made}");
        app.healthy().await;

        // The hooks are deleted and made anew by every sync, the rest stays.
        let again = app.synced().await;
        let anew = get(&app, &up.reference()).await;
        assert_ne!(anew.uid(), up.uid(), "{again}");
        assert_eq!(get(&app, &front.reference()).await.uid(), front.uid());
    })
    .await;
}

fn hook(name: &str, phase: &str, policy: &str, command: &str) -> String {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "annotations": {
            "argocd.argoproj.io/hook": phase, "argocd.argoproj.io/hook-delete-policy": policy,
        }},
        "spec": {"backoffLimit": 0, "template": {"spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "a", "image": "alpine", "command": ["sh", "-c", command]}],
        }}},
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_stops_the_sync_and_the_old_version_stays() {
    play("hook", async |scene| {
        let namespace = scene.namespace("a").await;
        let app = App::new(scene, "app", &namespace).await;
        let settings = config_map("", "settings", &[("version", "1")]);
        app.repository
            .write("app/settings.json", &settings.value().to_string());
        let migrate = hook("migrate", "PreSync", "HookSucceeded", "true");
        app.repository.write("app/migrate.json", &migrate);
        app.repository.commit("one");
        app.synced().await;
        let job = reference("batch", "Job", &namespace, "migrate");
        scene.until(&job, |live| live.is_none()).await;

        let settings = config_map("", "settings", &[("version", "2")]);
        app.repository
            .write("app/settings.json", &settings.value().to_string());
        let migrate = hook("migrate", "PreSync", "BeforeHookCreation", "exit 1");
        app.repository.write("app/migrate.json", &migrate);
        let cleanup = hook("cleanup", "SyncFail", "BeforeHookCreation", "true");
        app.repository.write("app/cleanup.json", &cleanup);
        app.repository.commit("two");
        let report = app.sync().await.unwrap();
        assert!(!report.succeeded(), "{report}");
        let message = report.message();
        assert!(message.contains("completed unsuccessfully"), "{message}");
        let live = get(&app, &reference("", "ConfigMap", &namespace, "settings")).await;
        assert_eq!(live.value()["data"]["version"], "1");
        assert!(!report.found.is_synced());
        let cleanup = get(&app, &reference("batch", "Job", &namespace, "cleanup")).await;
        assert_eq!(cleanup.value()["status"]["succeeded"], 1);

        let migrate = hook("migrate", "PreSync", "BeforeHookCreation", "true");
        app.repository.write("app/migrate.json", &migrate);
        app.repository.commit("three");
        app.synced().await;
        let live = get(&app, &live.reference()).await;
        assert_eq!(live.value()["data"]["version"], "2");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_namespace_is_created_on_demand() {
    play("create-ns", async |scene| {
        let namespace = scene.name("made");
        let made = cluster_scoped("", "v1", "Namespace", &namespace);
        scene.clear_later(made.clone());
        let mut app = App::new(scene, "app", &namespace).await;
        let settings = config_map("", "settings", &[("a", "1")]);
        app.repository
            .write("app/settings.json", &settings.value().to_string());
        app.repository.commit("one");

        let report = app.sync().await.unwrap();
        assert!(!report.succeeded(), "{report}");
        let told = results(&report);
        assert!(
            told.contains(&format!("namespaces \"{namespace}\" not found")),
            "{told}"
        );

        app.options(&["CreateNamespace=true"]);
        app.synced().await;
        get(&app, &reference("", "ConfigMap", &namespace, "settings")).await;
        // What was created for the application is not the application's.
        app.repository.remove("app/settings.json");
        app.repository.write("app/README.md", "nothing");
        app.repository.commit("nothing");
        let report = app.sync().await.unwrap();
        assert!(report.succeeded(), "{report}");
        assert!(get(&app, &made).await.deletion_timestamp().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_resource_comes_with_its_definition() {
    play("crd", async |scene| {
        let namespace = scene.namespace("a").await;
        let app = App::new(scene, "app", &namespace).await;
        let group = format!("{}.example.com", scene.id);
        let name = format!("widgets.{group}");
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": name},
            "spec": {
                "group": group, "scope": "Namespaced",
                "names": {"kind": "Widget", "listKind": "WidgetList",
                    "plural": "widgets", "singular": "widget"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {
                    "openAPIV3Schema": {
                        "type": "object", "x-kubernetes-preserve-unknown-fields": true},
                }}],
            },
        });
        scene.clear_later(object(definition.clone()).reference());
        let widget = json!({
            "apiVersion": format!("{group}/v1"), "kind": "Widget",
            "metadata": {"name": "a"}, "spec": {"size": 3},
        });
        app.repository
            .write("app/a-widget.json", &widget.to_string());
        app.repository
            .write("app/b-definition.json", &definition.to_string());
        app.repository.commit("both");
        app.synced().await;
        let live = get(&app, &reference(&group, "Widget", &namespace, "a")).await;
        assert_eq!(live.value()["spec"]["size"], 3);
        settle(&app).await;
        let before = app.versions().await;
        app.synced().await;
        assert_eq!(app.versions().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_another_manager_stay_in_a_server_side_apply() {
    play("beside", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut app = App::new(scene, "app", &namespace).await;
        let ours = config_map("", "shared", &[("ours", "1")]);
        app.repository
            .write("app/shared.json", &ours.value().to_string());
        app.repository.commit("one");
        app.options(&["ServerSideApply=true"]);
        app.synced().await;
        let theirs = config_map(&namespace, "shared", &[("theirs", "1")]);
        scene.merge(&theirs).await;

        let ours = config_map("", "shared", &[("ours", "2")]);
        app.repository
            .write("app/shared.json", &ours.value().to_string());
        app.repository.commit("two");
        app.synced().await;
        let live = scene.live(&theirs).await;
        assert_eq!(live.value()["data"], json!({"ours": "2", "theirs": "1"}));
        let before = app.versions().await;
        app.synced().await;
        assert_eq!(app.versions().await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_git_stays_until_it_may_be_pruned() {
    play("prune", async |scene| {
        let namespace = scene.namespace("a").await;
        let app = App::new(scene, "app", &namespace).await;
        for name in ["kept", "dropped"] {
            let text = config_map("", name, &[]).value().to_string();
            app.repository.write(&format!("app/{name}.json"), &text);
        }
        app.repository.commit("two");
        app.synced().await;
        app.repository.remove("app/dropped.json");
        app.repository.commit("one");
        let (_, report) = app.told().await;
        assert!(report.succeeded() && !report.found.is_synced(), "{report}");
        assert!(
            results(&report).contains("ignored (requires pruning)"),
            "{}",
            results(&report)
        );
        let dropped = reference("", "ConfigMap", &namespace, "dropped");
        get(&app, &dropped).await;
        app.sync().await.unwrap();
        scene.until(&dropped, |live| live.is_none()).await;
        get(&app, &reference("", "ConfigMap", &namespace, "kept")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_with_a_cache_does_the_same() {
    play("cached", async |scene| {
        let namespace = scene.namespace("a").await;
        let options = cache::Options::default().health(Builtin);
        let cache = Cache::new(Arc::new(scene.cluster.clone()), options);
        let mut app = App::new(scene, "guestbook", &namespace).await;
        app.remembered_by(cache.clone());
        if !app.repository.copy_app("guestbook") {
            return;
        }
        app.repository.commit("guestbook");
        tokio::select! {
            () = cache.run() => unreachable!("runs until it is dropped"),
            () = live_with_a_cache(&mut app, &cache, &namespace) => {}
        }
    })
    .await;
}

async fn live_with_a_cache(app: &mut App<'_>, cache: &Cache, namespace: &str) {
    app.synced().await;
    app.healthy().await;
    let deployment = reference("apps", "Deployment", namespace, "guestbook-ui");
    let tree = cache.tree(&[deployment.key()]);
    let kinds: Vec<_> = tree.iter().map(|node| node.entry.key().kind).collect();
    assert_eq!(kinds, ["Deployment", "ReplicaSet", "Pod"]);
    settle(app).await;
    let before = app.versions().await;
    app.synced().await;
    assert_eq!(app.versions().await, before);

    let live = get(app, &deployment).await;
    app.scene
        .patch(&live, json!({"spec": {"revisionHistoryLimit": 7}}))
        .await;
    let seen = async {
        while app.versions().await == before {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), seen)
        .await
        .unwrap();
    app.synced().await;
    let live = get(app, &deployment).await;
    assert_eq!(live.value()["spec"]["revisionHistoryLimit"], 3);

    app.repository.remove("guestbook/guestbook-ui-svc.yaml");
    app.repository.commit("no service");
    let report = app.sync().await.unwrap();
    assert!(report.succeeded(), "{report}");
    let service = reference("", "Service", namespace, "guestbook-ui");
    app.scene.until(&service, |live| live.is_none()).await;
}
