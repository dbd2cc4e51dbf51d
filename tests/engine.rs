//! What an engine promises, on the cluster in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use gitops_core::api::{
    Application, ApplicationSource, Automated, Destination, ResourceIgnoreDifferences,
    SyncOperation, SyncPolicy,
};
use gitops_core::apply::{Applier, Patch, PatchOptions};
use gitops_core::render::{self, Rendered, Request};
use gitops_core::{GroupVersionKind, ObjectRef, Renderer};
use gitops_health::Builtin;
use gitops_render::manifests::Manifests;
use gitops_render::memory::{MemorySource, MemoryTree};
use gitops_sync::engine::{Engine, Event, Report};
use gitops_sync::memory::Cluster;
use serde_json::json;

const REPO: &str = "memory://shop";

/// Renders manifests and counts how often.
struct Counted(Arc<AtomicUsize>);

impl Renderer for Counted {
    fn name(&self) -> &'static str {
        "Directory"
    }

    fn detects(&self, _request: &Request<'_>) -> Result<bool, render::Error> {
        Ok(true)
    }

    fn render(&self, request: &Request<'_>) -> Result<Rendered, render::Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Manifests::default().render(request)
    }
}

/// An application of a tree in memory on a cluster in memory.
struct Stage {
    source: Arc<MemorySource>,
    cluster: Cluster,
    engine: Engine,
    shop: Application,
    renders: Arc<AtomicUsize>,
}

impl Stage {
    fn new() -> Self {
        let source = Arc::new(MemorySource::new(REPO));
        let cluster = Cluster::new();
        let renders = Arc::new(AtomicUsize::new(0));
        let engine = Engine::new(Arc::new(cluster.clone()))
            .source(Arc::clone(&source))
            .renderer(Counted(Arc::clone(&renders)))
            .health(Builtin);
        let from = ApplicationSource::git(REPO, "deploy", "HEAD");
        let mut shop = Application::new("shop", from, Destination::in_cluster("default"));
        let mut automated = Automated::default();
        automated.prune = true;
        automated.self_heal = true;
        let mut policy = SyncPolicy::default();
        policy.automated = Some(automated);
        shop.spec.sync_policy = Some(policy);
        Self {
            source,
            cluster,
            engine,
            shop,
            renders,
        }
    }

    /// Commits ConfigMaps, each with its one value, and a file beside them.
    fn commit(&self, values: &[(&str, &str)], notes: &str) {
        let tree = MemoryTree::new().with_file("notes.md", notes).unwrap();
        let tree = values.iter().fold(tree, |tree, (name, value)| {
            let text = json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": name}, "data": {"value": value},
            });
            tree.with_file(&format!("deploy/{name}.yaml"), text.to_string())
                .unwrap()
        });
        self.source.push(tree);
    }

    async fn reconcile(&mut self) -> Report {
        let report = self.engine.reconcile(&self.shop).report().await.unwrap();
        self.shop.status = report.status().clone();
        report
    }

    async fn values(&self) -> BTreeMap<String, String> {
        // Foreground deletion ends when the garbage collector has looked.
        self.cluster.settle();
        let kind = GroupVersionKind::new("", "v1", "ConfigMap");
        let list = self.cluster.list(&kind, Some("default")).await.unwrap();
        list.objects
            .iter()
            .filter(|object| object.name() != "kube-root-ca.crt")
            .map(|object| {
                let value = object.value()["data"]["value"].as_str().unwrap_or("none");
                (object.name().to_owned(), value.to_owned())
            })
            .collect()
    }

    async fn resource_version(&self) -> String {
        let kind = GroupVersionKind::new("", "v1", "ConfigMap");
        self.cluster
            .list(&kind, None)
            .await
            .unwrap()
            .resource_version
    }

    async fn edit(&self, name: &str, value: &str) {
        let object = ObjectRef {
            kind: GroupVersionKind::new("", "v1", "ConfigMap"),
            namespace: Some("default".into()),
            name: name.into(),
        };
        let patch = Patch::Merge(json!({"data": {"value": value}}));
        let somebody = PatchOptions::default().manager("kubectl");
        self.cluster
            .patch(&object, &patch, &somebody)
            .await
            .unwrap();
    }
}

fn map(values: &[(&str, &str)]) -> BTreeMap<String, String> {
    values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn what_is_in_git_is_created_changed_and_pruned() {
    let mut stage = Stage::new();
    stage.commit(&[("a", "1"), ("b", "1")], "");
    assert!(stage.reconcile().await.succeeded());
    assert_eq!(stage.values().await, map(&[("a", "1"), ("b", "1")]));
    stage.commit(&[("a", "2")], "");
    assert!(stage.reconcile().await.succeeded());
    assert_eq!(stage.values().await, map(&[("a", "2")]));
}

#[tokio::test]
async fn a_second_run_sends_nothing_to_the_cluster() {
    let mut stage = Stage::new();
    stage.commit(&[("a", "1")], "");
    stage.reconcile().await;
    let before = stage.resource_version().await;
    let report = stage.reconcile().await;
    assert!(report.changed_nothing() && report.operation.is_none());
    let asked = stage
        .engine
        .sync(&stage.shop, &SyncOperation::default())
        .report()
        .await
        .unwrap();
    assert!(asked.succeeded() && asked.changed_nothing());
    assert_eq!(stage.resource_version().await, before);
}

#[tokio::test]
async fn what_somebody_edits_is_healed() {
    let mut stage = Stage::new();
    stage.commit(&[("a", "1")], "");
    stage.reconcile().await;
    stage.edit("a", "edited").await;
    assert!(stage.reconcile().await.succeeded());
    assert_eq!(stage.values().await, map(&[("a", "1")]));
}

#[tokio::test]
async fn what_is_ignored_is_left_alone() {
    let mut stage = Stage::new();
    let mut rule = ResourceIgnoreDifferences::default();
    rule.kind = "ConfigMap".into();
    rule.json_pointers = vec!["/data/value".into()];
    stage.shop.spec.ignore_differences = vec![rule];
    stage.commit(&[("a", "1")], "");
    stage.reconcile().await;
    stage.edit("a", "edited").await;
    assert!(stage.reconcile().await.operation.is_none());
    assert_eq!(stage.values().await, map(&[("a", "edited")]));
}

#[tokio::test]
async fn a_commit_beside_the_application_renders_nothing() {
    let mut stage = Stage::new();
    stage.commit(&[("a", "1")], "monday");
    stage.reconcile().await;
    let before = stage.renders.load(Ordering::Relaxed);
    stage.commit(&[("a", "1")], "tuesday");
    let report = stage.reconcile().await;
    assert_eq!(report.found.revisions.len(), 1);
    assert_eq!(stage.renders.load(Ordering::Relaxed), before);
    stage.commit(&[("a", "1"), ("b", "1")], "tuesday");
    stage.reconcile().await;
    assert!(stage.renders.load(Ordering::Relaxed) > before);
    assert_eq!(stage.values().await.len(), 2);
}

#[tokio::test]
async fn overrides_beside_the_manifests_choose_what_is_rendered() {
    let mut stage = Stage::new();
    let tree = MemoryTree::new()
        .with_file(
            "deploy/sub/a.yaml",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
        )
        .and_then(|tree| {
            tree.with_file(
                "deploy/.argocd-source-shop.yaml",
                "repoURL: elsewhere\ndirectory:\n  recurse: true\n  exclude: .argocd-source*\n",
            )
        })
        .unwrap();
    stage.source.push(tree);
    assert!(stage.reconcile().await.succeeded());
    assert_eq!(stage.values().await, map(&[("a", "none")]));
}

#[tokio::test]
async fn misspelt_options_are_told_with_the_nearest_ones() {
    let mut stage = Stage::new();
    let object = |name: &str, annotations: serde_json::Value| {
        let metadata = json!({"name": name, "annotations": annotations});
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}).to_string()
    };
    let options = |item: &str| json!({"argocd.argoproj.io/sync-options": item});
    let mut hook = options("Forse=true");
    hook["argocd.argoproj.io/hook"] = "PreSync".into();
    let with = |tree: MemoryTree, name: &str, annotations| {
        let file = format!("deploy/{name}.yaml");
        tree.with_file(&file, object(name, annotations)).unwrap()
    };
    let tree = with(
        MemoryTree::new(),
        "extra",
        options("PruneLats=true,Prune=false"),
    );
    stage.source.push(tree);
    stage.reconcile().await;

    let tree = with(MemoryTree::new(), "a", options("Replase=true"));
    stage.source.push(with(tree, "hook", hook));
    let policy = stage.shop.spec.sync_policy.as_mut().unwrap();
    policy.sync_options = vec!["CreateNamespaces=true".into(), "Force=true".into()];
    let mut run = stage.engine.reconcile(&stage.shop);
    let mut warnings = Vec::new();
    while let Some(event) = run.next().await {
        if let Event::Warning(warning) = event {
            warnings.push(warning);
        }
    }
    warnings.sort();
    let unknown = |at: &str, option: &str, nearest: &str| {
        format!("{at}sync option {option:?} is not known; did you mean {nearest:?}?")
    };
    let at = |name: &str| format!("ConfigMap default/{name}: ");
    let expected = [
        unknown(&at("a"), "Replase=true", "Replace=true"),
        unknown(&at("extra"), "PruneLats=true", "PruneLast=true"),
        unknown(&at("hook"), "Forse=true", "Force=true"),
        unknown("", "CreateNamespaces=true", "CreateNamespace=true"),
        "sync option \"Force=true\" counts for objects, not for applications".to_owned(),
    ];
    assert_eq!(warnings, expected);
}

#[tokio::test]
async fn a_sync_leaves_an_entry_in_the_history() {
    let mut stage = Stage::new();
    stage.commit(&[("a", "1")], "");
    stage.reconcile().await;
    stage.commit(&[("a", "2")], "");
    stage.reconcile().await;
    let history = &stage.shop.status.history;
    assert_eq!(history.len(), 2);
    assert_eq!((history[0].id, history[1].id), (0, 1));
    assert_ne!(history[0].revision, history[1].revision);
    assert!(history[1].initiated_by.automated);
}
