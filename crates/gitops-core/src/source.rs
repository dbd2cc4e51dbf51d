//! Where desired state comes from.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::Tree;

/// A repository and what of it is wanted, before it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Location {
    /// The repository's URL, as in `spec.source.repoURL`.
    pub repo_url: String,
    /// Branch, tag, commit, version or version range; empty means `HEAD`.
    pub target_revision: String,
    /// The chart's name, for a chart repository.
    pub chart: Option<String>,
    /// Only tags with this prefix count for a version range; it is not part of the version.
    pub tag_prefix: Option<String>,
}

impl Location {
    /// `target_revision` of the Git repository at `repo_url`.
    pub fn git(repo_url: impl Into<String>, target_revision: impl Into<String>) -> Self {
        Self {
            repo_url: repo_url.into(),
            target_revision: target_revision.into(),
            ..Self::default()
        }
    }

    /// A version or version range of `chart` in the chart repository at `repo_url`.
    pub fn chart(
        repo_url: impl Into<String>,
        chart: impl Into<String>,
        target_revision: impl Into<String>,
    ) -> Self {
        Self {
            repo_url: repo_url.into(),
            target_revision: target_revision.into(),
            chart: Some(chart.into()),
            tag_prefix: None,
        }
    }

    /// Sets the prefix of the tags a version range looks at.
    #[must_use]
    pub fn tag_prefix(mut self, prefix: Option<String>) -> Self {
        self.tag_prefix = prefix;
        self
    }
}

/// A revision that never changes: a commit, a digest or an exact version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(String);

impl Revision {
    /// A revision as the source names it.
    pub fn new(revision: impl Into<String>) -> Self {
        Self(revision.into())
    }

    /// The revision as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven characters, as people quote commits; all of a shorter one.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A place desired state comes from: Git, a chart repository, a local folder.
///
/// Sources are plugins: a program keeps those it wants in a list, and the first
/// that [`Source::serves`] a location answers for it.
///
/// ```
/// use std::sync::Arc;
/// use async_trait::async_trait;
/// use gitops_core::{Location, Revision, Source, Tree, source};
///
/// /// One tree, whatever is asked for.
/// struct Fixed(Arc<dyn Tree>);
///
/// #[async_trait]
/// impl Source for Fixed {
///     fn serves(&self, location: &Location) -> bool {
///         location.repo_url.starts_with("fixed://")
///     }
///
///     async fn resolve(&self, _location: &Location) -> Result<Revision, source::Error> {
///         Ok(Revision::new("1"))
///     }
///
///     async fn tree(
///         &self,
///         location: &Location,
///         revision: &Revision,
///     ) -> Result<Arc<dyn Tree>, source::Error> {
///         if revision.as_str() != "1" {
///             return Err(source::Error::revision(location, "there is only revision 1"));
///         }
///         Ok(Arc::clone(&self.0))
///     }
/// }
/// ```
#[async_trait]
pub trait Source: Send + Sync {
    /// Whether this source answers for `location`. Looks at the location only.
    fn serves(&self, location: &Location) -> bool;

    /// The revision that `location` stands for now.
    ///
    /// # Errors
    ///
    /// When the repository cannot be reached or has no such revision.
    async fn resolve(&self, location: &Location) -> Result<Revision, Error>;

    /// The files at `revision`.
    ///
    /// # Errors
    ///
    /// When the repository cannot be reached or has no such revision.
    async fn tree(&self, location: &Location, revision: &Revision) -> Result<Arc<dyn Tree>, Error>;

    /// The content of a file that is in no repository, such as a chart's values;
    /// `None` where this source does not answer for its URL.
    ///
    /// # Errors
    ///
    /// When the file is not there, cannot be reached or is too large.
    async fn file(&self, _url: &str) -> Option<Result<Arc<[u8]>, Error>> {
        None
    }
}

#[async_trait]
impl<S: Source + ?Sized> Source for Arc<S> {
    fn serves(&self, location: &Location) -> bool {
        (**self).serves(location)
    }

    async fn resolve(&self, location: &Location) -> Result<Revision, Error> {
        (**self).resolve(location).await
    }

    async fn tree(&self, location: &Location, revision: &Revision) -> Result<Arc<dyn Tree>, Error> {
        (**self).tree(location, revision).await
    }

    async fn file(&self, url: &str) -> Option<Result<Arc<[u8]>, Error>> {
        (**self).file(url).await
    }
}

/// What kind of failure a [`Source`] met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// No source answers for the location.
    Unsupported,
    /// The repository does not exist or cannot be reached; trying again may help.
    Unreachable,
    /// The repository refuses the credentials, or wants some and none are known.
    Unauthorized,
    /// The repository has no such revision.
    RevisionNotFound,
    /// The answer took longer than allowed; trying again may help.
    Timeout,
    /// What came back is damaged or against the protocol.
    Invalid,
}

/// Why a [`Source`] has no answer.
///
/// Neither the message nor `Debug` holds credentials; user information in the
/// repository's URL is left out.
#[derive(Debug, thiserror::Error)]
#[error("{repo_url}: {message}")]
#[non_exhaustive]
pub struct Error {
    /// The repository, without user information.
    pub repo_url: String,
    /// What kind of failure it is.
    pub reason: Reason,
    /// What happened and to which revision.
    pub message: String,
    /// What the transport said.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of `reason` at `location`.
    pub fn new(location: &Location, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            repo_url: without_user(&location.repo_url),
            reason,
            message: message.into(),
            source: None,
        }
    }

    /// A failure of `reason` with the file at `url`, of which neither the user nor
    /// the query is shown: both may hold a token.
    pub fn of_file(url: &str, reason: Reason, message: impl Into<String>) -> Self {
        let end = url.find(['?', '#']).unwrap_or(url.len());
        Self::new(&Location::git(&url[..end], ""), reason, message)
    }

    /// The repository has no such revision.
    pub fn revision(location: &Location, message: impl Into<String>) -> Self {
        Self::new(location, Reason::RevisionNotFound, message)
    }

    /// Adds what the transport said. It must hold no credentials.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether trying again later may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self.reason, Reason::Unreachable | Reason::Timeout)
    }
}

/// `url` without user name and password, to show to people.
///
/// ```
/// assert_eq!(
///     gitops_core::source::without_user("https://me:token@example.org/a.git"),
///     "https://example.org/a.git",
/// );
/// assert_eq!(gitops_core::source::without_user("git@example.org:a.git"), "git@example.org:a.git");
/// ```
pub fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}
