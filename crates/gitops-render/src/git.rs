//! Git repositories, fetched bare and shallow and read without a checkout.
//!
//! [`Git`] is a [`Source`] for repositories over `https://`, `http://`,
//! `ssh://` (also as `user@host:path`), `git://` and, read where they are,
//! `file://`. Each remote repository has a bare copy in the cache folder; a
//! [`Tree`] reads files of a commit from the copy's object database, and
//! nothing is ever checked out.
//!
//! The cache may be shared by several processes and thrown away at any time
//! while none of them runs. A process that ends at any moment leaves a cache
//! that works; a copy that is damaged is noticed, because everything read is
//! checked against its id, and replaced.
//!
//! No configuration of the user's is read: no `~/.gitconfig`, no credential
//! helpers, no hooks. Only `ssh://` runs a program, which reads its own
//! configuration.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # if std::process::Command::new("git").arg("--version").output().is_err() { return Ok(()) }
//! # let folder = tempfile::tempdir()?;
//! # let repository = folder.path().join("repository");
//! # let git = |line: &str| {
//! #     let mut git = std::process::Command::new("git");
//! #     git.current_dir(&repository).args(line.split(' ')).output()
//! # };
//! # std::fs::create_dir(&repository)?;
//! # std::fs::write(repository.join("app.yaml"), "kind: Pod")?;
//! # git("init -q")?;
//! # git("add .")?;
//! # git("-c user.name=a -c user.email=a@b commit -q -m x")?;
//! use gitops_core::{Location, Source, Tree, TreePath};
//! use gitops_render::git::Git;
//!
//! let git = Git::new(folder.path().join("cache"));
//! let location = Location::git(format!("file://{}", repository.display()), "HEAD");
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let revision = git.resolve(&location).await?;
//! let tree = git.tree(&location, &revision).await?;
//! assert_eq!(&*tree.file(&TreePath::new("app.yaml")?)?, b"kind: Pod");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok(())
//! # }
//! ```

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use gitops_core::source::{self, Reason};
use gitops_core::{Location, Revision, Source, Tree};
use gix::ObjectId;

mod address;
mod commit;
mod error;
mod fetch;
mod flight;
mod limits;
mod objects;
mod options;
mod refs;
mod repository;
mod store;
mod transport;
mod tree;

pub use commit::Commit;
pub use options::{Options, Protocol};

use address::Address;
use error::Error;
use flight::Flights;
use limits::Limits;
use objects::Objects;
use refs::{Found, Refs, full_id, missing};
use repository::Repository;
use tree::GitTree;

/// References are listed up to this many bytes: about a million of them.
const MAX_LISTING: u64 = 64 << 20;

/// A source of Git repositories.
///
/// Cloning gives another handle on the same source.
#[derive(Clone)]
pub struct Git(Arc<Shared>);

struct Shared {
    cache: PathBuf,
    options: Options,
    repositories: Mutex<HashMap<Address, Arc<Repository>>>,
    /// One look at the references for all who want them at the same time.
    listings: Flights<(Address, Option<String>), Arc<Refs>>,
    fetches: Flights<(Address, ObjectId), Arc<Objects>>,
    searches: Flights<(Address, String), ObjectId>,
}

impl Git {
    /// A source with its cache in the folder `cache`, which need not exist.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self::with(cache, Options::default())
    }

    /// A source with its cache in the folder `cache` and with `options`.
    pub fn with(cache: impl Into<PathBuf>, options: Options) -> Self {
        Self(Arc::new(Shared {
            cache: cache.into(),
            options,
            repositories: Mutex::default(),
            listings: Flights::default(),
            fetches: Flights::default(),
            searches: Flights::default(),
        }))
    }

    /// Who made a commit, when and why.
    ///
    /// # Errors
    ///
    /// As [`Source::tree`].
    pub async fn commit(
        &self,
        location: &Location,
        revision: &Revision,
    ) -> Result<Commit, source::Error> {
        let commit = async {
            let (objects, id) = self.objects(location, revision).await?;
            blocking(move |_| commit::read(&objects, id)).await
        };
        commit.await.map_err(|error| error.at(location))
    }

    fn address(&self, location: &Location) -> Result<Address, Error> {
        Address::parse(&location.repo_url)
            .filter(|address| self.0.options.allows(address))
            .ok_or_else(|| Error::new(Reason::Unsupported, "not the URL of a Git repository"))
    }

    fn repository(&self, address: &Address) -> Arc<Repository> {
        let mut repositories = self
            .0
            .repositories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(Repository::new(&self.0.cache, address.clone()));
        Arc::clone(repositories.entry(address.clone()).or_insert_with(made))
    }

    async fn find(&self, location: &Location) -> Result<ObjectId, Error> {
        let address = self.address(location)?;
        let revision = location.target_revision.trim();
        if let Some(id) = full_id(revision) {
            return Ok(id);
        }
        let refs = self.refs(&address, revision).await?;
        match refs.find(revision, location.tag_prefix.as_deref())? {
            Found::Commit(id) => Ok(id),
            Found::Abbreviated(prefix) => self.search(address, prefix).await,
        }
    }

    async fn refs(&self, address: &Address, revision: &str) -> Result<Arc<Refs>, Error> {
        // Servers list millions of others; they are asked for only by their full name.
        let usual = ["refs/heads/", "refs/tags/"];
        let other =
            revision.starts_with("refs/") && !usual.iter().any(|start| revision.starts_with(start));
        let name = other.then(|| revision.to_owned());
        let list = || {
            let (git, repository) = (self.clone(), self.repository(address));
            let name = name.clone();
            blocking(move |stop| {
                let options = &git.0.options;
                let limits = Limits::new(options.timeout, MAX_LISTING, stop);
                repository
                    .refs(name.as_deref(), options, &limits)
                    .map(Arc::new)
            })
        };
        self.0
            .listings
            .run((address.clone(), name.clone()), list)
            .await
    }

    async fn search(&self, address: Address, prefix: String) -> Result<ObjectId, Error> {
        let search = || {
            let (git, repository) = (self.clone(), self.repository(&address));
            let prefix = prefix.clone();
            blocking(move |stop| {
                let options = &git.0.options;
                repository.abbreviated(&prefix, options, &options.fetch_limits(stop))
            })
        };
        let key = (address.clone(), prefix.clone());
        self.0.searches.run(key, search).await
    }

    async fn objects(
        &self,
        location: &Location,
        revision: &Revision,
    ) -> Result<(Arc<Objects>, ObjectId), Error> {
        let address = self.address(location)?;
        let id = full_id(revision.as_str())
            .ok_or_else(|| missing(format!("{:?} is no commit", revision.as_str())))?;
        let fetch = || {
            let (git, repository) = (self.clone(), self.repository(&address));
            blocking(move |stop| {
                let options = &git.0.options;
                repository.objects(id, options, &options.fetch_limits(stop))
            })
        };
        let objects = self.0.fetches.run((address.clone(), id), fetch).await?;
        Ok((objects, id))
    }

    async fn files(&self, location: &Location, revision: &Revision) -> Result<GitTree, Error> {
        let (objects, id) = self.objects(location, revision).await?;
        let max_file_size = self.0.options.max_file_size;
        blocking(move |_| {
            let root = objects.root(id)?;
            let root = root.ok_or_else(|| missing(format!("no commit {id}")))?;
            Ok(GitTree::new(objects, root, max_file_size))
        })
        .await
    }
}

#[async_trait]
impl Source for Git {
    fn serves(&self, location: &Location) -> bool {
        location.chart.is_none() && self.address(location).is_ok()
    }

    async fn resolve(&self, location: &Location) -> Result<Revision, source::Error> {
        let found = self.find(location).await;
        found
            .map(|id| Revision::new(id.to_string()))
            .map_err(|error| error.at(location))
    }

    async fn tree(
        &self,
        location: &Location,
        revision: &Revision,
    ) -> Result<Arc<dyn Tree>, source::Error> {
        let files = self.files(location, revision).await;
        files
            .map(|tree| Arc::new(tree) as Arc<dyn Tree>)
            .map_err(|error| error.at(location))
    }
}

/// Runs `work` on a thread that may wait, and tells it to stop once nobody
/// waits for its result.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce(Arc<AtomicBool>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let _stop_when_dropped = StopWhenDropped(Arc::clone(&stop));
    let panicked = |_| Error::new(Reason::Invalid, "what came back could not be understood");
    tokio::task::spawn_blocking(move || work(stop))
        .await
        .map_err(panicked)?
}

struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
