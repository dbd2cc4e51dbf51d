//! From an Application's sources to the objects it wants.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gitops_core::api::{Application, ApplicationSource, SyncOperation};
use gitops_core::render::{self, AppContext, Capabilities, Remotes, Request};
use gitops_core::tree::Recorded;
use gitops_core::{
    Location, Object, Renderer, Revision, Source, Tree, TreePath, source, tree, yaml,
};
use serde_json::Value;
use tokio::runtime::Handle;

use super::renders::Render;
use super::{Engine, Error, local};

/// What an Application's sources hold at one moment.
pub(super) struct Desired {
    /// The sources that were read, as the operation or the spec names them.
    pub(super) sources: Vec<ApplicationSource>,
    /// The revision of each source; none where the operation brought manifests along.
    pub(super) revisions: Vec<Revision>,
    /// The tool that rendered each source; a source that only lends its files has none.
    /// Empty where no source was rendered.
    pub(super) tools: Vec<Option<&'static str>>,
    /// The objects of all sources, in their order.
    pub(super) objects: Vec<Object>,
    /// What a person should know.
    pub(super) warnings: Vec<String>,
}

/// One source with its files at its revision.
struct Checkout {
    source: ApplicationSource,
    revision: Revision,
    tree: Arc<dyn Tree>,
}

/// Resolves, fetches and renders what `application` wants, or reads the manifests that
/// the operation brings along instead.
pub(super) async fn load(
    engine: &Engine,
    application: &Application,
    operation: &SyncOperation,
    capabilities: Capabilities,
) -> Result<Desired, Error> {
    let sources = wanted_sources(application, operation)?;
    if !operation.manifests.is_empty() {
        return local::desired(sources, operation.manifests.clone()).await;
    }
    let mut checkouts = Vec::with_capacity(sources.len());
    for (index, source) in sources.into_iter().enumerate() {
        let pinned = pinned_revision(operation, index);
        checkouts.push(check_out(&engine.sources, source, pinned).await?);
    }
    let job = Job {
        engine: engine.clone(),
        application: application.clone(),
        capabilities,
        handle: Handle::current(),
    };
    tokio::task::spawn_blocking(move || job.render(checkouts))
        .await
        .map_err(|error| Error::Render {
            source_url: String::new(),
            error: render::Error::new("the renderer panicked").caused_by(error),
        })?
}

/// The operation's sources where it names some, else the spec's.
fn wanted_sources(
    application: &Application,
    operation: &SyncOperation,
) -> Result<Vec<ApplicationSource>, Error> {
    let sources = if !operation.sources.is_empty() {
        operation.sources.clone()
    } else if let Some(source) = &operation.source {
        vec![source.clone()]
    } else {
        application.spec.effective_sources()
    };
    if sources.is_empty() {
        return Err(Error::invalid("spec.source is required"));
    }
    for source in &sources {
        let lends_files_only = !source.reference.is_empty();
        let placed = !source.path.is_empty() || !source.chart.is_empty() || lends_files_only;
        if source.repo_url.is_empty() || !placed {
            return Err(Error::invalid(
                "spec.source.repoURL and either spec.source.path or spec.source.chart are required",
            ));
        }
        if !source.chart.is_empty() && source.target_revision.is_empty() {
            return Err(Error::invalid(
                "spec.source.targetRevision is required if the manifest source is a helm chart",
            ));
        }
    }
    Ok(sources)
}

fn pinned_revision(operation: &SyncOperation, index: usize) -> Option<&str> {
    operation
        .revisions
        .get(index)
        .or_else(|| (index == 0).then_some(&operation.revision))
        .map(String::as_str)
        .filter(|revision| !revision.is_empty())
}

async fn check_out(
    sources: &[Arc<dyn Source>],
    source: ApplicationSource,
    pinned: Option<&str>,
) -> Result<Checkout, Error> {
    let mut location = source.location();
    if let Some(revision) = pinned {
        revision.clone_into(&mut location.target_revision);
    }
    let serving = serving(sources, &location)?;
    let revision = serving.resolve(&location).await?;
    let tree = serving.tree(&location, &revision).await?;
    Ok(Checkout {
        source,
        revision,
        tree,
    })
}

fn serving<'a>(
    sources: &'a [Arc<dyn Source>],
    location: &Location,
) -> Result<&'a Arc<dyn Source>, source::Error> {
    sources
        .iter()
        .find(|source| source.serves(location))
        .ok_or_else(|| {
            let message = "no source of this program serves such a repository";
            source::Error::new(location, source::Reason::Unsupported, message)
        })
}

/// What the rendering thread needs.
struct Job {
    engine: Engine,
    application: Application,
    capabilities: Capabilities,
    handle: Handle,
}

impl Job {
    fn render(&self, checkouts: Vec<Checkout>) -> Result<Desired, Error> {
        let refs = checkouts
            .iter()
            .filter(|checkout| !checkout.source.reference.is_empty())
            .map(|checkout| {
                (
                    checkout.source.reference.clone(),
                    Arc::clone(&checkout.tree),
                )
            })
            .collect();
        let mut desired = Desired {
            sources: Vec::new(),
            revisions: Vec::new(),
            tools: Vec::new(),
            objects: Vec::new(),
            warnings: Vec::new(),
        };
        for checkout in checkouts {
            self.render_one(&checkout, &refs, &mut desired)
                .map_err(|error| Error::Render {
                    source_url: source::without_user(&checkout.source.repo_url),
                    error,
                })?;
            desired.sources.push(checkout.source);
            desired.revisions.push(checkout.revision);
        }
        Ok(desired)
    }

    fn render_one(
        &self,
        checkout: &Checkout,
        refs: &BTreeMap<String, Arc<dyn Tree>>,
        desired: &mut Desired,
    ) -> Result<(), render::Error> {
        let Checkout { source, tree, .. } = checkout;
        if source.path.is_empty() && source.chart.is_empty() {
            desired.tools.push(None);
            return Ok(());
        }
        let path = folder(tree.as_ref(), &source.path)?;
        let instance = self
            .application
            .instance_name(&self.engine.settings.control_namespace);
        let source = with_overrides(source, tree.as_ref(), &path, &instance)?;
        let app = self.context(&instance, &checkout.revision);
        let settings = self.settings_of(&source, &app);
        let renders = &self.engine.renders;
        let render = match renders.get(&settings, tree.as_ref(), refs) {
            Some(known) => known,
            None => self.render_anew(settings, (tree, &path, &source, &app), refs)?,
        };
        desired.tools.push(Some(render.tool));
        desired.objects.extend_from_slice(&render.rendered.objects);
        desired
            .warnings
            .extend_from_slice(&render.rendered.warnings);
        Ok(())
    }

    /// Renders and keeps the result under what was read for it. What came from
    /// other repositories may change without notice, so a render that reached
    /// for one is not kept.
    fn render_anew(
        &self,
        settings: String,
        (tree, path, source, app): (&Arc<dyn Tree>, &TreePath, &ApplicationSource, &AppContext),
        refs: &BTreeMap<String, Arc<dyn Tree>>,
    ) -> Result<Arc<Render>, render::Error> {
        let recorded = Recorded::new(Arc::clone(tree));
        let recorded_refs: BTreeMap<String, Arc<Recorded>> = refs
            .iter()
            .map(|(name, tree)| (name.clone(), Arc::new(Recorded::new(Arc::clone(tree)))))
            .collect();
        let lent = recorded_refs
            .iter()
            .map(|(name, tree)| (name.clone(), Arc::clone(tree) as Arc<dyn Tree>))
            .collect();
        let remotes = SourceRemotes {
            sources: &self.engine.sources,
            handle: &self.handle,
            reached: AtomicBool::new(false),
        };
        let request = Request::new(&recorded, path, source)
            .app(app)
            .capabilities(&self.capabilities)
            .refs(&lent)
            .remotes(&remotes);
        let renderer = self.renderer(source, &request)?;
        let render = Arc::new(Render {
            tool: renderer.name(),
            rendered: renderer.render(&request)?,
            reads: recorded.reads(),
            refs: recorded_refs
                .iter()
                .map(|(name, tree)| (name.clone(), tree.reads()))
                .collect(),
        });
        if !remotes.reached.load(Ordering::Relaxed) {
            self.engine.renders.keep(settings, Arc::clone(&render));
        }
        Ok(render)
    }

    /// Everything but files that a render depends on. The revision counts only
    /// where the source asks for it by its name in the build environment.
    fn settings_of(&self, source: &ApplicationSource, app: &AppContext) -> String {
        let source = serde_json::to_string(source).unwrap_or_default();
        let revision = app
            .revision
            .as_ref()
            .filter(|_| source.contains("ARGOCD_APP_REVISION"));
        format!(
            "{source} {:?} {:?} {:?} {revision:?} {:?}",
            app.name, app.namespace, app.project, self.capabilities
        )
    }

    fn context(&self, instance: &str, revision: &Revision) -> AppContext {
        let spec = &self.application.spec;
        let project = match spec.project.as_str() {
            "" => "default",
            project => project,
        };
        AppContext::new(instance, &spec.destination.namespace)
            .project(project)
            .revision(revision.clone())
    }

    /// The renderer that the source names, else the first that takes the folder.
    fn renderer(
        &self,
        source: &ApplicationSource,
        request: &Request<'_>,
    ) -> Result<&dyn Renderer, render::Error> {
        let renderers = &self.engine.renderers;
        if let Some(tool) = named_tool(source)? {
            return renderers
                .iter()
                .find(|renderer| renderer.name() == tool)
                .map(AsRef::as_ref)
                .ok_or_else(|| {
                    let message = format!("the source asks for {tool}, which this program has not");
                    render::Error::new(message)
                });
        }
        for renderer in renderers {
            if renderer.detects(request)? {
                return Ok(renderer.as_ref());
            }
        }
        let message = "no renderer of this program takes the folder";
        Err(render::Error::at(request.path, message))
    }
}

/// The tool whose settings the source holds; more than one is an error.
fn named_tool(source: &ApplicationSource) -> Result<Option<&'static str>, render::Error> {
    let chart = (!source.chart.is_empty()).then_some("Helm");
    let tools: Vec<&str> = [
        source.helm.as_ref().map(|_| "Helm"),
        source.kustomize.as_ref().map(|_| "Kustomize"),
        source.directory.as_ref().map(|_| "Directory"),
        source.plugin.as_ref().map(|_| "Plugin"),
    ]
    .into_iter()
    .flatten()
    .collect();
    match tools.as_slice() {
        [] => Ok(chart),
        [tool] => Ok(Some(tool)),
        several => Err(render::Error::new(format!(
            "multiple application sources defined: {}",
            several.join(",")
        ))),
    }
}

/// The folder at `path`, once it is sure that there is one.
fn folder(tree: &dyn Tree, path: &str) -> Result<TreePath, render::Error> {
    let path = TreePath::new(path)?;
    match tree.folder(&path) {
        Ok(_) => Ok(path),
        Err(error) if error.is_not_found() => {
            Err(render::Error::at(&path, "app path does not exist"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Lays the overrides stored beside the manifests over the source: first
/// `.argocd-source.yaml`, then `.argocd-source-<instance>.yaml`.
/// They cannot redirect the source.
fn with_overrides(
    source: &ApplicationSource,
    tree: &dyn Tree,
    folder: &TreePath,
    instance: &str,
) -> Result<ApplicationSource, render::Error> {
    let mut merged = source.clone();
    for name in [
        ".argocd-source.yaml".to_owned(),
        format!(".argocd-source-{instance}.yaml"),
    ] {
        let path = folder.child(&name);
        let text = match tree.file(&path) {
            Ok(text) => text,
            Err(tree::Error::NotFound(_) | tree::Error::NotAFile(_)) => {
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        merged = override_source(&merged, &path, &text)?;
    }
    merged.repo_url.clone_from(&source.repo_url);
    merged.path.clone_from(&source.path);
    merged.chart.clone_from(&source.chart);
    merged.target_revision.clone_from(&source.target_revision);
    Ok(merged)
}

fn override_source(
    source: &ApplicationSource,
    path: &TreePath,
    text: &[u8],
) -> Result<ApplicationSource, render::Error> {
    let at = |message: String| render::Error::at(path, message);
    let text = std::str::from_utf8(text).map_err(|error| at(error.to_string()))?;
    let patch =
        yaml::read(text, &yaml::Options::default()).map_err(|error| at(error.to_string()))?;
    let mut value = serde_json::to_value(source).map_err(|error| at(error.to_string()))?;
    merge(&mut value, patch);
    serde_json::from_value(value).map_err(|error| at(error.to_string()))
}

/// Applies a JSON merge patch (RFC 7386). The depth is the reader's bound.
fn merge(value: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *value = patch;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Value::Object(map) = value else { return };
    for (key, part) in patch {
        if part.is_null() {
            map.remove(&key);
        } else {
            merge(map.entry(key).or_insert(Value::Null), part);
        }
    }
}

/// Other repositories, through the engine's sources.
struct SourceRemotes<'a> {
    sources: &'a [Arc<dyn Source>],
    handle: &'a Handle,
    /// Whether any was asked for.
    reached: AtomicBool,
}

impl Remotes for SourceRemotes<'_> {
    fn tree(&self, location: &Location) -> Result<Arc<dyn Tree>, source::Error> {
        self.reached.store(true, Ordering::Relaxed);
        let serving = serving(self.sources, location)?;
        self.handle.block_on(async {
            let revision = serving.resolve(location).await?;
            serving.tree(location, &revision).await
        })
    }

    fn file(&self, url: &str) -> Result<Arc<[u8]>, source::Error> {
        self.reached.store(true, Ordering::Relaxed);
        self.handle.block_on(async {
            for source in self.sources {
                if let Some(content) = source.file(url).await {
                    return content;
                }
            }
            let message = "no source answers for the URL of a file";
            Err(source::Error::of_file(
                url,
                source::Reason::Unsupported,
                message,
            ))
        })
    }
}
