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

#[path = "shared/application.rs"]
mod application;
#[path = "plan/folder.rs"]
mod folder;
#[path = "shared/local.rs"]
mod local;
#[path = "shared/policy.rs"]
mod policy;
#[cfg(test)]
#[path = "plan/tests.rs"]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{ArgGroup, Parser, ValueEnum};
use gitops_core::Applier;
use gitops_core::api::{Application, SyncOperation};
use gitops_core::plan::Plan;
use gitops_health::Builtin;
use gitops_render::charts::Charts;
use gitops_render::git::Git;
use gitops_render::helm::Helm;
use gitops_render::kustomize::Kustomize;
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
    /// A folder that stands in for the repository, or for the Application's path in it.
    #[arg(long)]
    local: Option<PathBuf>,
    /// Delete what is no longer wanted, also where the Application's policy does not.
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
    let application = application::read(&arguments.app)?;
    let plan = plan(application, arguments).await?;
    for misspelling in &plan.misspelt {
        eprintln!("warning: {misspelling}");
    }
    println!("{}", shown(&plan, arguments.output)?);
    Ok(plan.problems.is_empty())
}

/// What a sync of the Application would do.
async fn plan(mut application: Application, arguments: &Arguments) -> Result<Plan> {
    let mut engine = Engine::new(cluster(&application, arguments).await?)
        .renderer(Helm::default())
        .renderer(Kustomize::default())
        .renderer(Manifests::default())
        .health(Builtin);
    if let Some(folder) = &arguments.local {
        engine = engine.source(local::source(&mut application, folder)?);
    } else {
        let cache = std::env::temp_dir().join("gitops-plan-example");
        engine = engine.source(Charts::default()).source(Git::new(cache));
    }
    let mut operation = SyncOperation::default();
    operation.prune = arguments.prune || policy::prunes(&application);
    Ok(engine.plan(&application, &operation).await?)
}

/// The plan for a person or a program, without the values of Secrets.
fn shown(plan: &Plan, output: Output) -> Result<String> {
    Ok(match output {
        Output::Text => plan.to_string(),
        Output::Json => serde_json::to_string_pretty(&plan.masked())?,
    })
}

async fn cluster(application: &Application, arguments: &Arguments) -> Result<Arc<dyn Applier>> {
    if let Some(folder) = &arguments.live {
        let namespace = &application.spec.destination.namespace;
        return Ok(Arc::new(folder::Folder::read(folder, namespace).await?));
    }
    let file = arguments
        .kubeconfig
        .as_deref()
        .context("no cluster is named")?;
    let cluster = kube::Cluster::from_kubeconfig(file, None).await;
    Ok(Arc::new(cluster.context("no cluster to plan for")?))
}
