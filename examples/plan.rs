//! Prints what a sync would do, and does nothing.
//!
//! ```text
//! plan --app FILE (--live DIR | --kubeconfig FILE) [--local DIR] [--prune]
//!      [--output text|json]
//! ```
//!
//! What is live comes from a folder of manifests or from a cluster; what is
//! wanted from the Application's repository, or from a local folder instead.
//! Exit code 0 when there is a plan, 1 when there is none or it has problems, 2
//! on usage.

#[path = "plan/folder.rs"]
mod folder;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{ArgGroup, Parser, ValueEnum};
use gitops_core::api::{Application, ApplicationSource, SyncOperation};
use gitops_core::{Applier, yaml};
use gitops_health::Builtin;
use gitops_render::directory::Directory;
use gitops_render::git::Git;
use gitops_render::manifests::Manifests;
use gitops_sync::engine::Engine;
use gitops_sync::kube;

/// Prints what a sync would do, and does nothing.
#[derive(Parser)]
#[command(group = ArgGroup::new("cluster").required(true))]
struct Arguments {
    /// The Application's YAML file.
    #[arg(long)]
    app: PathBuf,
    /// A folder with manifests of what is live.
    #[arg(long, group = "cluster")]
    live: Option<PathBuf>,
    /// The kubeconfig of the cluster.
    #[arg(long, group = "cluster")]
    kubeconfig: Option<PathBuf>,
    /// A folder with manifests of what is wanted, instead of the repository.
    #[arg(long)]
    local: Option<PathBuf>,
    /// Delete what is no longer wanted.
    #[arg(long)]
    prune: bool,
    /// How the plan is printed.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether there is a plan without problems.
async fn run(arguments: &Arguments) -> Result<bool> {
    let mut application = application(&arguments.app)?;
    let mut engine = Engine::new(cluster(arguments).await?)
        .renderer(Manifests::default())
        .health(Builtin);
    engine = match &arguments.local {
        Some(folder) => {
            let url = "file:local";
            application.spec.sources.clear();
            application.spec.source = Some(ApplicationSource::git(url, ".", "HEAD"));
            engine.source(Directory::new(url, folder))
        }
        None => engine.source(Git::new(std::env::temp_dir().join("gitops-plan-example"))),
    };

    let mut operation = SyncOperation::default();
    operation.prune = arguments.prune;
    let plan = engine.plan(&application, &operation).await?;
    match arguments.output {
        Output::Text => println!("{plan}"),
        Output::Json => println!("{}", serde_json::to_string_pretty(&plan.masked())?),
    }
    Ok(plan.problems.is_empty())
}

fn application(file: &Path) -> Result<Application> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| name.to_string())?;
    let value = yaml::read(&text, &yaml::Options::default()).with_context(|| name.to_string())?;
    let (application, unknown) = Application::read(&value).with_context(|| name.to_string())?;
    for field in unknown {
        eprintln!("warning: {name}: {field}");
    }
    Ok(application)
}

async fn cluster(arguments: &Arguments) -> Result<Arc<dyn Applier>> {
    if let Some(folder) = &arguments.live {
        return Ok(Arc::new(folder::Folder::read(folder).await?));
    }
    let file = arguments
        .kubeconfig
        .as_deref()
        .context("no cluster is named")?;
    let cluster = kube::Cluster::from_kubeconfig(file, None).await;
    Ok(Arc::new(cluster.context("no cluster to plan for")?))
}
