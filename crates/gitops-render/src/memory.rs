//! Files the program holds itself, for tests and previews.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use gitops_core::source::{self, Reason};
use gitops_core::tree::{ContentId, Entry, EntryKind, Error};
use gitops_core::{Location, Revision, Source, Tree, TreePath};

/// Files in memory.
///
/// ```
/// use gitops_core::{Tree, TreePath};
/// use gitops_render::memory::MemoryTree;
///
/// let tree = MemoryTree::new()
///     .with_file("base/app.yaml", "kind: Pod")?
///     .with_link("app.yaml", "base/app.yaml")?;
/// assert_eq!(&*tree.file(&TreePath::new("app.yaml")?)?, b"kind: Pod");
/// # Ok::<(), gitops_core::tree::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    root: Folder,
}

type Folder = BTreeMap<String, Node>;

#[derive(Clone, Debug)]
enum Node {
    File(Arc<[u8]>),
    Link(Arc<[u8]>),
    Folder(Folder),
}

impl MemoryTree {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file and the folders on the way to it; replaces what is at `path`.
    ///
    /// # Errors
    ///
    /// When the path is the root, leads above it, or through a file.
    pub fn with_file(self, path: &str, content: impl AsRef<[u8]>) -> Result<Self, Error> {
        self.with(path, Node::File(content.as_ref().into()))
    }

    /// Adds a symbolic link that says `target`, which need not exist.
    ///
    /// # Errors
    ///
    /// As [`MemoryTree::with_file`].
    pub fn with_link(self, path: &str, target: &str) -> Result<Self, Error> {
        self.with(path, Node::Link(target.as_bytes().into()))
    }

    /// Adds an empty folder.
    ///
    /// # Errors
    ///
    /// As [`MemoryTree::with_file`].
    pub fn with_folder(self, path: &str) -> Result<Self, Error> {
        self.with(path, Node::Folder(Folder::new()))
    }

    /// Removes what is at `path`, if anything is.
    ///
    /// # Errors
    ///
    /// As [`MemoryTree::with_file`].
    pub fn without(mut self, path: &str) -> Result<Self, Error> {
        let path = TreePath::new(path)?;
        let parent = path.parent().ok_or_else(|| Error::NotAFile(path.clone()))?;
        make_folder(&mut self.root, &parent)?.remove(path.name());
        Ok(self)
    }

    fn with(mut self, path: &str, node: Node) -> Result<Self, Error> {
        let path = TreePath::new(path)?;
        let parent = path.parent().ok_or_else(|| Error::NotAFile(path.clone()))?;
        make_folder(&mut self.root, &parent)?.insert(path.name().to_owned(), node);
        Ok(self)
    }

    fn find(&self, path: &TreePath) -> Option<Found<'_>> {
        let mut at = Found::Folder(&self.root);
        for name in path.components() {
            let Found::Folder(folder) = at else {
                return None;
            };
            at = Found::from(folder.get(name)?);
        }
        Some(at)
    }
}

/// A tree from paths and texts.
impl<P: AsRef<str>, T: AsRef<[u8]>> TryFrom<Vec<(P, T)>> for MemoryTree {
    type Error = Error;

    fn try_from(files: Vec<(P, T)>) -> Result<Self, Error> {
        files.iter().try_fold(Self::new(), |tree, (path, text)| {
            tree.with_file(path.as_ref(), text)
        })
    }
}

fn make_folder<'a>(root: &'a mut Folder, path: &TreePath) -> Result<&'a mut Folder, Error> {
    let mut at = root;
    for name in path.components() {
        let node = match at.entry(name.to_owned()) {
            Slot::Occupied(slot) => slot.into_mut(),
            Slot::Vacant(slot) => slot.insert(Node::Folder(Folder::new())),
        };
        let Node::Folder(folder) = node else {
            return Err(Error::NotAFolder(path.clone()));
        };
        at = folder;
    }
    Ok(at)
}

enum Found<'a> {
    File(&'a Arc<[u8]>),
    Link(&'a Arc<[u8]>),
    Folder(&'a Folder),
}

impl<'a> From<&'a Node> for Found<'a> {
    fn from(node: &'a Node) -> Self {
        match node {
            Node::File(bytes) => Self::File(bytes),
            Node::Link(target) => Self::Link(target),
            Node::Folder(folder) => Self::Folder(folder),
        }
    }
}

impl Found<'_> {
    fn kind(&self) -> EntryKind {
        match self {
            Self::File(_) => EntryKind::File,
            Self::Link(_) => EntryKind::Link,
            Self::Folder(_) => EntryKind::Folder,
        }
    }

    fn entry(&self, name: &str) -> Entry {
        Entry::new(name, self.kind(), self.content_id())
    }

    fn content_id(&self) -> ContentId {
        match self {
            Self::File(bytes) | Self::Link(bytes) => content_id(bytes),
            Self::Folder(folder) => {
                let entries = folder
                    .iter()
                    .map(|(name, node)| Found::from(node).entry(name));
                folder_id(entries)
            }
        }
    }
}

impl Tree for MemoryTree {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, Error> {
        Ok(self.find(path).map(|found| found.entry(path.name())))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<Entry>, Error> {
        match self.find(path) {
            None => Err(Error::NotFound(path.clone())),
            Some(Found::Folder(folder)) => Ok(folder
                .iter()
                .map(|(name, node)| Found::from(node).entry(name))
                .collect()),
            Some(_) => Err(Error::NotAFolder(path.clone())),
        }
    }

    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, Error> {
        Ok(self.find(path).map(|found| found.kind()))
    }

    fn names(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, Error> {
        match self.find(path) {
            None => Err(Error::NotFound(path.clone())),
            Some(Found::Folder(folder)) => Ok(folder
                .iter()
                .map(|(name, node)| (name.clone(), Found::from(node).kind()))
                .collect()),
            Some(_) => Err(Error::NotAFolder(path.clone())),
        }
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, Error> {
        match self.find(path) {
            None => Err(Error::NotFound(path.clone())),
            Some(Found::File(bytes) | Found::Link(bytes)) => Ok(Arc::clone(bytes)),
            Some(Found::Folder(_)) => Err(Error::NotAFile(path.clone())),
        }
    }
}

/// The id of a folder, from its entries.
pub(crate) fn folder_id(entries: impl IntoIterator<Item = Entry>) -> ContentId {
    let mut hasher = ContentHasher::new();
    for Entry { name, kind, id } in entries {
        hasher.update(format!("{kind:?} {id} {name:?}\n").as_bytes());
    }
    hasher.finish()
}

/// An id of `bytes`.
fn content_id(bytes: &[u8]) -> ContentId {
    let mut hasher = ContentHasher::new();
    hasher.update(bytes);
    hasher.finish()
}

/// Makes ids of contents that come in pieces.
///
/// Two hashes with different beginnings: the files of a preview are not chosen
/// to collide, so a cryptographic hash is not worth a dependency here.
pub(crate) struct ContentHasher(DefaultHasher, DefaultHasher);

impl ContentHasher {
    pub(crate) fn new() -> Self {
        let mut second = DefaultHasher::new();
        second.write_u8(1);
        Self(DefaultHasher::new(), second)
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.1.write(bytes);
    }

    pub(crate) fn finish(&self) -> ContentId {
        let Self(first, second) = self;
        ContentId::new(format!("{:016x}{:016x}", first.finish(), second.finish()))
    }
}

/// A source of one repository whose revisions the program adds one by one.
///
/// Revisions count from 1. `HEAD` and the empty revision mean the last one.
///
/// ```
/// use gitops_core::{Location, Source};
/// use gitops_render::memory::{MemorySource, MemoryTree};
///
/// let source = MemorySource::new("memory://shop");
/// source.push(MemoryTree::new().with_file("app.yaml", "kind: Pod")?);
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let head = source.resolve(&Location::git("memory://shop", "HEAD")).await?;
/// assert_eq!(head.as_str(), "1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MemorySource {
    url: String,
    revisions: Mutex<Vec<Arc<MemoryTree>>>,
}

impl MemorySource {
    /// An empty repository at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            revisions: Mutex::default(),
        }
    }

    /// Adds a revision.
    pub fn push(&self, tree: MemoryTree) -> Revision {
        let mut revisions = self.revisions();
        revisions.push(Arc::new(tree));
        Revision::new(revisions.len().to_string())
    }

    fn number(&self, location: &Location, revision: &str) -> Result<usize, source::Error> {
        let count = self.revisions().len();
        let number = match revision {
            "" | "HEAD" => Some(count),
            text => text.parse().ok(),
        };
        number
            .filter(|number| (1..=count).contains(number))
            .ok_or_else(|| source::Error::revision(location, format!("no revision {revision:?}")))
    }

    fn revisions(&self) -> std::sync::MutexGuard<'_, Vec<Arc<MemoryTree>>> {
        self.revisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Source for MemorySource {
    fn serves(&self, location: &Location) -> bool {
        location.chart.is_none() && location.repo_url == self.url
    }

    async fn resolve(&self, location: &Location) -> Result<Revision, source::Error> {
        if !self.serves(location) {
            let message = "not the repository in memory";
            return Err(source::Error::new(location, Reason::Unsupported, message));
        }
        let number = self.number(location, &location.target_revision)?;
        Ok(Revision::new(number.to_string()))
    }

    async fn tree(
        &self,
        location: &Location,
        revision: &Revision,
    ) -> Result<Arc<dyn Tree>, source::Error> {
        let number = self.number(location, revision.as_str())?;
        Ok(Arc::clone(&self.revisions()[number - 1]) as Arc<dyn Tree>)
    }
}

#[cfg(test)]
mod tests;
