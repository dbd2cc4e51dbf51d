//! Kustomize as a renderer, with Argo CD's settings.

mod edit;

use gitops_core::Renderer;
use gitops_core::render::{Error, Rendered, Request};
use gitops_core::tree::EntryKind;

use super::build::{Options, build_with};
use super::kustomization::FILE_NAMES;

/// Builds the overlay in an Application's folder.
///
/// What `source.kustomize` says is applied to the folder's own kustomization, as Argo CD does with
/// `kustomize edit`, and nothing is written.
///
/// ```
/// use gitops_core::api::{ApplicationSource, KustomizeSource};
/// use gitops_core::{Renderer, TreePath, render::Request};
/// use gitops_render::{kustomize::Kustomize, memory::MemoryTree};
///
/// let tree = MemoryTree::new()
///     .with_file("kustomization.yaml", "resources: [map.yaml]")?
///     .with_file("map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: motd}\n")?;
/// let mut edits = KustomizeSource::default();
/// edits.name_prefix = "my-".into();
/// let mut source = ApplicationSource::default();
/// source.kustomize = Some(edits);
/// let (folder, kustomize) = (TreePath::root(), Kustomize::default());
/// let request = Request::new(&tree, &folder, &source);
/// assert!(kustomize.detects(&request)?);
/// assert_eq!(kustomize.render(&request)?.objects[0].name(), "my-motd");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Kustomize {
    /// How to build.
    pub options: Options,
}

impl Kustomize {
    /// A renderer that builds with these options.
    pub fn new(options: Options) -> Self {
        Self { options }
    }
}

impl Renderer for Kustomize {
    fn name(&self) -> &'static str {
        "Kustomize"
    }

    fn detects(&self, request: &Request<'_>) -> Result<bool, Error> {
        let folder = request.tree.resolve(request.path)?;
        for name in FILE_NAMES {
            let kind = request.tree.kind(&folder.child(name))?;
            if kind.is_some_and(|kind| kind != EntryKind::Folder) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn render(&self, request: &Request<'_>) -> Result<Rendered, Error> {
        let settings = request.source.kustomize.clone().unwrap_or_default();
        let mut options = self.options.clone();
        options.kube_version = first(&settings.kube_version, &request.capabilities.kube_version);
        options.api_versions = if settings.api_versions.is_empty() {
            request.capabilities.api_versions.clone()
        } else {
            settings.api_versions.clone()
        };
        let output = build_with(
            request.tree,
            request.path,
            &options,
            request.remotes,
            |kustomization| edit::apply(kustomization, &settings, request),
        )
        .map_err(|error| render_error(&error))?;
        let mut rendered = Rendered::default();
        rendered.warnings.clone_from(&output.warnings);
        let objects = output.into_objects();
        rendered.objects = objects.map_err(|error| Error::new(error.to_string()))?;
        Ok(rendered)
    }
}

fn first(preferred: &str, other: &str) -> String {
    if preferred.is_empty() {
        other
    } else {
        preferred
    }
    .to_owned()
}

fn render_error(error: &super::Error) -> Error {
    let rendered = match &error.file {
        Some(file) => Error::at(file, error.message.as_str()),
        None => Error::new(error.message.as_str()),
    };
    match error.line {
        Some(line) => rendered.line(line, None),
        None => rendered,
    }
}
