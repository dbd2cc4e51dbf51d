//! One application on its way from a Git repository to the cluster.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gitops_core::api::{
    Application, ApplicationSource, Automated, Destination, SyncOperation, SyncPolicy,
};
use gitops_core::apply::Applier;
use gitops_core::{Object, ObjectKey, ObjectRef};
use gitops_health::Builtin;
use gitops_render::git::Git;
use gitops_render::manifests::Manifests;
use gitops_sync::cache::Cache;
use gitops_sync::engine::{Deletion, Engine, Error, Event, Refreshed, Report};
use tempfile::TempDir;

use super::repository::Repository;
use super::scene::Scene;

/// How long an application may take to become healthy.
const PATIENCE: Duration = Duration::from_secs(60);

/// An application, the engine that looks after it, and its repository.
pub(crate) struct App<'a> {
    pub(crate) scene: &'a Scene,
    pub(crate) repository: Repository,
    pub(crate) engine: Engine,
    pub(crate) application: Application,
    cache: TempDir,
}

impl<'a> App<'a> {
    /// An application of a folder, to be deployed to a namespace.
    pub(crate) async fn new(scene: &'a Scene, folder: &str, namespace: &str) -> Self {
        let repository = Repository::serve().await;
        let cache = tempfile::tempdir().unwrap();
        let source = ApplicationSource::git(repository.url(), folder, "main");
        let destination = Destination::in_cluster(namespace);
        let application = Application::new(scene.name("app"), source, destination);
        let engine = Engine::new(Arc::new(scene.cluster.clone()));
        let engine = equipped(engine, Git::new(cache.path()));
        Self {
            scene,
            repository,
            engine,
            application,
            cache,
        }
    }

    /// The same application on the way to the cluster by other means.
    pub(crate) fn through(&mut self, cluster: Arc<dyn Applier>) {
        self.engine = equipped(Engine::new(cluster), Git::new(self.cache.path()));
    }

    /// The same application with a cache's memory of the cluster.
    pub(crate) fn remembered_by(&mut self, cache: Cache) {
        self.engine = equipped(Engine::cached(cache), Git::new(self.cache.path()));
    }

    /// Sets sync options, such as `CreateNamespace=true`.
    pub(crate) fn options(&mut self, options: &[&str]) {
        let policy = self.policy();
        policy.sync_options = options.iter().map(|option| (*option).to_owned()).collect();
    }

    /// Lets the application sync by itself, with pruning and self-healing.
    pub(crate) fn automate(&mut self) {
        let mut automated = Automated::default();
        automated.prune = true;
        automated.self_heal = true;
        self.policy().automated = Some(automated);
    }

    /// Sets an annotation of the Application.
    pub(crate) fn annotate(&mut self, name: &str, value: &str) {
        let annotations = &mut self.application.metadata.annotations;
        annotations.insert(name.into(), value.into());
    }

    /// Where its objects go.
    pub(crate) fn namespace(&self) -> &str {
        &self.application.spec.destination.namespace
    }

    fn policy(&mut self) -> &mut SyncPolicy {
        self.application.spec.sync_policy.get_or_insert_default()
    }

    /// Syncs with pruning.
    pub(crate) async fn sync(&self) -> Result<Report, Error> {
        let mut operation = SyncOperation::default();
        operation.prune = true;
        self.engine
            .sync(&self.application, &operation)
            .report()
            .await
    }

    /// Syncs, and must succeed.
    #[track_caller]
    pub(crate) fn synced(&self) -> impl Future<Output = Report> {
        let caller = std::panic::Location::caller();
        async move {
            let report = self.sync().await;
            let report = report.unwrap_or_else(|error| panic!("{caller}: {}", chain(&error)));
            assert!(
                report.succeeded(),
                "{caller}: {report}\n{}",
                results(&report)
            );
            assert!(
                report.found.is_synced(),
                "{caller}: {report}\n{}",
                differences(&report)
            );
            report
        }
    }

    /// Does what the policy says, and keeps the status for the next time.
    pub(crate) async fn reconcile(&mut self) -> Report {
        let run = self.engine.reconcile(&self.application);
        let report = run.report().await.unwrap();
        self.application.status = report.status().clone();
        report
    }

    /// Deletes what these finalizers ask for.
    pub(crate) async fn delete(&mut self, finalizers: &[&str]) -> Deletion {
        let metadata = &mut self.application.metadata;
        metadata.finalizers = finalizers.iter().map(|name| (*name).to_owned()).collect();
        let run = self.engine.delete(&self.application);
        run.report().await.unwrap()
    }

    /// Whether an object is in the cluster.
    pub(crate) async fn exists(&self, object: &ObjectRef) -> bool {
        self.scene.cluster.get(object).await.unwrap().is_some()
    }

    /// Waits until the application fares well.
    pub(crate) async fn healthy(&self) -> Refreshed {
        let found = self.engine.until_healthy(&self.application, PATIENCE).await;
        let found = found.unwrap();
        assert!(found.is_healthy(), "{:?}", found.health());
        found
    }

    /// Syncs and tells what happened, a line each.
    pub(crate) async fn told(&self) -> (Vec<Event>, Report) {
        let operation = SyncOperation::default();
        let mut run = self.engine.sync(&self.application, &operation);
        let mut events = Vec::new();
        while let Some(event) = run.next().await {
            events.push(event);
        }
        (events, run.report().await.unwrap())
    }

    /// The resource versions of everything the application consists of.
    pub(crate) async fn versions(&self) -> BTreeMap<ObjectKey, String> {
        let found = self.engine.refresh(&self.application).await.unwrap();
        let live = found.comparison.resources.iter();
        live.filter_map(|resource| resource.live.as_ref())
            .map(|live| (live.key(), version(live)))
            .collect()
    }
}

fn equipped(engine: Engine, git: Git) -> Engine {
    engine
        .source(git)
        .renderer(Manifests::default())
        .health(Builtin)
}

fn version(object: &Object) -> String {
    object.resource_version().unwrap().to_owned()
}

/// An error with everything that led to it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// What became of each object, a line each.
pub(crate) fn results(report: &Report) -> String {
    let results = report
        .operation
        .iter()
        .flat_map(|operation| operation.results());
    let lines = results.map(|result| {
        let status = result
            .status
            .map_or_else(String::new, |status| format!("{status:?}"));
        format!(
            "{} {status} {:?} {}",
            result.object, result.phase, result.message
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn differences(report: &Report) -> String {
    let mut lines = Vec::new();
    for resource in &report.found.comparison.resources {
        let changes = resource.diff.changes.iter();
        lines.extend(changes.map(|change| format!("{}: {}", resource.key, change.path)));
    }
    lines.join("\n")
}
