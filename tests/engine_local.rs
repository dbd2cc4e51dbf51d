//! Manifests that whoever asks for a sync brings along, in place of those of the sources.

use std::time::Duration;

use futures::StreamExt;
use gitops_core::SyncStatus;
use gitops_core::api::{Application, LocalManifests, SyncOperation};
use gitops_sync::engine::{Engine, Event, FileStore, Report};
use serde_json::{Value, json};

use super::engine_operations::{Stage, config, job, until_waiting};

/// An application that is not automated.
fn stage(objects: &[Value]) -> Stage {
    let mut stage = Stage::new(objects);
    stage.shop.spec.sync_policy = None;
    stage
}

fn automate(stage: &mut Stage) {
    stage.shop.spec.sync_policy = Stage::new(&[]).shop.spec.sync_policy;
}

fn local(objects: &[Value]) -> SyncOperation {
    let texts = objects.iter().map(Value::to_string);
    let mut operation = SyncOperation::default();
    operation.manifests = LocalManifests(texts.collect());
    operation.prune = true;
    operation
}

fn changed(name: &str) -> Value {
    let mut object = config(name, json!({}));
    object["data"]["a"] = "local".into();
    object
}

async fn value(stage: &Stage, name: &str) -> Option<Value> {
    stage.cluster.settle();
    let live = stage.find("ConfigMap", name).await;
    live.map(|live| live.value()["data"]["a"].clone())
}

async fn sync(engine: &Engine, shop: &mut Application, operation: &SyncOperation) -> Report {
    let report = engine.sync(shop, operation).report().await.unwrap();
    assert!(report.succeeded(), "{report}");
    shop.status = report.status().clone();
    report
}

#[tokio::test]
async fn local_manifests_take_the_place_of_the_sources() {
    let mut stage = stage(&[config("a", json!({})), config("b", json!({}))]);
    let engine = stage.engine();
    let everything = SyncOperation::default();
    sync(&engine, &mut stage.shop.clone(), &everything).await;

    let mut shop = stage.shop.clone();
    let hook = config("migrate", json!({"argocd.argoproj.io/hook": "PreSync"}));
    let report = sync(&engine, &mut shop, &local(&[changed("a"), hook])).await;
    assert_eq!(value(&stage, "a").await, Some("local".into()));
    assert_eq!(value(&stage, "b").await, None, "what they lack is pruned");
    let ran = stage.find("ConfigMap", "migrate").await.is_some();
    assert!(ran, "hooks run");
    assert!(report.found.revisions.is_empty());
    let live = stage.find("ConfigMap", "a").await.unwrap();
    let mark = live.annotation("argocd.argoproj.io/tracking-id");
    assert_eq!(mark, Some("shop:/ConfigMap:default/a"));

    stage.shop = shop;
    sync(&engine, &mut stage.shop.clone(), &everything).await;
    assert_eq!(value(&stage, "a").await, Some("1".into()), "sources again");
    assert_eq!(value(&stage, "b").await, Some("1".into()));
}

#[tokio::test]
async fn later_refreshes_compare_with_local_manifests_until_another_sync() {
    let stage = stage(&[config("a", json!({}))]);
    let engine = stage.engine();
    let mut shop = stage.shop.clone();
    let report = sync(&engine, &mut shop, &local(&[changed("a")])).await;
    assert!(report.found.is_synced(), "{report}");
    let found = engine.refresh(&shop).await.unwrap();
    assert!(found.is_synced() && found.revisions.is_empty());
    assert!(!engine.refresh(&stage.shop).await.unwrap().is_synced());

    sync(&engine, &mut shop, &SyncOperation::default()).await;
    let found = engine.refresh(&shop).await.unwrap();
    assert!(found.is_synced() && found.revisions.len() == 1);
    assert_eq!(value(&stage, "a").await, Some("1".into()));
}

#[tokio::test]
async fn a_dry_run_of_local_manifests_changes_nothing_now_or_later() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    let engine = stage.engine();
    sync(&engine, &mut stage.shop, &SyncOperation::default()).await;
    let mut dry_run = local(&[changed("a"), config("b", json!({}))]);
    dry_run.dry_run = true;
    let mut shop = stage.shop.clone();
    let report = sync(&engine, &mut shop, &dry_run).await;
    assert_eq!(report.message(), "successfully synced (dry run)");
    assert_eq!(value(&stage, "a").await, Some("1".into()));
    assert_eq!(value(&stage, "b").await, None);
    let found = engine.refresh(&shop).await.unwrap();
    assert_eq!(found.sync_status(), SyncStatus::Synced);
}

#[tokio::test]
async fn local_manifests_are_refused_where_syncs_are_automated() {
    let stage = Stage::new(&[config("a", json!({}))]);
    let engine = stage.engine();
    let operation = local(&[changed("a")]);
    let run = engine.sync(&stage.shop, &operation);
    assert_eq!(
        run.report().await.unwrap_err().to_string(),
        "cannot use local sync when Automatic Sync Policy is enabled unless for dry run"
    );
    assert_eq!(value(&stage, "a").await, None);
    let plan = engine.plan(&stage.shop, &operation).await.unwrap();
    assert_eq!(plan.tasks.len(), 1, "a plan changes nothing, and is made");
}

#[tokio::test]
async fn an_application_that_is_automated_later_follows_its_sources() {
    let mut stage = stage(&[config("a", json!({}))]);
    let engine = stage.engine();
    let mut shop = stage.shop.clone();
    sync(&engine, &mut shop, &local(&[changed("a")])).await;
    stage.shop = shop;
    automate(&mut stage);
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(report.operation.is_none(), "the live state is as asked for");

    // Drift calls for a sync, and a sync is one of what the sources hold.
    let live = stage.find("ConfigMap", "a").await.unwrap();
    let options = gitops_core::apply::DeleteOptions::default();
    let reference = live.reference();
    let delete = gitops_core::Applier::delete(&stage.cluster, &reference, &options);
    delete.await.unwrap();
    stage.cluster.settle();
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(report.succeeded() && report.operation.is_some(), "{report}");
    assert_eq!(value(&stage, "a").await, Some("1".into()));
    assert!(report.found.is_synced(), "{report}");
}

#[tokio::test]
async fn a_sync_of_local_manifests_that_was_cut_off_is_finished_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(&[config("a", json!({}))]);
    let store = || FileStore::new(folder.path());
    let first = stage.engine().operations(store());
    let operation = local(&[changed("a"), job("migrate", "PreSync", "5m")]);
    let mut run = first.sync(&stage.shop, &operation);
    until_waiting(&mut run, "completion of hook").await;
    drop(run);
    assert_eq!(value(&stage, "a").await, None);
    stage.cluster.advance(Duration::from_secs(301));

    // The repository has gone on, and means nothing to what was begun.
    stage.commit(&[config("other", json!({}))]);
    let second = stage.engine().operations(store());
    let mut run = second.reconcile(&stage.shop);
    let event = run.next().await.unwrap();
    assert!(matches!(event, Event::Resumed { .. }), "{event}");
    let report = run.report().await.unwrap();
    assert!(report.succeeded() && report.found.is_synced(), "{report}");
    assert_eq!(value(&stage, "a").await, Some("local".into()));
    assert_eq!(value(&stage, "other").await, None);
    let state = report.status().operation_state.as_ref().unwrap();
    let asked = state.operation.sync.as_ref().unwrap();
    assert_eq!(asked.manifests, operation.manifests);
}

#[tokio::test]
async fn a_sync_of_local_manifests_stands_in_the_history_without_a_revision() {
    let stage = stage(&[config("a", json!({}))]);
    let engine = stage.engine();
    let mut shop = stage.shop.clone();
    sync(&engine, &mut shop, &local(&[changed("a")])).await;
    let [entry] = shop.status.history.as_slice() else {
        panic!("{:?}", shop.status.history);
    };
    assert_eq!((entry.revision.as_str(), entry.revisions.len()), ("", 0));
    assert_eq!(entry.source, shop.spec.source);
    let refused = gitops_core::decide::rollback(&shop, entry.id, true, false, "ada");
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("are not kept"), "{refused}");
}

#[tokio::test]
async fn a_local_manifest_that_cannot_be_read_changes_nothing() {
    let stage = stage(&[config("a", json!({}))]);
    let engine = stage.engine();
    let mut operation = local(&[changed("a")]);
    operation.manifests.0.push("kind: ConfigMap\n".into());
    let run = engine.sync(&stage.shop, &operation);
    let error = run.report().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot read manifest 2 of the operation");
    assert_eq!(value(&stage, "a").await, None);
}
