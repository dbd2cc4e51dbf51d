//! Helm charts, rendered as `helm template` renders them.
//!
//! A [`Chart`] is loaded from a folder or an archive in a [`Tree`](gitops_core::Tree),
//! with the charts it brings along. [`Values`] are what a user gives: files and
//! `--set` expressions. A [`Release`] says what a chart is rendered for, and its
//! [`Output`] prints what `helm template` prints. All behaviour is that of Helm 4,
//! or of Helm 3 where [`HelmVersion`] says so.
//!
//! ```
//! use std::sync::Arc;
//! use gitops_core::TreePath;
//! use gitops_render::helm::{Chart, Release, Values};
//! use gitops_render::memory::MemoryTree;
//!
//! let tree = MemoryTree::new()
//!     .with_file("Chart.yaml", "{apiVersion: v2, name: web, version: 1.0.0}")?
//!     .with_file("values.yaml", "replicas: 1")?
//!     .with_file(
//!         "templates/web.yaml",
//!         "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n\
//!          spec: {{ dict \"replicas\" .Values.replicas | toYaml | nindent 2 }}",
//!     )?;
//! let chart = Arc::new(Chart::load(&tree, &TreePath::root())?);
//!
//! let mut values = Values::new();
//! values.file("production.yaml", "replicas: 3")?;
//! let output = Release::new("shop", "prod").render(&chart, &values)?;
//! assert_eq!(output.objects().map_err(|mut errors| errors.remove(0))?[0].value()["spec"]["replicas"], 3);
//!
//! // The chart's templates are parsed by now: only other values are left to do.
//! values.set("replicas=5")?;
//! let output = Release::new("shop", "prod").render(&chart, &values)?;
//! assert!(output.to_string().ends_with("spec: \n  replicas: 5\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Templates cannot reach out: [`Sources`] give them randomness, the time and, if the
//! embedder likes, objects of a cluster. [`Limits`](crate::gotemplate::Limits) bound
//! what they cost. Without a chart around them, templates with all of Helm's
//! [`functions()`] are rendered by [`Engine`].
//!
//! [`Helm`] is the renderer of applications: it reads the `helm` block of their
//! source as Argo CD does.

mod cache;
mod capabilities;
mod chart;
mod coalesce;
mod default_values;
mod dependencies;
mod engine;
mod error;
mod files;
pub(crate) mod functions;
mod host;
mod manifest;
mod parts;
mod release;
mod renderer;
mod schema;
mod values;
mod values_type;
mod version;

#[cfg(test)]
mod tests;

pub use cache::ChartCache;
pub use capabilities::ClusterCapabilities;
#[cfg(feature = "http")]
pub(crate) use chart::archive_files;
pub use chart::{Chart, ChartType, Dependency, File, ImportValues, Maintainer, Metadata};
pub use default_values::DefaultValues;
pub use engine::{Engine, EngineError, TemplateCache};
pub use error::Error;
pub use files::Files;
pub use functions::functions;
pub use host::{Clock, Lookup, NoLookup, Random, SeededRandom, Sources, SystemRandom};
pub use manifest::Document;
pub use release::{Output, Release};
pub use renderer::Helm;
pub use values::Values;
pub use version::HelmVersion;
