//! Files of a revision: what renderers read instead of a checkout.

use std::fmt;
use std::sync::Arc;

mod reads;

pub use reads::{Reads, Recorded};

/// Symbolic links followed in one look-up before it is called a cycle.
const MAX_LINKS: usize = 40;

/// The files of one revision of one source, under a root that no path leaves.
///
/// An implementation answers for its own entries and follows no symbolic link;
/// the provided methods [`Tree::resolve`], [`Tree::file`] and [`Tree::folder`]
/// follow links inside the root and refuse every other, once for all trees.
///
/// ```
/// use std::{collections::BTreeMap, sync::Arc};
/// use gitops_core::tree::{ContentId, Entry, EntryKind, Error, Tree, TreePath};
///
/// /// A tree of one folder.
/// struct Flat(BTreeMap<String, Arc<[u8]>>);
///
/// impl Tree for Flat {
///     fn entry(&self, path: &TreePath) -> Result<Option<Entry>, Error> {
///         if path.is_root() {
///             return Ok(Some(Entry::new("", EntryKind::Folder, ContentId::new("root"))));
///         }
///         Ok(self.0.get(path.as_str()).map(|text| {
///             let id = ContentId::new(String::from_utf8_lossy(text));
///             Entry::new(path.name(), EntryKind::File, id)
///         }))
///     }
///
///     fn list(&self, _folder: &TreePath) -> Result<Vec<Entry>, Error> {
///         self.0.keys().map(|name| self.entry(&TreePath::new(name)?).map(Option::unwrap)).collect()
///     }
///
///     fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, Error> {
///         self.0.get(path.as_str()).cloned().ok_or_else(|| Error::NotFound(path.clone()))
///     }
/// }
///
/// let tree = Flat(BTreeMap::from([("app.yaml".into(), Arc::from(*b"kind: Pod"))]));
/// assert_eq!(&*tree.file(&TreePath::new("./app.yaml")?)?, b"kind: Pod");
/// assert!(TreePath::new("../etc/passwd").is_err());
/// # Ok::<(), Error>(())
/// ```
pub trait Tree: Send + Sync {
    /// The entry at `path`, itself and not what it points to.
    ///
    /// `None` where there is nothing, also when the way there leads through a
    /// file or a symbolic link. The root is a folder.
    ///
    /// # Errors
    ///
    /// When the tree cannot be read.
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, Error>;

    /// The entries of the folder at `path`, sorted by name in byte order.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] or [`Error::NotAFolder`], or when it cannot be read.
    fn list(&self, path: &TreePath) -> Result<Vec<Entry>, Error>;

    /// What [`Tree::entry`] finds at `path`, without its content id, which some trees
    /// have to read the content for.
    ///
    /// # Errors
    ///
    /// As [`Tree::entry`].
    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, Error> {
        Ok(self.entry(path)?.map(|entry| entry.kind))
    }

    /// The names and kinds of what [`Tree::list`] lists, in the same order.
    ///
    /// # Errors
    ///
    /// As [`Tree::list`].
    fn names(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, Error> {
        let entries = self.list(path)?.into_iter();
        Ok(entries.map(|entry| (entry.name, entry.kind)).collect())
    }

    /// The bytes of the file at `path`; the target's text for a symbolic link.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] or [`Error::NotAFile`], [`Error::TooLarge`] beyond the
    /// tree's own bound, or when it cannot be read.
    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, Error>;

    /// Where `path` leads once every symbolic link on the way is followed.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] where nothing is, [`Error::LinkOutside`] where a link
    /// leaves the tree, [`Error::LinkCycle`] where links never end.
    fn resolve(&self, path: &TreePath) -> Result<TreePath, Error> {
        match self.kind(path)? {
            Some(kind) if kind != EntryKind::Link => Ok(path.clone()),
            _ => follow(self, path),
        }
    }

    /// The bytes of the file that `path` leads to.
    ///
    /// # Errors
    ///
    /// As [`Tree::resolve`] and [`Tree::read`].
    fn file(&self, path: &TreePath) -> Result<Arc<[u8]>, Error> {
        self.read(&self.resolve(path)?)
    }

    /// The entries of the folder that `path` leads to.
    ///
    /// # Errors
    ///
    /// As [`Tree::resolve`] and [`Tree::list`].
    fn folder(&self, path: &TreePath) -> Result<Vec<Entry>, Error> {
        self.list(&self.resolve(path)?)
    }
}

fn follow<T: Tree + ?Sized>(tree: &T, path: &TreePath) -> Result<TreePath, Error> {
    let mut rest: Vec<String> = path.components().rev().map(str::to_owned).collect();
    let mut at = TreePath::root();
    let mut links = 0;
    while let Some(component) = rest.pop() {
        let next = match component.as_str() {
            ".." => at
                .parent()
                .ok_or_else(|| Error::LinkOutside(path.clone()))?,
            name => at.child(name),
        };
        let Some(kind) = tree.kind(&next)? else {
            return Err(Error::NotFound(path.clone()));
        };
        if kind != EntryKind::Link {
            at = next;
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            return Err(Error::LinkCycle(path.clone()));
        }
        let target = tree.read(&next)?;
        let target = std::str::from_utf8(&target).map_err(|_| Error::LinkOutside(path.clone()))?;
        if target.starts_with('/') {
            return Err(Error::LinkOutside(path.clone()));
        }
        rest.extend(
            target
                .split('/')
                .filter(|part| !matches!(*part, "" | "."))
                .rev()
                .map(str::to_owned),
        );
    }
    Ok(at)
}

/// A path inside a [`Tree`]: relative to its root, `/` between the parts, no `.`
/// and no `..`; empty for the root.
///
/// `Display` prints the root as `.`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(String);

impl TreePath {
    /// The root of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// Reads a path as users write it: `./a//b/../c` is `a/c`, and a leading
    /// slash means the root of the tree.
    ///
    /// # Errors
    ///
    /// [`Error::Outside`] where `..` leads above the root.
    pub fn new(path: &str) -> Result<Self, Error> {
        Self::root().join(path)
    }

    /// `path` as seen from the folder `self`; a leading slash means the root.
    ///
    /// # Errors
    ///
    /// [`Error::Outside`] where `..` leads above the root.
    pub fn join(&self, path: &str) -> Result<Self, Error> {
        let mut joined = if path.starts_with('/') {
            Self::root()
        } else {
            self.clone()
        };
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => joined = joined.parent().ok_or_else(|| Error::Outside(path.into()))?,
                name => joined = joined.child(name),
            }
        }
        Ok(joined)
    }

    /// The path as text, without a leading slash; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the root of the tree.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last part; empty for the root.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The folder this path lies in; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let end = self.0.rfind('/').unwrap_or(0);
        Some(Self(self.0[..end].to_owned()))
    }

    /// The parts from the root down.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// Whether this path is `folder` or lies below it.
    pub fn is_in(&self, folder: &Self) -> bool {
        self.relative_to(folder).is_some()
    }

    /// This path as seen from `folder`, when it is in it; empty for `folder` itself.
    pub fn relative_to(&self, folder: &Self) -> Option<&str> {
        if folder.is_root() {
            return Some(&self.0);
        }
        let rest = self.0.strip_prefix(&folder.0)?;
        if rest.is_empty() {
            return Some(rest);
        }
        rest.strip_prefix('/')
    }

    /// One name below this folder. `name` is an entry's name: no slash, not `..`.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        debug_assert!(!name.is_empty() && !name.contains('/') && name != "..");
        if self.is_root() {
            return Self(name.to_owned());
        }
        Self(format!("{}/{name}", self.0))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_root() { "." } else { &self.0 })
    }
}

impl std::str::FromStr for TreePath {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self, Error> {
        Self::new(path)
    }
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name in its folder; empty for the root.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// What identifies its content.
    pub id: ContentId,
}

impl Entry {
    /// An entry from its parts.
    pub fn new(name: impl Into<String>, kind: EntryKind, id: ContentId) -> Self {
        Self {
            name: name.into(),
            kind,
            id,
        }
    }
}

/// What an entry of a [`Tree`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// Another repository at a commit (a Git submodule); nothing can be read in it.
    Submodule,
}

/// What identifies the content of a file or folder: equal ids mean equal content,
/// in every revision of the same source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentId(Arc<str>);

impl ContentId {
    /// An id as the tree knows it, such as a Git object id.
    pub fn new(id: impl AsRef<str>) -> Self {
        Self(id.as_ref().into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a file cannot be had from a tree.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing is at the path.
    #[error("{0}: no such file or folder")]
    NotFound(TreePath),
    /// A file was asked for and something else is there.
    #[error("{0}: not a file")]
    NotAFile(TreePath),
    /// A folder was asked for and something else is there.
    #[error("{0}: not a folder")]
    NotAFolder(TreePath),
    /// The path climbs above the root.
    #[error("{0}: leads out of the repository")]
    Outside(String),
    /// A symbolic link points out of the tree.
    #[error("{0}: symbolic link leads out of the repository")]
    LinkOutside(TreePath),
    /// Symbolic links point at each other.
    #[error("{0}: symbolic links never end")]
    LinkCycle(TreePath),
    /// The file is larger than the tree's bound.
    #[error("{path}: {size} bytes, more than the {limit} allowed")]
    TooLarge {
        /// The file.
        path: TreePath,
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// The store behind the tree failed.
    #[error("{path}: cannot be read")]
    Io {
        /// What was read.
        path: TreePath,
        /// What the store said.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Whether nothing is at the path.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn joins(base: &str, path: &str, expected: Option<&str>) {
        let joined = TreePath::new(base).unwrap().join(path);
        assert_eq!(joined.ok().as_ref().map(TreePath::as_str), expected);
    }

    #[test]
    fn paths_stay_below_the_root() {
        joins("a/b", "../c", Some("a/c"));
        joins("a/b", "/c", Some("c"));
        joins("a", "..", Some(""));
        joins("a", "../..", None);
        joins("", ".//./x/", Some("x"));
    }

    #[test]
    fn a_name_that_begins_alike_is_not_below() {
        let folder = TreePath::new("app").unwrap();
        assert!(!TreePath::new("apple/x").unwrap().is_in(&folder));
        assert!(TreePath::new("app/x").unwrap().is_in(&folder));
        assert_eq!(folder.relative_to(&folder), Some(""));
    }
}
