//! Which folders are known to be ones.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use gitops_core::TreePath;

/// Folders below a root, each found by looking at every part of its path; a clone knows none.
#[derive(Debug, Default)]
pub(super) struct Folders(Mutex<BTreeSet<String>>);

impl Clone for Folders {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Folders {
    /// Keeps that a path, which others lead to, is a folder.
    pub(super) fn add(&self, path: &TreePath) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(path.as_str().to_owned());
    }

    /// Whether all parts of a path before the last are folders. `is_folder` is asked about each
    /// that is not known yet, from the root down, until one is no folder.
    pub(super) fn lead_to<E>(
        &self,
        path: &TreePath,
        is_folder: impl Fn(&str) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let path = path.as_str();
        let Some((parent, _)) = path.rsplit_once('/') else {
            return Ok(true);
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(parent) {
            return Ok(true);
        }
        for (end, _) in path.match_indices('/') {
            let folder = &path[..end];
            if known.contains(folder) {
                continue;
            }
            if !is_folder(folder)? {
                return Ok(false);
            }
            known.insert(folder.to_owned());
        }
        Ok(true)
    }
}
