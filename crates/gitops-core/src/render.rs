//! From files to objects.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::api::ApplicationSource;
use crate::{Location, Object, Revision, Tree, TreePath};

/// Turns a folder of a [`Tree`] into objects: plain manifests, a chart, an overlay.
///
/// A renderer computes and does not wait, so it is synchronous; programs run it
/// on threads that may block. It reads files only through the request's trees.
///
/// ```
/// use gitops_core::{Object, Renderer, TreePath, render};
///
/// /// One ConfigMap that holds a folder's `motd.txt`.
/// struct Motd;
///
/// impl Renderer for Motd {
///     fn name(&self) -> &'static str {
///         "Motd"
///     }
///
///     fn detects(&self, request: &render::Request<'_>) -> Result<bool, render::Error> {
///         let path = request.path.child("motd.txt");
///         Ok(request.tree.entry(&path)?.is_some())
///     }
///
///     fn render(&self, request: &render::Request<'_>) -> Result<render::Rendered, render::Error> {
///         let path = request.path.child("motd.txt");
///         let text = request.tree.file(&path)?;
///         let object = Object::new(serde_json::json!({
///             "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "motd"},
///             "data": {"text": String::from_utf8_lossy(&text)},
///         }));
///         Ok(render::Rendered::from(vec![object.map_err(|error| render::Error::at(&path, error.to_string()))?]))
///     }
/// }
/// ```
pub trait Renderer: Send + Sync {
    /// The tool's name as `status.sourceType` shows it, such as `Helm`.
    fn name(&self) -> &'static str;

    /// Whether this renderer takes the request's folder when the Application
    /// names no tool, such as by a `Chart.yaml`.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    fn detects(&self, request: &Request<'_>) -> Result<bool, Error>;

    /// The objects of the request's folder, in the order the tool gives them.
    ///
    /// # Errors
    ///
    /// Names the file and, where known, the line and column.
    fn render(&self, request: &Request<'_>) -> Result<Rendered, Error>;
}

/// What a [`Renderer`] is asked to render.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The files of the source at its revision.
    pub tree: &'a dyn Tree,
    /// The folder to render, as in `spec.source.path`.
    pub path: &'a TreePath,
    /// The Application's source with the tool's own block.
    pub source: &'a ApplicationSource,
    /// What the tool may know of the application.
    pub app: &'a AppContext,
    /// What the cluster can do.
    pub capabilities: &'a Capabilities,
    /// Trees of other sources of the application, by their `ref` name without `$`.
    pub refs: &'a BTreeMap<String, Arc<dyn Tree>>,
    /// How to reach other repositories: remote bases and chart dependencies.
    pub remotes: &'a dyn Remotes,
}

/// What a request holds that nobody gave it.
static EMPTY: LazyLock<Empty> = LazyLock::new(Empty::default);

#[derive(Default)]
struct Empty {
    app: AppContext,
    capabilities: Capabilities,
    refs: BTreeMap<String, Arc<dyn Tree>>,
}

impl<'a> Request<'a> {
    /// A request with nothing but files: no references, no remotes, no context.
    pub fn new(tree: &'a dyn Tree, path: &'a TreePath, source: &'a ApplicationSource) -> Self {
        let empty = &*EMPTY;
        Self {
            tree,
            path,
            source,
            app: &empty.app,
            capabilities: &empty.capabilities,
            refs: &empty.refs,
            remotes: &NoRemotes,
        }
    }

    /// Sets what the tool may know of the application.
    #[must_use]
    pub fn app(mut self, app: &'a AppContext) -> Self {
        self.app = app;
        self
    }

    /// Sets what the cluster can do.
    #[must_use]
    pub fn capabilities(mut self, capabilities: &'a Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sets the trees of the application's `ref` sources.
    #[must_use]
    pub fn refs(mut self, refs: &'a BTreeMap<String, Arc<dyn Tree>>) -> Self {
        self.refs = refs;
        self
    }

    /// Sets how other repositories are reached.
    #[must_use]
    pub fn remotes(mut self, remotes: &'a dyn Remotes) -> Self {
        self.remotes = remotes;
        self
    }
}

/// What a renderer may know of the application: the values behind the build
/// environment (`ARGOCD_APP_NAME` and its siblings) and of defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppContext {
    /// The application's instance name.
    pub name: String,
    /// The destination namespace; empty when none is set.
    pub namespace: String,
    /// The project's name.
    pub project: String,
    /// The resolved revision; absent when a tree stands by itself.
    ///
    /// The engine reuses a render for every revision with the same files, unless
    /// the source mentions `ARGOCD_APP_REVISION`; use it for nothing else.
    pub revision: Option<Revision>,
}

impl AppContext {
    /// The application `name`, deployed to `namespace`.
    pub fn new(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            namespace: namespace.into(),
            ..Self::default()
        }
    }

    /// Sets the project's name.
    #[must_use]
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = project.into();
        self
    }

    /// Sets the resolved revision.
    #[must_use]
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = Some(revision);
        self
    }
}

/// What the cluster can do, as tools ask it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// The server's version, such as `1.34.0`; empty lets a tool use its own default.
    pub kube_version: String,
    /// What the server serves: `v1`, `apps/v1` and `apps/v1/Deployment`.
    pub api_versions: Vec<String>,
}

impl Capabilities {
    /// Capabilities from their parts.
    pub fn new(kube_version: impl Into<String>, api_versions: Vec<String>) -> Self {
        Self {
            kube_version: kube_version.into(),
            api_versions,
        }
    }
}

/// How a renderer reaches another repository.
///
/// The engine answers from its sources; a program that wants none uses [`NoRemotes`].
pub trait Remotes: Send + Sync {
    /// The files that `location` stands for now.
    ///
    /// # Errors
    ///
    /// When no source serves the location, or the one that does fails.
    fn tree(&self, location: &Location) -> Result<Arc<dyn Tree>, crate::source::Error>;

    /// The content of a file that is in no repository, by its URL.
    ///
    /// # Errors
    ///
    /// When nobody answers for the URL, or whoever does fails.
    fn file(&self, url: &str) -> Result<Arc<[u8]>, crate::source::Error> {
        let message = "files outside of repositories are not reachable from here";
        Err(crate::source::Error::of_file(
            url,
            crate::source::Reason::Unsupported,
            message,
        ))
    }
}

/// Refuses every other repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRemotes;

impl Remotes for NoRemotes {
    fn tree(&self, location: &Location) -> Result<Arc<dyn Tree>, crate::source::Error> {
        Err(crate::source::Error::new(
            location,
            crate::source::Reason::Unsupported,
            "other repositories are not reachable from here",
        ))
    }
}

/// What a [`Renderer`] made.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Rendered {
    /// The objects, in the tool's order; `List` kinds are unrolled.
    pub objects: Vec<Object>,
    /// What a person should know, such as the use of a deprecated field.
    pub warnings: Vec<String>,
}

impl From<Vec<Object>> for Rendered {
    fn from(objects: Vec<Object>) -> Self {
        Self {
            objects,
            warnings: Vec::new(),
        }
    }
}

/// Why a folder did not render.
///
/// `Display` prints `file:line:column: message`, as far as they are known.
#[derive(Debug, thiserror::Error)]
#[error("{}{message}", place(.path.as_ref(), *.line, *.column))]
#[non_exhaustive]
pub struct Error {
    /// The file, from the root of its tree.
    pub path: Option<TreePath>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// What is wrong, and what to do about it.
    pub message: String,
    /// What lies behind it.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

fn place(path: Option<&TreePath>, line: Option<usize>, column: Option<usize>) -> String {
    let parts: Vec<String> = path
        .map(TreePath::to_string)
        .into_iter()
        .chain(line.map(|line| line.to_string()))
        .chain(column.map(|column| column.to_string()))
        .collect();
    match parts.as_slice() {
        [] => String::new(),
        parts => format!("{}: ", parts.join(":")),
    }
}

impl Error {
    /// A failure without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            path: None,
            line: None,
            column: None,
            message: message.into(),
            source: None,
        }
    }

    /// A failure in the file at `path`.
    pub fn at(path: &TreePath, message: impl Into<String>) -> Self {
        Self {
            path: Some(path.clone()),
            ..Self::new(message)
        }
    }

    /// Adds the line and, where known, the column, both from 1.
    #[must_use]
    pub fn line(mut self, line: usize, column: Option<usize>) -> Self {
        self.line = Some(line);
        self.column = column;
        self
    }

    /// Adds what lies behind the failure.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl From<crate::tree::Error> for Error {
    fn from(error: crate::tree::Error) -> Self {
        Self::new(error.to_string())
    }
}
