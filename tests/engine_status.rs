//! What an engine writes into an Application's status, and what it reads from there.

use gitops_core::SyncStatus;
use gitops_core::api::{ManagedNamespaceMetadata, SyncOperation};
use gitops_core::apply::Reason;
use gitops_core::decide::Hindrance;
use gitops_core::hook::HookType;
use gitops_sync::engine::Error;
use gitops_sync::memory::fault::{Fault, Rule, Verb};
use serde_json::json;

use super::engine_operations::{Stage, config, job};

#[tokio::test]
async fn a_result_says_which_hook_it_is_and_which_images_run() {
    let stage = Stage::new(&[config("a", json!({})), job("migrate", "PreSync", "0s")]);
    let engine = stage.engine();
    let controllers = stage.cluster.clone();
    let time = tokio::spawn(async move { controllers.run().await });
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    time.abort();
    let state = report.status().operation_state.as_ref().unwrap();
    let [hook, config] = state.sync_result.as_ref().unwrap().resources.as_slice() else {
        panic!("{state:?}");
    };
    assert_eq!(
        (hook.hook_type, config.hook_type),
        (Some(HookType::PreSync), None)
    );
    assert_eq!(hook.images, ["main:1"]);
    assert!(config.images.is_empty());
}

fn labels(team: &str) -> ManagedNamespaceMetadata {
    let mut managed = ManagedNamespaceMetadata::default();
    managed.labels.insert("team".into(), team.into());
    managed
}

#[tokio::test]
async fn other_labels_for_the_namespace_put_an_application_out_of_sync() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    let engine = stage.engine();
    let policy = |stage: &mut Stage, team: &str| {
        let policy = stage.shop.spec.sync_policy.as_mut().unwrap();
        policy.sync_options = vec!["CreateNamespace=true".into()];
        policy.managed_namespace_metadata = Some(labels(team));
        policy.automated.as_mut().unwrap().self_heal = true;
    };
    policy(&mut stage, "blue");
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    stage.shop.status = report.status().clone();
    assert_eq!(report.found.sync_status(), SyncStatus::Synced, "{report}");

    policy(&mut stage, "green");
    let found = engine.refresh(&stage.shop).await.unwrap();
    assert_eq!(found.sync_status(), SyncStatus::OutOfSync);
    let mut dry_run = SyncOperation::default();
    dry_run.dry_run = true;
    let report = engine.sync(&stage.shop, &dry_run).report().await.unwrap();
    assert_eq!(report.found.sync_status(), SyncStatus::OutOfSync);

    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(report.operation.is_some() && report.succeeded(), "{report}");
    assert_eq!(report.found.sync_status(), SyncStatus::Synced, "{report}");
    stage.shop.status = report.status().clone();
    assert!(engine.refresh(&stage.shop).await.unwrap().is_synced());
}

#[tokio::test]
async fn confirmation_that_only_the_sources_ask_for_is_waited_for() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    let engine = stage.engine();
    engine.reconcile(&stage.shop).report().await.unwrap();
    let confirm = json!({"argocd.argoproj.io/sync-options": "Delete=confirm"});
    stage.commit(&[config("a", confirm)]);
    let found = engine.refresh(&stage.shop).await.unwrap();
    assert!(found.status.resources[0].requires_deletion_confirmation);
    stage.shop.status = found.status;
    stage.mark_deleted();
    let deletion = engine.delete(&stage.shop).report().await.unwrap();
    assert!(matches!(deletion.waits_for, Some(Hindrance::Approval(_))));
}

#[tokio::test]
async fn an_application_that_asks_for_it_is_left_alone() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    let engine = stage.engine();
    let skip = "argocd.argoproj.io/skip-reconcile";
    let set = |stage: &mut Stage, value: &str| {
        let annotations = &mut stage.shop.metadata.annotations;
        annotations.insert(skip.into(), value.into());
    };
    set(&mut stage, "true");
    let refused = engine.reconcile(&stage.shop).report().await.unwrap_err();
    assert!(matches!(refused, Error::LeftAlone), "{refused}");
    stage.mark_deleted();
    let refused = engine.delete(&stage.shop).report().await.unwrap_err();
    assert!(matches!(refused, Error::LeftAlone), "{refused}");
    assert!(stage.faulty.calls().is_empty());

    set(&mut stage, "no bool");
    stage.shop.metadata.deletion_timestamp = None;
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(report.succeeded() && report.operation.is_some(), "{report}");
}

#[tokio::test]
async fn a_retry_that_asks_for_it_takes_the_latest_revision() {
    for (refresh, value) in [(false, "1"), (true, "2")] {
        let mut stage = Stage::new(&[config("a", json!({}))]);
        stage.retries(1);
        let policy = stage.shop.spec.sync_policy.as_mut().unwrap();
        policy.retry.as_mut().unwrap().refresh = refresh;
        let refusal = Rule::new(Fault::Error(Reason::Forbidden));
        stage.faulty.add(refusal.verb(Verb::Apply).first(1));
        let engine = stage.engine();
        let mut run = engine.reconcile(&stage.shop);
        super::engine_operations::until_retried(&mut run).await;
        let mut newer = config("a", json!({}));
        newer["data"]["a"] = "2".into();
        stage.commit(&[newer]);
        let report = run.report().await.unwrap();
        assert!(report.succeeded(), "{report}");
        let live = stage.find("ConfigMap", "a").await.unwrap();
        assert_eq!(live.value()["data"]["a"], value, "refresh: {refresh}");
    }
}
