//! What an engine promises of a sync that does not go straight through: stored and
//! taken up again, retried, ended early, waiting for a person, and of deletion.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gitops_core::api::{
    Application, ApplicationSource, Automated, Backoff, Destination, OperationPhase, Retry,
    SyncOperation, SyncPolicy,
};
use gitops_core::apply::{Applier, Reason};
use gitops_core::decide::Hindrance;
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use gitops_health::Builtin;
use gitops_render::manifests::Manifests;
use gitops_render::memory::{MemorySource, MemoryTree};
use gitops_sync::engine::{Engine, Event, FileStore, Run, Settings};
use gitops_sync::memory::fault::{Fault, Faulty, Rule, Verb};
use gitops_sync::memory::{Cluster, DELAY};
use jiff::Timestamp;
use serde_json::{Value, json};

const REPO: &str = "memory://shop";
const RESOURCES: &str = "resources-finalizer.argocd.argoproj.io";

/// An application of a tree in memory on a cluster in memory that can fail.
pub(crate) struct Stage {
    source: Arc<MemorySource>,
    pub(crate) cluster: Cluster,
    pub(crate) faulty: Arc<Faulty<Cluster>>,
    pub(crate) shop: Application,
}

impl Stage {
    pub(crate) fn new(objects: &[Value]) -> Self {
        let source = Arc::new(MemorySource::new(REPO));
        let cluster = Cluster::new();
        let from = ApplicationSource::git(REPO, "deploy", "HEAD");
        let mut shop = Application::new("shop", from, Destination::in_cluster("default"));
        let mut automated = Automated::default();
        automated.prune = true;
        let mut policy = SyncPolicy::default();
        policy.automated = Some(automated);
        policy.retry = Some(Retry::default());
        shop.spec.sync_policy = Some(policy);
        let stage = Self {
            source,
            faulty: Arc::new(Faulty::new(cluster.clone())),
            cluster,
            shop,
        };
        stage.commit(objects);
        stage
    }

    pub(crate) fn commit(&self, objects: &[Value]) {
        let mut tree = MemoryTree::new().with_file("deploy/notes.txt", "").unwrap();
        for (place, object) in objects.iter().enumerate() {
            let file = format!("deploy/{place}.yaml");
            tree = tree.with_file(&file, object.to_string()).unwrap();
        }
        self.source.push(tree);
    }

    pub(crate) fn engine(&self) -> Engine {
        Engine::new(Arc::clone(&self.faulty) as Arc<dyn Applier>)
            .source(Arc::clone(&self.source))
            .renderer(Manifests::default())
            .health(Builtin)
    }

    pub(crate) fn retries(&mut self, limit: i64) {
        let mut backoff = Backoff::default();
        backoff.duration = "20ms".into();
        let mut retry = Retry::default();
        retry.limit = limit;
        retry.backoff = Some(backoff);
        if let Some(policy) = &mut self.shop.spec.sync_policy {
            policy.retry = Some(retry);
        }
    }

    /// Marks the application as deleted, its objects in the background.
    pub(crate) fn mark_deleted(&mut self) {
        self.shop.metadata.finalizers = vec![format!("{RESOURCES}/background")];
        self.shop.metadata.deletion_timestamp = Some(Timestamp::now());
    }

    pub(crate) async fn find(&self, kind: &str, name: &str) -> Option<Object> {
        let group = if kind == "Job" { "batch" } else { "" };
        let object = ObjectRef {
            kind: GroupVersionKind::new(group, "v1", kind),
            namespace: Some("default".into()),
            name: name.into(),
        };
        self.cluster.get(&object).await.unwrap()
    }

    pub(crate) fn applied(&self, name: &str) -> usize {
        let calls = self.faulty.calls();
        let applies = calls
            .iter()
            .filter(|call| call.verb == Verb::Apply && call.name == name);
        applies.count()
    }
}

pub(crate) fn config(name: &str, annotations: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "annotations": annotations}, "data": {"a": "1"},
    })
}

/// A Job that takes so long.
pub(crate) fn job(name: &str, hook: &str, delay: &str) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "annotations": {"argocd.argoproj.io/hook": hook}},
        "spec": {"backoffLimit": 0, "template": {
            "metadata": {"annotations": {DELAY: delay}},
            "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "main:1"}]},
        }},
    })
}

/// Goes on until the run waits for this.
pub(crate) async fn until_waiting(run: &mut Run<'_>, what: &str) {
    while let Some(event) = run.next().await {
        if matches!(&event, Event::Waiting { message } if message.contains(what)) {
            return;
        }
    }
    panic!("the run ended without waiting for {what}");
}

/// Goes on until the run has failed and is to be tried again.
pub(crate) async fn until_retried(run: &mut Run<'_>) {
    while let Some(event) = run.next().await {
        if matches!(event, Event::Retrying { .. }) {
            return;
        }
    }
    panic!("the run was not tried again");
}

#[tokio::test]
async fn another_process_finishes_a_sync_and_runs_no_hook_twice() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(&[config("a", json!({})), job("migrate", "PreSync", "5m")]);
    let first = stage.engine().operations(FileStore::new(folder.path()));
    let mut run = first.reconcile(&stage.shop);
    until_waiting(&mut run, "completion of hook").await;
    drop(run);
    drop(first);
    let hook = stage.find("Job", "migrate").await.unwrap();
    let applies = stage.applied("migrate");
    assert!(stage.find("ConfigMap", "a").await.is_none());
    stage.cluster.advance(Duration::from_secs(301));

    let second = stage.engine().operations(FileStore::new(folder.path()));
    let mut run = second.reconcile(&stage.shop);
    let event = run.next().await.unwrap();
    assert!(matches!(event, Event::Resumed { .. }), "{event}");
    let report = run.report().await.unwrap();
    assert!(report.succeeded(), "{report}");
    assert!(stage.find("ConfigMap", "a").await.is_some());
    assert_eq!(stage.applied("migrate"), applies);
    let after = stage.find("Job", "migrate").await.unwrap();
    assert_eq!(after.uid(), hook.uid());
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "what has ended is forgotten");
}

#[tokio::test]
async fn a_new_sync_terminates_what_was_left_unfinished() {
    let stage = Stage::new(&[config("a", json!({})), job("migrate", "PreSync", "5m")]);
    let engine = stage.engine();
    let mut run = engine.reconcile(&stage.shop);
    until_waiting(&mut run, "completion of hook").await;
    drop(run);
    let former = stage.find("Job", "migrate").await.unwrap();
    stage.commit(&[config("a", json!({}))]);
    let run = engine.sync(&stage.shop, &SyncOperation::default());
    let report = run.report().await.unwrap();
    assert!(report.succeeded(), "{report}");
    stage.cluster.settle();
    let now = stage.find("Job", "migrate").await;
    assert!(
        now.is_none_or(|now| now.uid() != former.uid()),
        "the hook is deleted"
    );
}

#[tokio::test]
async fn a_terminated_sync_deletes_its_hook_and_is_not_retried() {
    let mut stage = Stage::new(&[config("a", json!({})), job("migrate", "PreSync", "5m")]);
    stage.retries(3);
    let engine = stage.engine();
    let mut run = engine.sync(&stage.shop, &SyncOperation::default());
    until_waiting(&mut run, "completion of hook").await;
    run.terminator().terminate();
    let report = run.report().await.unwrap();
    assert_eq!(report.message(), "Operation terminated");
    let state = report.status().operation_state.as_ref().unwrap();
    assert_eq!(
        (state.phase, state.retry_count),
        (OperationPhase::Failed, 0)
    );
    stage.cluster.settle();
    assert!(stage.find("Job", "migrate").await.is_none());
    assert!(stage.find("ConfigMap", "a").await.is_none());
}

#[tokio::test]
async fn row_98_a_sync_that_takes_too_long_is_ended() {
    let stage = Stage::new(&[job("migrate", "PreSync", "5m")]);
    let settings = Settings::default().sync_timeout(Some(Duration::from_millis(200)));
    let engine = stage.engine().settings(settings);
    let run = engine.sync(&stage.shop, &SyncOperation::default());
    let report = run.report().await.unwrap();
    assert_eq!(
        report.message(),
        "Operation terminated, triggered by controller sync timeout"
    );
}

#[tokio::test]
async fn a_sync_that_fails_is_tried_again() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    stage.retries(2);
    let refusal = Fault::Error(Reason::Forbidden);
    stage
        .faulty
        .add(Rule::new(refusal).verb(Verb::Apply).first(1));
    let engine = stage.engine();
    let mut run = engine.sync(&stage.shop, &SyncOperation::default());
    let mut retries = 0;
    while let Some(event) = run.next().await {
        retries += usize::from(matches!(event, Event::Retrying { .. }));
    }
    let report = run.report().await.unwrap();
    assert!(report.succeeded(), "{report}");
    let state = report.status().operation_state.as_ref().unwrap();
    assert_eq!((retries, state.retry_count), (1, 1));
    assert!(stage.find("ConfigMap", "a").await.is_some());
}

#[tokio::test]
async fn retries_end_and_are_counted_in_the_message() {
    let mut stage = Stage::new(&[config("a", json!({}))]);
    stage.retries(2);
    let refusal = Fault::Error(Reason::Forbidden);
    stage.faulty.add(Rule::new(refusal).verb(Verb::Apply));
    let engine = stage.engine();
    let run = engine.sync(&stage.shop, &SyncOperation::default());
    let report = run.report().await.unwrap();
    assert!(!report.succeeded());
    assert!(report.message().ends_with("(retried 2 times)."), "{report}");
}

#[tokio::test]
async fn pruning_waits_until_a_person_confirms_it() {
    let confirm = json!({"argocd.argoproj.io/sync-options": "Prune=confirm"});
    let mut stage = Stage::new(&[config("a", json!({})), config("b", confirm)]);
    let engine = stage.engine();
    let run = engine.reconcile(&stage.shop);
    stage.shop.status = run.report().await.unwrap().status().clone();
    stage.commit(&[config("a", json!({}))]);
    let mut run = engine.reconcile(&stage.shop);
    until_waiting(&mut run, "confirmation").await;
    drop(run);
    assert!(stage.find("ConfigMap", "b").await.is_some());
    stage.shop.metadata.annotations.insert(
        "argocd.argoproj.io/deletion-approved".into(),
        Timestamp::now().to_string(),
    );
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(report.succeeded(), "{report}");
    stage.cluster.settle();
    assert!(stage.find("ConfigMap", "b").await.is_none());
}

#[tokio::test]
async fn deletion_goes_by_the_finalizers_wave_by_wave() {
    let wave = |number: &str| json!({"argocd.argoproj.io/sync-wave": number});
    let kept = json!({"argocd.argoproj.io/sync-options": "Delete=false"});
    let mut stage = Stage::new(&[
        config("first", wave("0")),
        config("last", wave("1")),
        config("kept", kept),
        job("goodbye", "PreDelete", "0s"),
    ]);
    let engine = stage.engine();
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(report.succeeded(), "{report}");
    assert!(stage.find("Job", "goodbye").await.is_none());

    let nothing = engine.delete(&stage.shop).report().await.unwrap();
    assert!(nothing.released.is_empty());
    assert!(stage.find("ConfigMap", "first").await.is_some());

    let finalizers = ["pre-delete-finalizer.argocd.argoproj.io", RESOURCES];
    stage.shop.metadata.finalizers = finalizers.map(str::to_owned).to_vec();
    let controllers = stage.cluster.clone();
    let time = tokio::spawn(async move { controllers.run().await });
    let mut run = engine.delete(&stage.shop);
    let mut deleted = Vec::new();
    while let Some(event) = run.next().await {
        deleted.push(event.to_string());
    }
    let deletion = run.report().await.unwrap();
    time.abort();
    assert_eq!(deletion.released, finalizers);
    assert_eq!(deletion.waits_for, None);
    let at = |name: &str| {
        let line = |text: &String| text.starts_with("delete ") && text.contains(name);
        deleted.iter().position(line)
    };
    assert!(at("last") < at("first"), "{deleted:#?}");
    assert!(stage.applied("goodbye") == 1);
    for name in ["first", "last"] {
        assert!(stage.find("ConfigMap", name).await.is_none(), "{name}");
    }
    assert!(stage.find("ConfigMap", "kept").await.is_some());
}

#[tokio::test]
async fn a_deletion_that_a_person_must_confirm_is_left_to_them() {
    let confirm = json!({"argocd.argoproj.io/sync-options": "Delete=confirm"});
    let mut stage = Stage::new(&[config("a", confirm)]);
    let engine = stage.engine();
    engine.reconcile(&stage.shop).report().await.unwrap();
    stage.mark_deleted();
    let deletion = engine.delete(&stage.shop).report().await.unwrap();
    assert!(matches!(deletion.waits_for, Some(Hindrance::Approval(_))));
    assert!(stage.find("ConfigMap", "a").await.is_some());
    stage.shop.metadata.annotations.insert(
        "argocd.argoproj.io/deletion-approved".into(),
        Timestamp::now().to_string(),
    );
    let deletion = engine.delete(&stage.shop).report().await.unwrap();
    assert_eq!(deletion.waits_for, None);
    stage.cluster.settle();
    assert!(stage.find("ConfigMap", "a").await.is_none());
}

#[tokio::test]
async fn a_comparison_by_dry_runs_asks_once_about_what_does_not_change() {
    let mut stage = Stage::new(&[config("a", json!({})), config("b", json!({}))]);
    stage.shop.metadata.annotations.insert(
        "argocd.argoproj.io/compare-options".into(),
        "ServerSideDiff=true".into(),
    );
    let engine = stage.engine();
    let report = engine.reconcile(&stage.shop).report().await.unwrap();
    assert!(report.found.is_synced(), "{report}");
    let before = stage.applied("a");
    for _ in 0..3 {
        assert!(engine.refresh(&stage.shop).await.unwrap().is_synced());
    }
    assert_eq!(stage.applied("a"), before);
    let mut changed = config("a", json!({}));
    changed["data"]["a"] = "2".into();
    stage.commit(&[changed, config("b", json!({}))]);
    let found = engine.refresh(&stage.shop).await.unwrap();
    assert!(!found.is_synced());
    assert_eq!(stage.applied("a"), before + 1);
    let paths: Vec<String> = found
        .comparison
        .resources
        .iter()
        .flat_map(|resource| resource.diff.changes.iter())
        .map(|change| change.path.to_string())
        .collect();
    assert_eq!(paths, [".data.a"]);
}

#[tokio::test]
async fn a_dry_run_that_fails_is_told_and_hides_no_other() {
    let mut stage = Stage::new(&[config("a", json!({})), config("b", json!({}))]);
    let engine = stage.engine();
    engine.reconcile(&stage.shop).report().await.unwrap();
    stage.shop.metadata.annotations.insert(
        "argocd.argoproj.io/compare-options".into(),
        "ServerSideDiff=true".into(),
    );
    let refusal = Fault::Error(Reason::Forbidden);
    stage
        .faulty
        .add(Rule::new(refusal).verb(Verb::Apply).name("a"));
    let found = engine.refresh(&stage.shop).await.unwrap();
    assert!(found.is_synced());
    let warnings: Vec<&str> = found
        .comparison
        .resources
        .iter()
        .flat_map(|resource| resource.diff.warnings.iter().map(String::as_str))
        .collect();
    assert_eq!(
        warnings,
        ["compared with what was applied last: the dry run failed: injected fault"]
    );
}
