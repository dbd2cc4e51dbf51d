//! The whole way from a Git repository to a healthy cluster, told as a story.
//!
//! Needs nothing: the repository is made in a temporary folder, and the cluster
//! is in memory, with controllers that make Deployments ready and run Jobs.

#[path = "quickstart/progress.rs"]
mod progress;
#[path = "quickstart/repository.rs"]
mod repository;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use gitops_core::api::{
    Application, ApplicationSource, Automated, Destination, Retry, SyncOperation, SyncPolicy,
};
use gitops_core::apply::{Applier, Patch, PatchOptions};
use gitops_core::{GroupVersionKind, ObjectRef};
use gitops_health::Builtin;
use gitops_render::git::Git;
use gitops_render::manifests::Manifests;
use gitops_sync::engine::{Engine, Report};
use gitops_sync::memory::Cluster;
use serde_json::json;

use progress::{chapter, note, show};
use repository::Repository;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let manifests = Path::new(env!("CARGO_MANIFEST_DIR")).join("quickstart/shop");
    let mut repository = Repository::create(&folder.path().join("shop.git"), &manifests)?;

    let cluster = Cluster::new();
    let controllers = cluster.clone();
    let controllers = tokio::spawn(async move { controllers.run().await });
    let engine = Engine::new(Arc::new(cluster.clone()))
        .source(Git::new(folder.path().join("cache")))
        .renderer(Manifests::default())
        .health(Builtin);
    let mut shop = application(&repository.url());

    chapter("A commit becomes a running shop");
    show(engine.plan(&shop, &SyncOperation::default()).await?);
    let report = reconcile(&engine, &mut shop).await?;
    ensure!(report.succeeded(), "the first sync failed: {report}");
    settle(&engine, &shop).await?;
    let report = reconcile(&engine, &mut shop).await?;
    ensure!(report.changed_nothing(), "a second run changed something");

    chapter("Somebody edits the cluster, and it is healed");
    let web = deployment("web");
    scale(&cluster, &web, 1).await?;
    note(&format!("kubectl scale {web} --replicas=1"));
    let report = reconcile(&engine, &mut shop).await?;
    ensure!(report.succeeded(), "the healing failed: {report}");
    settle(&engine, &shop).await?;
    note(&format!(
        "{web} has {} replicas again",
        replicas(&cluster, &web).await?
    ));

    chapter("A commit changes an image and removes an object");
    repository.replace("web.yaml", "example/web:1.0", "example/web:2.0")?;
    repository.files.remove("banner.yaml");
    repository.commit("Release 2.0 without the banner")?;
    let report = reconcile(&engine, &mut shop).await?;
    ensure!(report.succeeded(), "the release failed: {report}");
    settle(&engine, &shop).await?;
    note(&format!("{web} runs {}", image(&cluster, &web).await?));

    chapter("A hook fails, and the old version keeps running");
    repository.replace("migrate.yaml", "[migrate, --all]", "[sh, -c, exit 1]")?;
    repository.replace("web.yaml", "example/web:2.0", "example/web:3.0")?;
    repository.commit("Release 3.0 with a broken migration")?;
    let report = reconcile(&engine, &mut shop).await?;
    ensure!(!report.succeeded(), "the broken migration went through");
    note(&format!("stopped: {}", report.message()));
    note(&format!(
        "{web} still runs {}",
        image(&cluster, &web).await?
    ));

    controllers.abort();
    Ok(())
}

/// The Application, as its YAML would say it.
fn application(repo_url: &str) -> Application {
    let source = ApplicationSource::git(repo_url, "deploy", "main");
    let mut shop = Application::new("shop", source, Destination::in_cluster("shop"));
    let mut automated = Automated::default();
    automated.prune = true;
    automated.self_heal = true;
    let mut policy = SyncPolicy::default();
    policy.automated = Some(automated);
    policy.sync_options = vec!["CreateNamespace=true".into()];
    // Without a word, a failed sync is tried five times more.
    policy.retry = Some(Retry::default());
    shop.spec.sync_policy = Some(policy);
    shop
}

/// Syncs where the policy says so, and keeps the status for the next time.
async fn reconcile(engine: &Engine, shop: &mut Application) -> Result<Report> {
    let report = progress::follow(engine.reconcile(shop)).await?;
    shop.status = report.status().clone();
    Ok(report)
}

async fn settle(engine: &Engine, shop: &Application) -> Result<()> {
    let found = engine.until_healthy(shop, Duration::from_secs(30)).await?;
    ensure!(found.is_healthy(), "{}", found.health());
    Ok(())
}

fn deployment(name: &str) -> ObjectRef {
    ObjectRef {
        kind: GroupVersionKind::new("apps", "v1", "Deployment"),
        namespace: Some("shop".into()),
        name: name.into(),
    }
}

async fn scale(cluster: &Cluster, object: &ObjectRef, replicas: u32) -> Result<()> {
    let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
    let somebody = PatchOptions::default().manager("kubectl");
    cluster.patch(object, &patch, &somebody).await?;
    Ok(())
}

async fn replicas(cluster: &Cluster, object: &ObjectRef) -> Result<String> {
    field(cluster, object, "/spec/replicas").await
}

async fn image(cluster: &Cluster, object: &ObjectRef) -> Result<String> {
    field(cluster, object, "/spec/template/spec/containers/0/image").await
}

async fn field(cluster: &Cluster, object: &ObjectRef, pointer: &str) -> Result<String> {
    let live = cluster.get(object).await?;
    let value = live.as_ref().and_then(|live| live.value().pointer(pointer));
    Ok(match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "nothing".into(),
    })
}
