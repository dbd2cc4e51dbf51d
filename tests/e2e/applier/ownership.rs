//! Server-side apply beside other field managers, and on the way there.

use gitops_core::Object;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, Conflicts, LAST_APPLIED, Outcome, Reason, Strategy,
};
use serde_json::{Value, json};

use crate::e2e::scene::{Scene, config_map, play};

fn server_side() -> ApplyOptions {
    ApplyOptions::default().strategy(Strategy::ServerSide)
}

async fn apply(scene: &Scene, object: &Object, options: &ApplyOptions) -> Applied {
    scene.cluster.apply(object, options).await.unwrap()
}

fn managers(object: &Object) -> Vec<(String, String)> {
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    let entries = object.value()["metadata"]["managedFields"].as_array();
    entries
        .into_iter()
        .flatten()
        .map(|entry| (text(entry, "manager"), text(entry, "operation")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_others_stay_and_the_same_again_moves_nothing() {
    play("server-side", async |scene| {
        let namespace = scene.namespace("a").await;
        let ours = config_map(&namespace, "a", &[("ours", "1"), ("dropped", "1")]);
        let created = apply(scene, &ours, &server_side()).await;
        assert_eq!(created.outcome, Outcome::Created);
        let theirs = config_map(&namespace, "a", &[("theirs", "1")]);
        apply(scene, &theirs, &server_side().manager("them")).await;

        let ours = config_map(&namespace, "a", &[("ours", "2")]);
        let second = apply(scene, &ours, &server_side()).await;
        assert_eq!(second.outcome, Outcome::Configured);
        assert_eq!(
            second.object.value()["data"],
            json!({"ours": "2", "theirs": "1"})
        );
        assert_eq!(second.object.annotation(LAST_APPLIED), None);

        let third = apply(scene, &ours, &server_side()).await;
        assert_eq!(third.outcome, Outcome::Unchanged);
        assert_eq!(
            third.object.resource_version(),
            second.object.resource_version()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_another_manager_is_taken_or_refused() {
    play("conflict", async |scene| {
        let namespace = scene.namespace("a").await;
        let theirs = config_map(&namespace, "a", &[("a", "theirs")]);
        apply(scene, &theirs, &server_side().manager("them")).await;
        let ours = config_map(&namespace, "a", &[("a", "ours")]);
        let gentle = server_side().conflicts(Conflicts::Fail);
        let error = scene.cluster.apply(&ours, &gentle).await.unwrap_err();
        assert_eq!(error.reason, Reason::Conflict);
        assert!(error.to_string().contains("them"), "{error}");
        let applied = apply(scene, &ours, &server_side()).await;
        assert_eq!(applied.object.value()["data"]["a"], "ours");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_applied_client_side_can_be_dropped_server_side() {
    play("migrate", async |scene| {
        let namespace = scene.namespace("a").await;
        let before = config_map(&namespace, "a", &[("kept", "1"), ("dropped", "1")]);
        apply(scene, &before, &ApplyOptions::default()).await;
        let after = config_map(&namespace, "a", &[("kept", "1")]);
        let applied = apply(scene, &after, &server_side()).await;
        assert_eq!(applied.object.value()["data"], json!({"kept": "1"}));
        assert_eq!(applied.object.annotation(LAST_APPLIED), None);
        let ours = [("argocd-controller".to_owned(), "Apply".to_owned())];
        assert_eq!(managers(&applied.object), ours);
        assert_eq!(
            apply(scene, &after, &server_side()).await.outcome,
            Outcome::Unchanged
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_manager_asked_for_is_migrated() {
    play("migrate-from", async |scene| {
        let namespace = scene.namespace("a").await;
        let before = config_map(&namespace, "a", &[("kept", "1"), ("dropped", "1")]);
        let create = ApplyOptions::default()
            .strategy(Strategy::Create)
            .manager("old-tool");
        apply(scene, &before, &create).await;
        scene.patch(&before, json!({"data": {"theirs": "1"}})).await;

        let after = config_map(&namespace, "a", &[("kept", "1")]);
        let options = server_side();
        let applied = apply(scene, &after, &options).await;
        assert_eq!(applied.object.value()["data"]["dropped"], "1");
        let options = server_side().migrate_from(Some("old-tool".into()));
        let applied = apply(scene, &after, &options).await;
        assert_eq!(
            applied.object.value()["data"],
            json!({"kept": "1", "theirs": "1"})
        );
    })
    .await;
}
