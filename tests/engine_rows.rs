//! Rows of the reference's edge cases that only a whole engine can show.

use std::time::Duration;

use futures::StreamExt;
use gitops_core::api::{Application, OperationPhase, SyncOperation};
use gitops_core::apply::{Applier, ApplyOptions, Reason};
use gitops_core::decide::{self, Automated, Skip};
use gitops_core::{Object, ObjectKey};
use gitops_sync::engine::{Engine, Error, Event, Settings};
use gitops_sync::memory::fault::{Fault, Rule, Verb};
use jiff::Timestamp;
use serde_json::json;

use super::engine_operations::{Stage, config, job, until_waiting};

const WRITES: [Verb; 3] = [Verb::Apply, Verb::Patch, Verb::Delete];

fn count(stage: &Stage, verb: Verb) -> usize {
    let calls = stage.faulty.calls();
    calls.iter().filter(|call| call.verb == verb).count()
}

fn writes(stage: &Stage) -> usize {
    WRITES.iter().map(|verb| count(stage, *verb)).sum()
}

/// Discovery fails so often with `reason`; the cluster is asked `asked` times and
/// the sync ends as `succeeds` says, without a change where it does not.
async fn check_discovery(reason: Reason, fails: u64, asked: usize, succeeds: bool) {
    let stage = Stage::new(&[config("a", json!({})), config("b", json!({}))]);
    let rule = Rule::new(Fault::Error(reason)).verb(Verb::Discover);
    stage.faulty.add(rule.first(fails));
    let engine = stage.engine();
    match engine
        .sync(&stage.shop, &SyncOperation::default())
        .report()
        .await
    {
        Ok(report) => assert!(succeeds && report.succeeded(), "{report}"),
        Err(Error::Cluster { action, error }) => {
            assert!(!succeeds, "{error}");
            assert_eq!((action.as_str(), error.reason), ("discover", reason));
            assert_eq!(count(&stage, Verb::Discover), asked);
            assert_eq!(writes(&stage), 0);
        }
        Err(other) => panic!("{other}"),
    }
    if succeeds {
        assert!(count(&stage, Verb::Discover) >= asked);
    }
}

#[tokio::test(start_paused = true)]
async fn row_2_discovery_that_fails_is_asked_once_for_all_objects() {
    check_discovery(Reason::Forbidden, u64::MAX, 1, false).await;
}

#[tokio::test(start_paused = true)]
async fn row_3_credentials_that_are_refused_four_times_do() {
    check_discovery(Reason::Unauthorized, 4, 5, true).await;
}

#[tokio::test(start_paused = true)]
async fn row_4_credentials_that_are_refused_five_times_do_not() {
    check_discovery(Reason::Unauthorized, 5, 5, false).await;
}

#[tokio::test(start_paused = true)]
async fn row_5_a_conflict_in_discovery_is_final() {
    check_discovery(Reason::Conflict, 1, 1, false).await;
}

#[tokio::test]
async fn row_95_nothing_is_written_before_the_next_try_is_due() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    stage.retries(1);
    let refusal = Fault::Error(Reason::Forbidden);
    stage.faulty.add(Rule::new(refusal).verb(Verb::Apply));
    let engine = stage.engine();
    let mut run = engine.sync(&stage.shop, &SyncOperation::default());
    while let Some(event) = run.next().await {
        if let Event::Retrying { at, .. } = event {
            let before = writes(&stage);
            let left = at.duration_since(Timestamp::now()).unsigned_abs();
            let waited = tokio::time::timeout(left / 2, run.next()).await;
            assert!(waited.is_err(), "something happened: {waited:?}");
            assert_eq!(writes(&stage), before);
            return;
        }
    }
    panic!("it was not tried again");
}

#[tokio::test]
async fn row_96_the_next_try_begins_without_the_results_of_the_one_before() {
    let mut stage = Stage::new(&[config("a", json!({})), config("b", json!({}))]);
    stage.retries(1);
    let refusal = Rule::new(Fault::Error(Reason::Forbidden)).verb(Verb::Apply);
    stage.faulty.add(refusal.name("a").first(1));
    let engine = stage.engine();
    let run = engine.sync(&stage.shop, &SyncOperation::default());
    let report = run.report().await.unwrap();
    assert!(report.succeeded(), "{report}");
    let state = report.status().operation_state.as_ref().unwrap();
    assert_eq!(state.retry_count, 1);
    assert!(state.finished_at > state.started_at);
    let result = state.sync_result.as_ref().unwrap();
    let failed = |result: &&gitops_core::api::ResourceResult| {
        result.hook_phase == Some(OperationPhase::Failed)
    };
    assert_eq!(result.resources.len(), 2);
    assert_eq!(result.resources.iter().find(failed), None);
}

#[tokio::test]
async fn row_99_a_sync_that_takes_too_long_says_how_often_it_was_tried() {
    let mut stage = Stage::new(&[config("a", json!({})), job("migrate", "PostSync", "5m")]);
    stage.retries(1);
    let refusal = Rule::new(Fault::Error(Reason::Forbidden)).verb(Verb::Apply);
    stage.faulty.add(refusal.name("a").first(1));
    let settings = Settings::default().sync_timeout(Some(Duration::from_millis(800)));
    let engine = stage.engine().settings(settings);
    let run = engine.sync(&stage.shop, &SyncOperation::default());
    let report = run.report().await.unwrap();
    assert_eq!(
        report.message(),
        "Operation terminated, triggered by controller sync timeout (retried 1 times)."
    );
}

#[tokio::test]
async fn row_102_a_window_that_closes_does_not_stop_a_sync_under_way() {
    let stage = Stage::new(&[config("a", json!({})), job("migrate", "PostSync", "300ms")]);
    let engine = stage.engine();
    let wanted = SyncOperation::default();
    let mut run = engine.sync(&stage.shop, &wanted);
    until_waiting(&mut run, "completion of hook").await;

    let denied = Some("maintenance");
    let found = engine.refresh(&stage.shop).await.unwrap();
    let mut facts = decide::Facts::new(&stage.shop, &found.comparison, &[]);
    facts.denied = denied;
    let automated = decide::automated(&facts, Timestamp::now());
    assert_eq!(
        automated,
        Automated::Skip(Skip::Denied("maintenance".into()))
    );
    let asked = decide::request(&stage.shop, wanted.clone(), "ada", denied.is_some());
    assert_eq!(
        asked.unwrap_err().to_string(),
        "cannot sync: blocked by sync window"
    );

    stage.cluster.settle();
    let report = run.report().await.unwrap();
    assert!(report.succeeded(), "{report}");
}

/// A project that forbids one namespace.
fn permits(_: &Application, key: &ObjectKey) -> Result<(), String> {
    match key.namespace.as_str() {
        "kube-public" => Err("namespace kube-public is not permitted in project 'p'".into()),
        _ => Ok(()),
    }
}

#[tokio::test]
async fn row_1_an_object_the_project_forbids_keeps_all_from_being_applied() {
    let mut forbidden = config("b", json!({}));
    forbidden["metadata"]["namespace"] = json!("kube-public");
    let stage = Stage::new(&[config("a", json!({})), forbidden]);
    let engine = stage.engine().permits(permits);
    let run = engine.sync(&stage.shop, &SyncOperation::default());
    let report = run.report().await.unwrap();
    assert_eq!(
        report.message(),
        "one or more synchronization tasks are not valid: namespace kube-public is not permitted \
         in project 'p'"
    );
    assert_eq!(writes(&stage), 0);
}

/// Deletes the application with its object `a`; `other` stays.
async fn check_deletion_leaves(stage: &mut Stage, engine: &Engine, other: &Object) {
    stage.mark_deleted();
    let deletion = engine.delete(&stage.shop).report().await.unwrap();
    assert_eq!(deletion.waits_for, None);
    stage.cluster.settle();
    assert!(stage.find("ConfigMap", "a").await.is_none());
    let left = stage.cluster.get(&other.reference()).await.unwrap();
    assert!(left.is_some(), "{other:?} is gone");
}

#[tokio::test]
async fn row_105_a_stray_object_the_project_forbids_is_neither_pruned_nor_deleted() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    let mark = "shop:/ConfigMap:kube-public/stray";
    let mut stray = config("stray", json!({"argocd.argoproj.io/tracking-id": mark}));
    stray["metadata"]["namespace"] = json!("kube-public");
    let stray = Object::new(stray).unwrap();
    let options = ApplyOptions::default();
    stage.cluster.apply(&stray, &options).await.unwrap();

    let engine = stage.engine().permits(permits);
    let synced = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(synced.succeeded(), "{synced}");
    let unlimited = stage.engine().refresh(&stage.shop).await.unwrap();
    assert!(
        !unlimited.is_synced(),
        "without a project it is to be pruned"
    );

    check_deletion_leaves(&mut stage, &engine, &stray).await;
}

#[tokio::test]
async fn row_105_a_copy_that_carries_the_applications_mark_is_not_deleted() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    let engine = stage.engine();
    engine.reconcile(&stage.shop).report().await.unwrap();
    let mut copy = stage.find("ConfigMap", "a").await.unwrap().into_value();
    copy["metadata"] = json!({
        "name": "a", "namespace": "kube-public",
        "annotations": copy["metadata"]["annotations"],
    });
    let copy = Object::new(copy).unwrap();
    let options = ApplyOptions::default();
    stage.cluster.apply(&copy, &options).await.unwrap();

    check_deletion_leaves(&mut stage, &engine, &copy).await;
}
