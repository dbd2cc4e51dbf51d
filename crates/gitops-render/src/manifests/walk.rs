//! The files of a folder.

use gitops_core::TreePath;
use gitops_core::render::{Error, Request};
use gitops_core::tree::{self, EntryKind};

use super::Manifests;
use super::glob::Filter;

/// How deep folders may lie in each other.
const MAX_DEPTH: usize = 200;

/// The files that count, ordered by their paths. Hidden folders are passed over,
/// and links to folders are not followed, as in the reference.
pub(super) fn files(
    manifests: &Manifests,
    request: &Request<'_>,
    recurse: bool,
    filter: &Filter,
) -> Result<Vec<TreePath>, Error> {
    let root = request.tree.resolve(request.path)?;
    let mut files = Vec::new();
    let mut seen = 0;
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        if folder.components().count() > MAX_DEPTH {
            return Err(Error::at(
                &folder,
                format!("folders lie deeper than {MAX_DEPTH}"),
            ));
        }
        for entry in request.tree.list(&folder)? {
            let path = folder.child(&entry.name);
            match entry.kind {
                EntryKind::Folder if recurse && !entry.name.starts_with('.') => folders.push(path),
                EntryKind::File => files.push(path),
                EntryKind::Link if is_file(request, &path)? => files.push(path),
                _ => {}
            }
            seen += 1;
            if seen > manifests.max_files {
                let limit = manifests.max_files;
                return Err(Error::at(request.path, format!("more than {limit} files")));
            }
        }
    }
    files.retain(|path| filter.takes(path.relative_to(&root).unwrap_or_default()));
    files.sort_by(|left, right| left.components().cmp(right.components()));
    Ok(files)
}

/// Whether a link leads to a file. One that leads nowhere does not; one that
/// leads out of the repository is an error.
fn is_file(request: &Request<'_>, path: &TreePath) -> Result<bool, Error> {
    let target = match request.tree.resolve(path) {
        Ok(target) => target,
        Err(tree::Error::NotFound(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let entry = request.tree.entry(&target)?;
    Ok(entry.is_some_and(|entry| entry.kind == EntryKind::File))
}
