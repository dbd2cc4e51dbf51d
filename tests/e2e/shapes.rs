//! What the cluster tells of its own kinds, and what it answers to dry runs.

use gitops_core::apply::Applier;
use gitops_core::{GroupVersionKind, ObjectRef};
use serde_json::{Value, json};

use super::app::{App, results};
use super::scene::{Scene, config_map, object, play};

/// A definition whose list merges by name, and that fills in a protocol.
fn definition(group: &str) -> Value {
    let backend = json!({
        "type": "object", "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "port": {"type": "integer"},
            "protocol": {"type": "string", "default": "TCP"},
        },
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("routes.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"kind": "Route", "listKind": "RouteList",
                "plural": "routes", "singular": "route"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {
                "openAPIV3Schema": {"type": "object", "properties": {"spec": {
                    "type": "object",
                    "properties": {"backends": {
                        "type": "array", "items": backend,
                        "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                    }},
                }}},
            }}],
        },
    })
}

fn route(group: &str, backends: &Value) -> Value {
    json!({
        "apiVersion": format!("{group}/v1"), "kind": "Route",
        "metadata": {"name": "a"}, "spec": {"backends": backends},
    })
}

/// An application of one route, synced.
async fn routed<'a>(scene: &'a Scene, options: &[&str]) -> (App<'a>, String) {
    let namespace = scene.namespace("a").await;
    let mut app = App::new(scene, "app", &namespace).await;
    let group = format!("{}.example.com", scene.id);
    let definition = definition(&group);
    scene.clear_later(object(definition.clone()).reference());
    let ours = route(&group, &json!([{"name": "ours", "port": 80}]));
    app.repository
        .write("app/definition.json", &definition.to_string());
    app.repository.write("app/route.json", &ours.to_string());
    app.repository.commit("both");
    app.options(options);
    app.synced().await;
    (app, group)
}

#[tokio::test(flavor = "multi_thread")]
async fn keyed_lists_and_defaults_of_a_custom_kind_are_no_drift() {
    for (name, options) in [
        ("shapes", &[][..]),
        ("shapes-ssa", &["ServerSideApply=true"][..]),
    ] {
        play(name, async |scene| {
            let (mut app, _) = routed(scene, options).await;
            let report = app.reconcile().await;
            assert!(report.found.is_synced(), "{report}\n{}", results(&report));
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_of_another_manager_in_a_keyed_list_is_no_drift() {
    play("shapes-other", async |scene| {
        let (mut app, group) = routed(scene, &["ServerSideApply=true"]).await;
        let mut theirs = route(&group, &json!([{"name": "theirs", "port": 81}]));
        theirs["metadata"]["namespace"] = app.namespace().into();
        let theirs = object(theirs);
        scene.merge(&theirs).await;
        let report = app.reconcile().await;
        assert!(report.found.is_synced(), "{report}\n{}", results(&report));
        let live = scene.live(&theirs).await;
        let backends = live.value()["spec"]["backends"].as_array().unwrap();
        assert_eq!(backends.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shapes_of_a_kind_are_known_as_soon_as_it_is_served() {
    play("shapes-again", async |scene| {
        let (_app, group) = routed(scene, &[]).await;
        let kind = GroupVersionKind::new(&group, "v1", "Route");
        let known = scene
            .cluster
            .types(std::slice::from_ref(&kind))
            .await
            .unwrap();
        assert!(known.kind(&kind).is_some());
        let unknown = GroupVersionKind::new(&group, "v7", "Route");
        let known = scene
            .cluster
            .types(std::slice::from_ref(&unknown))
            .await
            .unwrap();
        assert!(known.kind(&unknown).is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_by_dry_runs_sees_what_the_server_would_change() {
    play("dry-diff", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut app = App::new(scene, "app", &namespace).await;
        app.annotate("argocd.argoproj.io/compare-options", "ServerSideDiff=true");
        app.options(&["ServerSideApply=true"]);
        let ours = config_map("", "shared", &[("ours", "1")]);
        app.repository
            .write("app/shared.json", &ours.value().to_string());
        app.repository.commit("one");
        app.synced().await;
        let theirs = config_map(&namespace, "shared", &[("theirs", "1")]);
        scene.merge(&theirs).await;
        assert!(app.reconcile().await.found.is_synced());

        let ours = config_map("", "shared", &[("ours", "2")]);
        app.repository
            .write("app/shared.json", &ours.value().to_string());
        app.repository.commit("two");
        let report = app.reconcile().await;
        let changed: Vec<String> = report
            .found
            .comparison
            .resources
            .iter()
            .flat_map(|resource| resource.diff.changes.iter())
            .map(|change| change.path.to_string())
            .collect();
        assert_eq!(changed, [".data.ours"]);
    })
    .await;
}

/// Deletes an application as the finalizer says, with a Deployment in it.
async fn goes(name: &str, finalizer: &'static str) {
    play(name, async |scene| {
        let namespace = scene.namespace("a").await;
        let mut app = App::new(scene, "guestbook", &namespace).await;
        if !app.repository.copy_app("guestbook") {
            return;
        }
        app.repository.commit("guestbook");
        app.synced().await;
        app.healthy().await;
        let deletion = app.delete(&[finalizer]).await;
        assert_eq!(deletion.released, [finalizer]);
        for (group, kind) in [("apps", "Deployment"), ("", "Service")] {
            let object = ObjectRef {
                kind: GroupVersionKind::new(group, "v1", kind),
                namespace: Some(namespace.clone()),
                name: "guestbook-ui".into(),
            };
            assert!(
                scene.cluster.get(&object).await.unwrap().is_none(),
                "{object}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_goes_with_its_objects_in_the_foreground() {
    goes("gone", "resources-finalizer.argocd.argoproj.io").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_goes_with_its_objects_in_the_background() {
    goes(
        "gone-bg",
        "resources-finalizer.argocd.argoproj.io/background",
    )
    .await;
}
