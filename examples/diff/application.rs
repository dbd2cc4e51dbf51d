//! An Application's manifests beside a cluster or a folder of live objects.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use gitops_core::api::{Application, DirectorySource};
use gitops_core::compare::{self, Comparison, Settings};
use gitops_core::diff::{self, Choice};
use gitops_core::ignore::Rules;
use gitops_core::render::Request;
use gitops_core::{Applier, GroupVersionKind, Object, Renderer, Source, Tree, TreePath, yaml};
use gitops_render::directory::DirectoryTree;
use gitops_render::git::Git;
use gitops_render::manifests::Manifests;
use gitops_sync::kube::Cluster;

use crate::Arguments;

/// The namespace Argo CD itself lives in; Applications elsewhere carry theirs.
const CONTROL_NAMESPACE: &str = "argocd";

pub(crate) async fn compare(file: &Path, arguments: &Arguments) -> Result<Comparison> {
    let application = read(file)?;
    let targets = targets(&application, arguments).await?;
    let settings = settings(&application)?;
    if let Some(folder) = &arguments.live {
        let live = objects(&DirectoryTree::new(folder), &TreePath::root(), true)?;
        return Ok(compare::compare(targets, live, &settings));
    }
    let cluster = match &arguments.kubeconfig {
        Some(file) => Cluster::from_kubeconfig(file, None).await,
        None => Cluster::from_defaults().await,
    }
    .context("no cluster to compare with")?;
    let settings = settings.discovery(cluster.discover().await?);
    let live = live(&cluster, &targets, &settings).await?;
    Ok(compare::compare(targets, live, &settings))
}

fn read(file: &Path) -> Result<Application> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| name.to_string())?;
    let value = yaml::read(&text, &yaml::Options::default()).with_context(|| name.to_string())?;
    let (application, unknown) = Application::read(&value).with_context(|| name.to_string())?;
    for field in unknown {
        eprintln!("warning: {name}: {field}");
    }
    Ok(application)
}

fn settings(application: &Application) -> Result<Settings> {
    let spec = &application.spec;
    let sync_options = spec
        .sync_policy
        .iter()
        .flat_map(|policy| &policy.sync_options);
    let choice = Choice::of(
        application.annotation("argocd.argoproj.io/compare-options"),
        sync_options.map(String::as_str),
    );
    let diff = diff::Settings::default()
        .ignore(Rules::compile(spec.ignore_differences.clone())?)
        .choice(choice);
    let instance = application.instance_name(CONTROL_NAMESPACE);
    Ok(Settings::new(instance, &spec.destination.namespace).diff(diff))
}

async fn targets(application: &Application, arguments: &Arguments) -> Result<Vec<Object>> {
    if let Some(folder) = &arguments.local {
        return objects(&DirectoryTree::new(folder), &TreePath::root(), true);
    }
    let git = Git::new(std::env::temp_dir().join("gitops-diff-example"));
    let mut all = Vec::new();
    for source in application.spec.effective_sources() {
        let location = source.location();
        let revision = git.resolve(&location).await?;
        let tree = git.tree(&location, &revision).await?;
        let recurse = source
            .directory
            .as_ref()
            .is_some_and(|directory| directory.recurse);
        let root = TreePath::new(&source.path)?;
        all.extend(objects(tree.as_ref(), &root, recurse)?);
    }
    Ok(all)
}

fn objects(tree: &dyn Tree, root: &TreePath, recurse: bool) -> Result<Vec<Object>> {
    let mut directory = DirectorySource::default();
    directory.recurse = recurse;
    let mut source = gitops_core::api::ApplicationSource::default();
    source.directory = Some(directory);
    let rendered = Manifests::default().render(&Request::new(tree, root, &source))?;
    Ok(rendered.objects)
}

/// Every live object a target names, and those of the targets' kinds that carry the
/// application's mark.
async fn live(
    cluster: &Cluster,
    targets: &[Object],
    settings: &Settings,
) -> Result<Vec<Arc<Object>>> {
    let kinds: BTreeSet<GroupVersionKind> =
        targets.iter().map(Object::group_version_kind).collect();
    let wanted: BTreeSet<_> = targets
        .iter()
        .map(|target| (target.group_kind(), target.name().to_owned()))
        .collect();
    let mut live = Vec::new();
    for kind in kinds {
        if settings.discovery.get(&kind).is_none() {
            continue;
        }
        for object in cluster.list(&kind, None).await?.objects {
            let named = wanted.contains(&(object.group_kind(), object.name().to_owned()));
            let owner = settings.tracking.owner(&object);
            let marked = owner.is_some_and(|owner| owner == settings.instance);
            if named || marked && object.owner_references().is_empty() {
                live.push(Arc::new(object));
            }
        }
    }
    Ok(live)
}
