//! Chart repositories: over HTTP with an `index.yaml`, and OCI registries.
//!
//! [`Charts`] is a [`Source`] for locations with a chart's name. A version range
//! resolves to the highest version in it; the tree shows the files of the chart.
//! It also fetches single files, such as values, from where they lie on the web.
//!
//! ```no_run
//! use gitops_core::{Location, Source, TreePath};
//! use gitops_render::charts::Charts;
//! use gitops_render::helm::Chart;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let charts = Charts::default();
//! let location = Location::chart("https://charts.example.org", "web", "1.x");
//! let version = charts.resolve(&location).await?;
//! let tree = charts.tree(&location, &version).await?;
//! let chart = Chart::load(&*tree, &TreePath::root())?;
//! # Ok(())
//! # }
//! ```

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use gitops_core::source::{self, Reason};
use gitops_core::{Location, Revision, Source, Tree};
use reqwest::Url;

use crate::credentials::{Anonymous, Credentials};
use crate::helm::archive_files;
use crate::memory::MemoryTree;
use crate::version::{Constraint, Version};

mod client;
mod index;
mod oci;

use client::{Client, Failure};
use index::Indices;

/// Charts kept in memory before all are forgotten.
const MAX_KEPT: usize = 32;

/// How a [`Charts`] source works.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Who knows the repositories' credentials.
    pub credentials: Arc<dyn Credentials>,
    /// How long one answer may take.
    pub timeout: Duration,
    /// Most bytes of an index.
    pub max_index_size: u64,
    /// Most bytes of a packed chart.
    pub max_chart_size: u64,
    /// Most bytes of a single file.
    pub max_file_size: u64,
    /// Whether OCI registries are spoken to without TLS.
    pub plain_http: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            credentials: Arc::new(Anonymous),
            timeout: Duration::from_mins(1),
            max_index_size: 64 << 20,
            max_chart_size: 100 << 20,
            max_file_size: 16 << 20,
            plain_http: false,
        }
    }
}

impl Options {
    /// Sets who knows the repositories' credentials.
    #[must_use]
    pub fn credentials(mut self, credentials: impl Credentials + 'static) -> Self {
        self.credentials = Arc::new(credentials);
        self
    }

    /// Sets how long one answer may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the most bytes of an index.
    #[must_use]
    pub fn max_index_size(mut self, bytes: u64) -> Self {
        self.max_index_size = bytes;
        self
    }

    /// Sets the most bytes of a packed chart.
    #[must_use]
    pub fn max_chart_size(mut self, bytes: u64) -> Self {
        self.max_chart_size = bytes;
        self
    }

    /// Sets the most bytes of a single file.
    #[must_use]
    pub fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = bytes;
        self
    }

    /// Sets whether OCI registries are spoken to without TLS.
    #[must_use]
    pub fn plain_http(mut self, plain: bool) -> Self {
        self.plain_http = plain;
        self
    }
}

/// Leaves the credentials out.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("timeout", &self.timeout)
            .field("max_index_size", &self.max_index_size)
            .field("max_chart_size", &self.max_chart_size)
            .field("max_file_size", &self.max_file_size)
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}

/// A source of charts.
///
/// Cloning gives another handle on the same source.
#[derive(Clone, Default)]
pub struct Charts(Arc<Shared>);

#[derive(Default)]
struct Shared {
    options: Options,
    /// Charts by repository, name and version, which do not change once published.
    kept: Mutex<HashMap<(String, String, String), Arc<MemoryTree>>>,
    indices: Arc<Indices>,
}

/// A chart in a repository.
#[derive(Clone)]
struct Place {
    repository: Repository,
    name: String,
}

#[derive(Clone)]
enum Repository {
    /// The URL that `index.yaml` lies below.
    Http(String),
    /// Registry and path, without a scheme.
    Oci(String),
}

impl Place {
    fn new(location: &Location) -> Option<Self> {
        let name = location.chart.clone().filter(|name| !name.is_empty())?;
        let url = location.repo_url.trim_end_matches('/');
        let repository = match url.split_once("://") {
            Some(("http" | "https", _)) => Repository::Http(url.to_owned()),
            Some(("oci", rest)) => Repository::Oci(rest.to_owned()),
            // Argo CD writes registries without a scheme.
            None if url.contains('/')
                && !url.contains(['@', ' '])
                && !url.starts_with(['/', '.']) =>
            {
                Repository::Oci(url.to_owned())
            }
            Some(_) | None => return None,
        };
        Some(Self { repository, name })
    }

    /// The repository's URL, without a scheme for a registry.
    fn url(&self) -> &str {
        match &self.repository {
            Repository::Http(url) | Repository::Oci(url) => url,
        }
    }
}

impl Charts {
    /// A source with `options`.
    pub fn with(options: Options) -> Self {
        Self(Arc::new(Shared {
            options,
            ..Shared::default()
        }))
    }

    async fn run<T: Send + 'static>(
        &self,
        location: &Location,
        work: impl FnOnce(&Client, &Place) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, source::Error> {
        let failed =
            |failure: Failure| source::Error::new(location, failure.reason, failure.message);
        let place = Place::new(location).ok_or_else(|| {
            failed(Failure::new(
                Reason::Unsupported,
                "not the URL of a chart repository",
            ))
        })?;
        let url = place.url().to_owned();
        self.ask(url, move |client| work(client, &place))
            .await
            .map_err(failed)
    }

    /// Lets a client for `url` work.
    async fn ask<T: Send + 'static>(
        &self,
        url: String,
        work: impl FnOnce(&Client) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (options, indices) = (self.0.options.clone(), Arc::clone(&self.0.indices));
        let panicked = |_| Failure::new(Reason::Invalid, "what came back could not be understood");
        tokio::task::spawn_blocking(move || work(&Client::new(options, indices, &url)?))
            .await
            .map_err(panicked)
            .and_then(|result| result)
    }

    fn kept(
        &self,
    ) -> std::sync::MutexGuard<'_, HashMap<(String, String, String), Arc<MemoryTree>>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Source for Charts {
    fn serves(&self, location: &Location) -> bool {
        Place::new(location).is_some()
    }

    async fn resolve(&self, location: &Location) -> Result<Revision, source::Error> {
        let wanted = location.target_revision.trim().to_owned();
        if Version::parse(&wanted).is_ok() {
            return Ok(Revision::new(wanted));
        }
        let found = self.run(location, move |client, place| {
            highest(client, place, &wanted)
        });
        found.await.map(Revision::new)
    }

    async fn tree(
        &self,
        location: &Location,
        revision: &Revision,
    ) -> Result<Arc<dyn Tree>, source::Error> {
        let name = location.chart.clone().unwrap_or_default();
        let key = (
            location.repo_url.clone(),
            name,
            revision.as_str().to_owned(),
        );
        if let Some(tree) = self.kept().get(&key) {
            return Ok(Arc::clone(tree) as Arc<dyn Tree>);
        }
        let version = revision.as_str().to_owned();
        let tree = Arc::new(
            self.run(location, move |client, place| {
                files(client, place, &version)
            })
            .await?,
        );
        let mut kept = self.kept();
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&tree));
        Ok(tree)
    }

    /// Any file over HTTP.
    async fn file(&self, url: &str) -> Option<Result<Arc<[u8]>, source::Error>> {
        let at = Url::parse(url).ok();
        let at = at.filter(|at| matches!(at.scheme(), "http" | "https"))?;
        let asked = url.to_owned();
        let fetched = self.ask(asked.clone(), move |client| {
            let credential = client.credential(&asked)?;
            client.fetch(at, credential.as_ref(), client.options.max_file_size)
        });
        let failed =
            |failure: Failure| source::Error::of_file(url, failure.reason, failure.message);
        Some(fetched.await.map(Into::into).map_err(failed))
    }
}

/// The highest version in the range `wanted`; empty means any release.
fn highest(client: &Client, place: &Place, wanted: &str) -> Result<String, Failure> {
    let range = if wanted.is_empty() { "*" } else { wanted };
    let range = Constraint::parse(range).map_err(|error| {
        Failure::missing(format!(
            "{wanted:?} is no version of {}: {error}",
            place.name
        ))
    })?;
    let versions = match &place.repository {
        Repository::Http(url) => index::read(client, url)?.versions(&place.name),
        Repository::Oci(path) => oci::versions(client, path, &place.name)?,
    };
    versions
        .into_iter()
        .filter_map(|text| Some((Version::parse(&text).ok()?, text)))
        .filter(|(version, _)| range.admits(version))
        .max_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, text)| text)
        .ok_or_else(|| {
            Failure::missing(format!(
                "no version of {} in the range {wanted:?}",
                place.name
            ))
        })
}

fn files(client: &Client, place: &Place, version: &str) -> Result<MemoryTree, Failure> {
    let archive = match &place.repository {
        Repository::Http(url) => index::archive(client, url, &place.name, version)?,
        Repository::Oci(path) => oci::archive(client, path, &place.name, version)?,
    };
    let invalid = |message: String| Failure::new(Reason::Invalid, message);
    let files = archive_files(&archive).map_err(|error| invalid(error.to_string()))?;
    files.into_iter().try_fold(MemoryTree::new(), |tree, file| {
        tree.with_file(&file.path, file.bytes())
            .map_err(|error| invalid(format!("chart archive: {error}")))
    })
}

#[cfg(test)]
mod tests;
