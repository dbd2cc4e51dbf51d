//! Syncs one Application to a cluster.
//!
//! ```text
//! sync --app FILE [--kubeconfig FILE | --memory] [--once] [--local DIR] [--operations DIR]
//! sync --repo URL --path P --revision R --namespace N [--name NAME] [--local DIR]
//!      [--create-namespace] [--prune] [--server-side] [--dry-run] [--kubeconfig FILE | --memory]
//! ```
//!
//! With `--app` it goes on, refreshes every few seconds and follows the
//! Application's sync policy, until it is interrupted; with `--once`, and with
//! `--repo`, it syncs once and waits until everything is healthy. With `--local` that
//! one sync is of the manifests in a folder, as long as no automated sync would undo it.
//! With `--operations` a sync that was interrupted is finished when it is started again.
//! Exit code 0 when synced and healthy, 1 when not, 2 on usage.

#[path = "shared/application.rs"]
mod application;
#[path = "shared/local.rs"]
mod local;
#[path = "shared/policy.rs"]
mod policy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{ArgGroup, Parser};
use futures::StreamExt;
use gitops_core::Applier;
use gitops_core::api::{
    Application, ApplicationSource, Destination, LocalManifests, SyncOperation, SyncPolicy,
};
use gitops_health::{Chain, Memo};
use gitops_render::charts::Charts;
use gitops_render::git::Git;
use gitops_render::helm::Helm;
use gitops_render::kustomize::Kustomize;
use gitops_render::manifests::Manifests;
use gitops_sync::engine::{Engine, FileStore, Report, Run};
use gitops_sync::{kube, memory};

/// Syncs one Application to a cluster.
#[derive(Parser)]
#[command(group = ArgGroup::new("what").required(true))]
struct Arguments {
    /// The Application's YAML file.
    #[arg(long, group = "what")]
    app: Option<PathBuf>,
    /// The Git repository, instead of an Application.
    #[arg(long, group = "what")]
    repo: Option<String>,
    /// The application's name, by which its objects are tracked.
    #[arg(long, conflicts_with = "app")]
    name: Option<String>,
    /// The folder in the repository.
    #[arg(long, default_value = ".", conflicts_with = "app")]
    path: String,
    /// Branch, tag, commit or version range.
    #[arg(long, default_value = "HEAD", conflicts_with = "app")]
    revision: String,
    /// The namespace of objects that name none.
    #[arg(long, default_value = "default", conflicts_with = "app")]
    namespace: String,
    /// Create the namespace where it does not exist.
    #[arg(long, conflicts_with = "app")]
    create_namespace: bool,
    /// Delete what is no longer in the repository.
    #[arg(long)]
    prune: bool,
    /// Let the server merge by field ownership.
    #[arg(long, conflicts_with = "app")]
    server_side: bool,
    /// Change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Sync once instead of going on.
    #[arg(long)]
    once: bool,
    /// A folder to sync once from, which stands in for the repository, or for the
    /// Application's path in it.
    #[arg(long, conflicts_with = "operations")]
    local: Option<PathBuf>,
    /// The cluster's kubeconfig, instead of the usual places.
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
    /// A cluster in memory, to see what would happen.
    #[arg(long, conflicts_with = "kubeconfig")]
    memory: bool,
    /// A folder that keeps a sync under way, so that it is finished after an
    /// interruption. It is for one cluster, and holds the objects, Secrets too.
    #[arg(long, conflicts_with_all = ["memory", "once", "repo"])]
    operations: Option<PathBuf>,
    /// Seconds to wait for everything to be healthy.
    #[arg(long, default_value_t = 300)]
    timeout: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the Application is synced and healthy in the end.
async fn run(arguments: &Arguments) -> Result<bool> {
    let mut application = application(arguments)?;
    let cluster = cluster(arguments).await?;
    let mut engine = equipped(Engine::new(Arc::clone(&cluster)));
    if let Some(folder) = &arguments.operations {
        engine = engine.operations(FileStore::new(folder));
    }
    let mut operation = operation(&application, arguments);
    if let Some(folder) = &arguments.local {
        operation.manifests = manifests(cluster, application.clone(), folder).await?;
    }
    if arguments.once || arguments.repo.is_some() || arguments.local.is_some() {
        return sync_once(&engine, application, &operation, arguments).await;
    }
    loop {
        match show(engine.reconcile(&application)).await {
            Ok(report) => application.status = report.status().clone(),
            Err(error) => eprintln!("error: {error:#}"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(10)) => {}
            _ = tokio::signal::ctrl_c() => return Ok(true),
        }
    }
}

/// The engine with all that reads repositories, renders and judges.
fn equipped(engine: Engine) -> Engine {
    engine
        .source(Charts::default())
        .source(Git::new(std::env::temp_dir().join("gitops-sync-example")))
        .renderer(Helm::default())
        .renderer(Kustomize::default())
        .renderer(Manifests::default())
        .health(Memo::new(Chain::standard()))
}

/// What is asked for where it is asked for once.
fn operation(application: &Application, arguments: &Arguments) -> SyncOperation {
    let mut operation = SyncOperation::default();
    operation.prune = arguments.prune || policy::prunes(application);
    operation.dry_run = arguments.dry_run;
    operation
}

/// The manifests of a local folder, rendered as the Application says.
async fn manifests(
    cluster: Arc<dyn Applier>,
    mut application: Application,
    folder: &Path,
) -> Result<LocalManifests> {
    let folder = local::source(&mut application, folder)?;
    // The first source that serves a location answers for it.
    let engine = equipped(Engine::new(cluster).source(folder));
    let objects = engine.manifests(&application).await?;
    let texts = objects.iter().map(|object| object.value().to_string());
    Ok(LocalManifests(texts.collect()))
}

async fn sync_once(
    engine: &Engine,
    mut application: Application,
    operation: &SyncOperation,
    arguments: &Arguments,
) -> Result<bool> {
    if arguments.dry_run {
        println!("{}", engine.plan(&application, operation).await?.masked());
    }
    let report = show(engine.sync(&application, operation)).await?;
    if !report.succeeded() || arguments.dry_run {
        return Ok(report.succeeded());
    }
    application.status = report.status().clone();
    let timeout = Duration::from_secs(arguments.timeout);
    let settled = engine.until_healthy(&application, timeout).await?;
    println!("{}, {}", settled.sync_status(), settled.health());
    Ok(settled.is_synced() && settled.is_healthy())
}

/// Prints what happens and returns what came of it.
async fn show(mut run: Run<'_>) -> Result<Report> {
    while let Some(event) = run.next().await {
        println!("{event}");
    }
    Ok(run.report().await?)
}

fn application(arguments: &Arguments) -> Result<Application> {
    if let Some(file) = &arguments.app {
        return application::read(file);
    }
    let repo = arguments.repo.as_deref().unwrap_or_default();
    let source = ApplicationSource::git(repo, &arguments.path, &arguments.revision);
    let mut application = Application::new(
        arguments
            .name
            .clone()
            .unwrap_or_else(|| name_of(repo, &arguments.path)),
        source,
        Destination::in_cluster(&arguments.namespace),
    );
    let mut policy = SyncPolicy::default();
    for (wanted, option) in [
        (arguments.create_namespace, "CreateNamespace=true"),
        (arguments.server_side, "ServerSideApply=true"),
    ] {
        if wanted {
            policy.sync_options.push(option.into());
        }
    }
    application.spec.sync_policy = Some(policy);
    Ok(application)
}

/// A name for the application: the repository's, with the folder's. Objects are
/// tracked by it, so two folders must not share one.
fn name_of(repo: &str, path: &str) -> String {
    let repo = repo.trim_end_matches('/').trim_end_matches(".git");
    let repo = repo.rsplit(['/', ':']).next().unwrap_or_default();
    let folders = path.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<&str> = std::iter::once(repo).chain(folders).collect();
    parts.join("-").to_lowercase()
}

async fn cluster(arguments: &Arguments) -> Result<Arc<dyn Applier>> {
    if arguments.memory {
        let cluster = memory::Cluster::new();
        let controllers = cluster.clone();
        tokio::spawn(async move { controllers.run().await });
        return Ok(Arc::new(cluster));
    }
    let cluster = match &arguments.kubeconfig {
        Some(file) => kube::Cluster::from_kubeconfig(file, None).await,
        None => kube::Cluster::from_defaults().await,
    };
    Ok(Arc::new(cluster.context("no cluster to sync to")?))
}
