//! An Application's manifests beside a cluster or a folder of live objects.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use gitops_core::api::Application;
use gitops_core::compare::Comparison;
use gitops_core::{Applier, SyncStatus};
use gitops_render::charts::Charts;
use gitops_render::git::Git;
use gitops_render::helm::Helm;
use gitops_render::kustomize::Kustomize;
use gitops_render::manifests::Manifests;
use gitops_sync::engine::Engine;
use gitops_sync::kube::Cluster;

use crate::folder::Folder;
use crate::{Arguments, application, local};

pub(crate) async fn compare(file: &Path, arguments: &Arguments) -> Result<Comparison> {
    let mut application = application::read(file)?;
    let mut engine = Engine::new(cluster(&application, arguments).await?)
        .renderer(Helm::default())
        .renderer(Kustomize::default())
        .renderer(Manifests::default());
    if let Some(folder) = &arguments.local {
        engine = engine.source(local::source(&mut application, folder)?);
    } else {
        let cache = std::env::temp_dir().join("gitops-diff-example");
        engine = engine.source(Charts::default()).source(Git::new(cache));
    }
    let refreshed = engine.refresh(&application).await?;
    for condition in &refreshed.comparison.conditions {
        eprintln!("{condition}");
    }
    if refreshed.comparison.status == SyncStatus::Unknown {
        bail!("the Application cannot be compared");
    }
    Ok(refreshed.comparison)
}

async fn cluster(application: &Application, arguments: &Arguments) -> Result<Arc<dyn Applier>> {
    if let Some(folder) = &arguments.live {
        let namespace = &application.spec.destination.namespace;
        return Ok(Arc::new(Folder::read(folder, namespace).await?));
    }
    let cluster = match &arguments.kubeconfig {
        Some(file) => Cluster::from_kubeconfig(file, None).await,
        None => Cluster::from_defaults().await,
    };
    Ok(Arc::new(cluster.context("no cluster to compare with")?))
}
