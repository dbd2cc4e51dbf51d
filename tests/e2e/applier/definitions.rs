//! Kinds that come and go with their definitions.

use gitops_core::apply::{Applier, ApplyOptions, DeleteOptions, Outcome, Reason, Strategy};
use gitops_core::{GroupVersionKind, Object};
use serde_json::json;

use crate::e2e::scene::{Scene, object, play};

/// A definition of `Widget` in a group of this test.
fn definition(scene: &Scene) -> Object {
    let group = format!("{}.example.com", scene.id);
    object(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("widgets.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"kind": "Widget", "listKind": "WidgetList",
                "plural": "widgets", "singular": "widget"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {
                "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            }}],
        },
    }))
}

fn widget(scene: &Scene, namespace: &str, parts: &[&str]) -> Object {
    object(json!({
        "apiVersion": format!("{}.example.com/v1", scene.id), "kind": "Widget",
        "metadata": {"name": "a", "namespace": namespace},
        "spec": {"parts": parts},
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_resource_can_follow_its_definition_at_once() {
    play("definition", async |scene| {
        let namespace = scene.namespace("a").await;
        let definition = definition(scene);
        let options = ApplyOptions::default();
        let error = scene
            .cluster
            .apply(&widget(scene, &namespace, &[]), &options)
            .await;
        assert_eq!(error.unwrap_err().reason, Reason::UnknownKind);

        scene.clear_later(definition.reference());
        let applied = scene.cluster.apply(&definition, &options).await.unwrap();
        assert_eq!(applied.outcome, Outcome::Created);
        assert!(applied.warnings.is_empty(), "{:?}", applied.warnings);
        let one = widget(scene, &namespace, &["a", "b"]);
        let applied = scene.cluster.apply(&one, &options).await.unwrap();
        assert_eq!(applied.outcome, Outcome::Created);

        // Lists of custom resources have no keys: the whole list is replaced.
        let two = widget(scene, &namespace, &["c"]);
        let applied = scene.cluster.apply(&two, &options).await.unwrap();
        assert_eq!(applied.object.value()["spec"]["parts"], json!(["c"]));
        let again = scene.cluster.apply(&two, &options).await.unwrap();
        assert_eq!(again.outcome, Outcome::Unchanged);
        let again = scene.cluster.apply(&definition, &options).await.unwrap();
        assert_eq!(again.outcome, Outcome::Unchanged);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_added_to_a_definition_is_served_when_the_apply_returns() {
    play("version", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut definition = definition(scene);
        scene.clear_later(definition.reference());
        let options = ApplyOptions::default().strategy(Strategy::ServerSide);
        scene.cluster.apply(&definition, &options).await.unwrap();
        let added = |value: &mut serde_json::Value| {
            let mut version = value["spec"]["versions"][0].clone();
            version["name"] = "v2".into();
            version["storage"] = false.into();
            value["spec"]["versions"]
                .as_array_mut()
                .unwrap()
                .push(version);
        };
        definition.update(added).unwrap();
        scene.cluster.apply(&definition, &options).await.unwrap();
        let kind = GroupVersionKind::new(&format!("{}.example.com", scene.id), "v2", "Widget");
        assert!(scene.cluster.discover().await.unwrap().get(&kind).is_some());
        let list = scene.cluster.list(&kind, Some(&namespace)).await.unwrap();
        assert!(list.objects.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_is_unknown_again_once_its_definition_is_gone() {
    play("undefined", async |scene| {
        let namespace = scene.namespace("a").await;
        let definition = definition(scene);
        let options = ApplyOptions::default();
        scene.cluster.apply(&definition, &options).await.unwrap();
        let widget = widget(scene, &namespace, &[]);
        scene.cluster.apply(&widget, &options).await.unwrap();
        let reference = definition.reference();
        let deleted = scene
            .cluster
            .delete(&reference, &DeleteOptions::default())
            .await;
        deleted.unwrap();
        scene.until(&reference, |live| live.is_none()).await;
        let error = loop {
            // The server goes on serving the kind for a moment.
            match scene.cluster.get(&widget.reference()).await {
                Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
                Err(error) => break error,
            }
        };
        assert_eq!(error.reason, Reason::UnknownKind, "{error}");
    })
    .await;
}
