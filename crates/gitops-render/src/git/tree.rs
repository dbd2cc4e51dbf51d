//! The files of a commit, straight from the object database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gitops_core::tree::{ContentId, Entry, EntryKind, Error};
use gitops_core::{Tree, TreePath};
use gix::ObjectId;
use gix::objs::{Kind, TreeRefIter, tree::EntryKind as Mode};

use super::objects::{Objects, ReadError};

/// The largest folder that is read, in bytes: about a million entries.
const MAX_FOLDER: u64 = 64 << 20;

/// Folders kept in memory before all are forgotten.
const MAX_FOLDERS: usize = 8_192;

/// The files of one commit.
pub(super) struct GitTree {
    objects: Arc<Objects>,
    root: ObjectId,
    max_file_size: u64,
    folders: Mutex<HashMap<ObjectId, Arc<Folder>>>,
}

/// The entries of a folder, sorted by name.
type Folder = Vec<Item>;

#[derive(Clone)]
struct Item {
    name: String,
    kind: EntryKind,
    id: ObjectId,
}

impl GitTree {
    pub(super) fn new(objects: Arc<Objects>, root: ObjectId, max_file_size: u64) -> Self {
        Self {
            objects,
            root,
            max_file_size,
            folders: Mutex::default(),
        }
    }

    /// What is at `path`, without following links.
    fn find(&self, path: &TreePath) -> Result<Option<Item>, Error> {
        let mut at = Item {
            name: String::new(),
            kind: EntryKind::Folder,
            id: self.root,
        };
        for name in path.components() {
            if at.kind != EntryKind::Folder {
                return Ok(None);
            }
            let folder = self.read_folder(path, at.id)?;
            match folder.binary_search_by(|item| item.name.as_str().cmp(name)) {
                Ok(index) => at = folder[index].clone(),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    fn read_folder(&self, path: &TreePath, id: ObjectId) -> Result<Arc<Folder>, Error> {
        if let Some(folder) = self.folders().get(&id) {
            return Ok(Arc::clone(folder));
        }
        let data = self
            .objects
            .read(id, Kind::Tree, MAX_FOLDER)
            .map_err(|error| unreadable(path, error))?;
        let folder = Arc::new(parse(&data, id).map_err(|error| unreadable(path, error))?);
        let mut folders = self.folders();
        if folders.len() >= MAX_FOLDERS {
            folders.clear();
        }
        folders.insert(id, Arc::clone(&folder));
        Ok(folder)
    }

    fn folders(&self) -> std::sync::MutexGuard<'_, HashMap<ObjectId, Arc<Folder>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tree for GitTree {
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, Error> {
        Ok(self.find(path)?.map(Item::into_entry))
    }

    fn list(&self, path: &TreePath) -> Result<Vec<Entry>, Error> {
        let item = self
            .find(path)?
            .ok_or_else(|| Error::NotFound(path.clone()))?;
        if item.kind != EntryKind::Folder {
            return Err(Error::NotAFolder(path.clone()));
        }
        let folder = self.read_folder(path, item.id)?;
        Ok(folder.iter().cloned().map(Item::into_entry).collect())
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, Error> {
        let item = self
            .find(path)?
            .ok_or_else(|| Error::NotFound(path.clone()))?;
        if !matches!(item.kind, EntryKind::File | EntryKind::Link) {
            return Err(Error::NotAFile(path.clone()));
        }
        self.objects
            .read(item.id, Kind::Blob, self.max_file_size)
            .map_err(|error| unreadable(path, error))
    }
}

impl Item {
    fn into_entry(self) -> Entry {
        Entry::new(self.name, self.kind, ContentId::new(self.id.to_string()))
    }
}

/// The entries that a path can name: no other can be asked for.
fn parse(data: &[u8], id: ObjectId) -> Result<Folder, ReadError> {
    let mut folder = Folder::new();
    for entry in TreeRefIter::from_bytes(data, id.kind()) {
        let entry = entry.map_err(|error| ReadError::Damaged {
            id,
            message: error.to_string(),
        })?;
        let Ok(name) = std::str::from_utf8(entry.filename) else {
            continue;
        };
        if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
            continue;
        }
        folder.push(Item {
            name: name.to_owned(),
            kind: kind(entry.mode.kind()),
            id: entry.oid.to_owned(),
        });
    }
    // Git sorts folders as if their names ended in a slash.
    folder.sort_by(|a, b| a.name.cmp(&b.name));
    folder.dedup_by(|b, a| a.name == b.name);
    Ok(folder)
}

fn kind(mode: Mode) -> EntryKind {
    match mode {
        Mode::Tree => EntryKind::Folder,
        Mode::Blob | Mode::BlobExecutable => EntryKind::File,
        Mode::Link => EntryKind::Link,
        Mode::Commit => EntryKind::Submodule,
    }
}

fn unreadable(path: &TreePath, error: ReadError) -> Error {
    match error {
        ReadError::TooLarge { size, limit } => Error::TooLarge {
            path: path.clone(),
            size,
            limit,
        },
        other => Error::Io {
            path: path.clone(),
            source: Arc::new(other),
        },
    }
}
