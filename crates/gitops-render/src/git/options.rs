//! What the embedder decides about repositories.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use gitops_core::source::Reason;

use super::address::Address;
use super::error::Error;
use super::limits::Limits;
use crate::credentials::{Anonymous, Credential, Credentials};
use crate::tls::Trust;

/// How a [`Git`](super::Git) source works.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Who knows the repositories' credentials.
    pub credentials: Arc<dyn Credentials>,
    /// The ways to a repository that are allowed; all by default.
    ///
    /// Where people with less privilege than the engine choose the URL,
    /// [`Protocol::File`] shows them the repositories on this machine.
    pub protocols: Vec<Protocol>,
    /// How long listing references may take.
    pub timeout: Duration,
    /// How long a fetch may take, with the wait for others' fetches.
    pub fetch_timeout: Duration,
    /// Most bytes one fetch may bring.
    pub max_fetch_size: u64,
    /// Most bytes of one file.
    pub max_file_size: u64,
    /// Packs in one repository's cache after which it is fetched afresh.
    pub max_packs: usize,
    /// Bytes of one repository's cache after which it is fetched afresh.
    pub max_cache_size: u64,
    /// The program for `ssh://`.
    pub ssh_program: PathBuf,
}

/// A way to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// A folder on this machine: `file://` or an absolute path.
    File,
    /// `git://`, neither encrypted nor authenticated.
    Git,
    /// `http://`, not encrypted.
    Http,
    /// `https://`.
    Https,
    /// `ssh://` and `user@host:path`.
    Ssh,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            credentials: Arc::new(Anonymous),
            protocols: vec![
                Protocol::File,
                Protocol::Git,
                Protocol::Http,
                Protocol::Https,
                Protocol::Ssh,
            ],
            timeout: Duration::from_secs(15),
            fetch_timeout: Duration::from_secs(90),
            max_fetch_size: 1 << 30,
            max_file_size: 64 << 20,
            max_packs: 64,
            max_cache_size: 4 << 30,
            ssh_program: PathBuf::from("ssh"),
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

    /// Sets the ways to a repository that are allowed.
    #[must_use]
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = Protocol>) -> Self {
        self.protocols = protocols.into_iter().collect();
        self
    }

    /// Sets how long listing references may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long a fetch may take.
    #[must_use]
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.fetch_timeout = timeout;
        self
    }

    /// Sets the most bytes one fetch may bring.
    #[must_use]
    pub fn max_fetch_size(mut self, bytes: u64) -> Self {
        self.max_fetch_size = bytes;
        self
    }

    /// Sets the most bytes of one file.
    #[must_use]
    pub fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = bytes;
        self
    }

    /// Sets the packs in one repository's cache after which it is fetched afresh.
    #[must_use]
    pub fn max_packs(mut self, packs: usize) -> Self {
        self.max_packs = packs;
        self
    }

    /// Sets the bytes of one repository's cache after which it is fetched afresh.
    #[must_use]
    pub fn max_cache_size(mut self, bytes: u64) -> Self {
        self.max_cache_size = bytes;
        self
    }

    /// Sets the program for `ssh://`.
    #[must_use]
    pub fn ssh_program(mut self, program: impl Into<PathBuf>) -> Self {
        self.ssh_program = program.into();
        self
    }

    pub(super) fn allows(&self, address: &Address) -> bool {
        let protocol = match address {
            Address::Local(_) => Protocol::File,
            Address::Daemon(_) => Protocol::Git,
            Address::Ssh(_) => Protocol::Ssh,
            Address::Http { url, .. } if url.starts_with("https:") => Protocol::Https,
            Address::Http { .. } => Protocol::Http,
        };
        self.protocols.contains(&protocol)
    }

    pub(super) fn credential(&self, url: &str) -> Result<Option<Credential>, Error> {
        self.credentials
            .find(url)
            .map_err(|error| Error::new(Reason::Unauthorized, format!("no credentials: {error}")))
    }

    pub(super) fn trust(&self, url: &str) -> Result<Trust, Error> {
        Trust::new(&self.credentials.tls(url))
            .map_err(|error| Error::new(Reason::Unauthorized, error))
    }

    pub(super) fn fetch_limits(&self, stop: Arc<AtomicBool>) -> Arc<Limits> {
        Limits::new(self.fetch_timeout, self.max_fetch_size, stop)
    }
}

/// Leaves the credentials out.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("protocols", &self.protocols)
            .field("timeout", &self.timeout)
            .field("fetch_timeout", &self.fetch_timeout)
            .field("max_fetch_size", &self.max_fetch_size)
            .field("max_file_size", &self.max_file_size)
            .field("max_packs", &self.max_packs)
            .field("max_cache_size", &self.max_cache_size)
            .field("ssh_program", &self.ssh_program)
            .finish_non_exhaustive()
    }
}
