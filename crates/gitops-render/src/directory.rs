//! A local folder as a source: what somebody works on, before it is committed.

mod folders;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::source::{self, Reason};
use gitops_core::tree::{ContentId, Entry, EntryKind, Error};
use gitops_core::{Location, Revision, Source, Tree, TreePath};

use crate::memory::{ContentHasher, folder_id};
use folders::Folders;

/// The largest file that is read unless said otherwise.
const MAX_FILE: u64 = 64 << 20;

/// What Git keeps beside the files, and what no Git tree can hold.
const GIT: &str = ".git";

/// The files of a local folder, as they are at the moment they are read.
///
/// A `.git` is left out wherever it lies, as it is in a tree of Git.
///
/// Whether the way to a file leads through folders alone is looked up once for every folder. So
/// nobody who is to see the tree's files alone may be able to change the tree while it is in use:
/// a symbolic link put in a known folder's place is followed. A clone looks everything up anew.
///
/// ```no_run
/// use gitops_core::{Tree, TreePath};
/// use gitops_render::directory::DirectoryTree;
///
/// let tree = DirectoryTree::new("manifests");
/// for entry in tree.list(&TreePath::root())? {
///     println!("{}", entry.name);
/// }
/// # Ok::<(), gitops_core::tree::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DirectoryTree {
    root: PathBuf,
    max_file_size: u64,
    folders: Folders,
}

impl DirectoryTree {
    /// The folder `root` and what is below it.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            max_file_size: MAX_FILE,
            folders: Folders::default(),
        }
    }

    /// Sets the most bytes of one file.
    #[must_use]
    pub fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = bytes;
        self
    }

    /// The path on disk, if no part before the last is a link or no folder.
    ///
    /// The operating system would follow a link on the way to wherever it leads.
    fn on_disk(&self, path: &TreePath) -> Result<Option<PathBuf>, Error> {
        if path.is_root() {
            return Ok(Some(self.root.clone()));
        }
        if path.components().any(|name| name == GIT) {
            return Ok(None);
        }
        let is_folder = |folder: &str| {
            let found = metadata(&self.root.join(folder), path)?;
            Ok(found.is_some_and(|found| found.is_dir()))
        };
        let is_reached = self.folders.lead_to(path, is_folder)?;
        Ok(is_reached.then(|| self.root.join(path.as_str())))
    }

    /// The path on disk and what is there: never followed but at the root, which
    /// the program chose.
    fn find(&self, path: &TreePath) -> Result<Option<(PathBuf, fs::Metadata)>, Error> {
        let Some(at) = self.on_disk(path)? else {
            return Ok(None);
        };
        let found = if path.is_root() {
            present(fs::metadata(&at), path)?
        } else {
            metadata(&at, path)?
        };
        Ok(found.map(|metadata| (at, metadata)))
    }

    fn identify(&self, at: &Path, path: &TreePath, kind: EntryKind) -> Result<ContentId, Error> {
        match kind {
            EntryKind::Folder => Ok(folder_id(self.list(path)?)),
            EntryKind::File => identify(at).map_err(|error| unreadable(path, error)),
            EntryKind::Link | EntryKind::Submodule => {
                let mut hasher = ContentHasher::new();
                hasher.update(&self.read(path)?);
                Ok(hasher.finish())
            }
        }
    }
}

/// The id of a file's content, however large it is.
fn identify(at: &Path) -> io::Result<ContentId> {
    let mut file = fs::File::open(at)?;
    let mut buffer = [0; 16 << 10];
    let mut hasher = ContentHasher::new();
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

impl Tree for DirectoryTree {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, Error> {
        let Some((at, metadata)) = self.find(path)? else {
            return Ok(None);
        };
        let Some(kind) = kind(metadata.file_type()) else {
            return Ok(None);
        };
        let id = self.identify(&at, path, kind)?;
        Ok(Some(Entry::new(path.name(), kind, id)))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        for (name, _) in self.names(path)? {
            entries.extend(self.entry(&path.child(&name))?);
        }
        Ok(entries)
    }

    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, Error> {
        let found = self.find(path)?;
        Ok(found.and_then(|(_, metadata)| kind(metadata.file_type())))
    }

    fn names(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, Error> {
        let (at, metadata) = self
            .find(path)?
            .ok_or_else(|| Error::NotFound(path.clone()))?;
        if !metadata.is_dir() {
            return Err(Error::NotAFolder(path.clone()));
        }
        self.folders.add(path);
        let mut names = Vec::new();
        for entry in fs::read_dir(&at).map_err(|error| unreadable(path, error))? {
            let entry = entry.map_err(|error| unreadable(path, error))?;
            let file_type = entry.file_type().map_err(|error| unreadable(path, error))?;
            // A name that no path can say cannot be asked for.
            let name = entry.file_name().into_string().ok();
            let name = name.filter(|name| name != GIT);
            names.extend(name.zip(kind(file_type)));
        }
        names.sort_unstable();
        Ok(names)
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, Error> {
        let (at, metadata) = self
            .find(path)?
            .ok_or_else(|| Error::NotFound(path.clone()))?;
        match kind(metadata.file_type()) {
            Some(EntryKind::Link) => {
                let target = fs::read_link(&at).map_err(|error| unreadable(path, error))?;
                Ok(target.to_string_lossy().as_bytes().into())
            }
            Some(EntryKind::File) => read(&at, path, metadata.len(), self.max_file_size),
            _ => Err(Error::NotAFile(path.clone())),
        }
    }
}

/// Reads a file of about `size` bytes, at most `limit` of them, also of one that
/// grows meanwhile.
fn read(at: &Path, path: &TreePath, size: u64, limit: u64) -> Result<Arc<[u8]>, Error> {
    let mut file = fs::File::open(at).map_err(|error| unreadable(path, error))?;
    let expected = usize::try_from(size.min(limit)).unwrap_or_default();
    // One byte more than is expected: a file that ends before it has been read whole.
    let mut bytes = vec![0; expected.saturating_add(1)];
    let count = match file.read(&mut bytes) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
        result => result.map_err(|error| unreadable(path, error))?,
    };
    bytes.truncate(count);
    if count == 0 || count != expected {
        let rest = limit.saturating_add(1).saturating_sub(count as u64);
        file.take(rest)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(path, error))?;
    }
    let size = bytes.len() as u64;
    if size > limit {
        let path = path.clone();
        return Err(Error::TooLarge { path, size, limit });
    }
    Ok(bytes.into())
}

/// `None` for what is neither a file, a folder nor a link, such as a socket.
fn kind(file_type: fs::FileType) -> Option<EntryKind> {
    if file_type.is_symlink() {
        Some(EntryKind::Link)
    } else if file_type.is_dir() {
        Some(EntryKind::Folder)
    } else {
        file_type.is_file().then_some(EntryKind::File)
    }
}

fn metadata(at: &Path, path: &TreePath) -> Result<Option<fs::Metadata>, Error> {
    present(fs::symlink_metadata(at), path)
}

fn present(
    result: io::Result<fs::Metadata>,
    path: &TreePath,
) -> Result<Option<fs::Metadata>, Error> {
    match result {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(unreadable(path, error)),
    }
}

fn unreadable(path: &TreePath, error: io::Error) -> Error {
    Error::Io {
        path: path.clone(),
        source: Arc::new(error),
    }
}

/// Serves one URL from a local folder, whatever revision is asked for.
///
/// A revision is the folder's content id, so it changes when a file does. A tree
/// shows the files as they are when they are read, not as they were when the
/// revision was made.
#[derive(Clone, Debug)]
pub struct Directory {
    url: String,
    tree: DirectoryTree,
}

impl Directory {
    /// The folder `root`, under the repository URL `url`.
    pub fn new(url: impl Into<String>, root: impl Into<PathBuf>) -> Self {
        Self {
            url: url.into(),
            tree: DirectoryTree::new(root),
        }
    }

    fn read(&self, location: &Location) -> Result<Revision, source::Error> {
        let failed = |message: String| source::Error::new(location, Reason::Unreachable, message);
        let root = self.tree.entry(&TreePath::root());
        match root.map_err(|error| failed(error.to_string()))? {
            Some(root) if root.kind == EntryKind::Folder => Ok(Revision::new(root.id.as_str())),
            _ => Err(failed(format!("no folder {}", self.tree.root.display()))),
        }
    }
}

#[async_trait]
impl Source for Directory {
    fn serves(&self, location: &Location) -> bool {
        location.chart.is_none() && location.repo_url == self.url
    }

    async fn resolve(&self, location: &Location) -> Result<Revision, source::Error> {
        let (source, asked) = (self.clone(), location.clone());
        let panicked = |_| source::Error::new(location, Reason::Unreachable, "cannot be read");
        tokio::task::spawn_blocking(move || source.read(&asked))
            .await
            .map_err(panicked)?
    }

    async fn tree(
        &self,
        _location: &Location,
        _revision: &Revision,
    ) -> Result<Arc<dyn Tree>, source::Error> {
        Ok(Arc::new(self.tree.clone()))
    }
}

#[cfg(test)]
mod tests;
