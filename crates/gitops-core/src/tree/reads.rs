//! What was read of a tree, and whether another tree would give the same answers.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use super::{ContentId, Entry, EntryKind, Error, Tree, TreePath};

/// A tree that remembers what was asked of it; it owns, shares or borrows the tree.
///
/// ```
/// # use std::{collections::BTreeMap, sync::Arc};
/// # use gitops_core::tree::{ContentId, Entry, EntryKind, Error};
/// # struct Files(BTreeMap<&'static str, &'static str>);
/// # impl Tree for Files {
/// #     fn entry(&self, path: &TreePath) -> Result<Option<Entry>, Error> {
/// #         Ok(self.0.get(path.as_str()).map(|text| {
/// #             Entry::new(path.name(), EntryKind::File, ContentId::new(text))
/// #         }))
/// #     }
/// #     fn list(&self, path: &TreePath) -> Result<Vec<Entry>, Error> {
/// #         Err(Error::NotAFolder(path.clone()))
/// #     }
/// #     fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, Error> {
/// #         Ok(self.0[path.as_str()].as_bytes().into())
/// #     }
/// # }
/// use gitops_core::{Tree, TreePath, tree::Recorded};
///
/// let monday = Arc::new(Files(BTreeMap::from([("app.yaml", "a: 1"), ("notes", "none")])));
/// let recorded = Recorded::new(monday);
/// recorded.file(&TreePath::new("app.yaml")?)?;
/// let reads = recorded.reads();
///
/// let tuesday = Files(BTreeMap::from([("app.yaml", "a: 1"), ("notes", "many")]));
/// assert!(reads.hold_in(&tuesday));
/// let wednesday = Files(BTreeMap::from([("app.yaml", "a: 2")]));
/// assert!(!reads.hold_in(&wednesday));
/// # Ok::<(), Error>(())
/// ```
pub struct Recorded<T = Arc<dyn Tree>> {
    tree: T,
    reads: Mutex<Reads>,
}

/// The questions that were put to a tree, with what decides their answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Paths looked up, with the kind and content found there.
    entries: BTreeMap<TreePath, Option<(EntryKind, ContentId)>>,
    /// Folders listed, with the names and kinds found in them.
    folders: BTreeMap<TreePath, Vec<(String, EntryKind)>>,
}

impl<T> Recorded<T> {
    /// A tree with the content of `tree`.
    pub fn new(tree: T) -> Self {
        Self {
            tree,
            reads: Mutex::default(),
        }
    }

    /// What was asked so far.
    pub fn reads(&self) -> Reads {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Tree for Recorded<T>
where
    T: Deref<Target: Tree> + Send + Sync,
{
    fn entry(&self, path: &TreePath) -> Result<Option<Entry>, Error> {
        let entry = self.tree.entry(path)?;
        let found = entry.as_ref().map(|entry| {
            // The content of a folder counts where it is listed or read, not
            // where somebody asks whether it is there.
            let id = match entry.kind {
                EntryKind::Folder => ContentId::new(""),
                _ => entry.id.clone(),
            };
            (entry.kind, id)
        });
        self.lock().entries.insert(path.clone(), found);
        Ok(entry)
    }

    fn list(&self, path: &TreePath) -> Result<Vec<Entry>, Error> {
        let entries = self.tree.list(path)?;
        let names = entries.iter();
        let names = names.map(|entry| (entry.name.clone(), entry.kind));
        self.lock().folders.insert(path.clone(), names.collect());
        Ok(entries)
    }

    fn kind(&self, path: &TreePath) -> Result<Option<EntryKind>, Error> {
        match self.tree.kind(path)? {
            Some(EntryKind::Folder) => {
                let found = Some((EntryKind::Folder, ContentId::new("")));
                self.lock().entries.insert(path.clone(), found);
                Ok(Some(EntryKind::Folder))
            }
            _ => Ok(self.entry(path)?.map(|entry| entry.kind)),
        }
    }

    fn names(&self, path: &TreePath) -> Result<Vec<(String, EntryKind)>, Error> {
        let names = self.tree.names(path)?;
        self.lock().folders.insert(path.clone(), names.clone());
        Ok(names)
    }

    fn read(&self, path: &TreePath) -> Result<Arc<[u8]>, Error> {
        self.entry(path)?;
        self.tree.read(path)
    }
}

impl Reads {
    /// Whether `tree` would have given the same answers.
    ///
    /// A question that `tree` cannot answer counts as answered otherwise.
    pub fn hold_in(&self, tree: &dyn Tree) -> bool {
        let entry_holds = |(path, found): (&TreePath, &Option<(EntryKind, ContentId)>)| {
            let same = match found {
                None => tree.kind(path).map(|kind| kind.is_none()),
                Some((EntryKind::Folder, _)) => {
                    tree.kind(path).map(|kind| kind == Some(EntryKind::Folder))
                }
                Some((kind, id)) => tree
                    .entry(path)
                    .map(|entry| entry.is_some_and(|entry| entry.kind == *kind && entry.id == *id)),
            };
            same.unwrap_or(false)
        };
        let folder_holds = |(path, found): (&TreePath, &Vec<(String, EntryKind)>)| {
            tree.names(path).is_ok_and(|names| names == *found)
        };
        self.entries.iter().all(entry_holds) && self.folders.iter().all(folder_holds)
    }
}
