//! Which files of a folder are manifests.

use gitops_core::api::DirectorySource;
use gitops_core::render::Error;
use gitops_core::tree::{self, Entry, EntryKind};
use gitops_core::{Tree, TreePath};

use super::glob::Glob;

/// Entries looked at. A small repository can hold a folder that shows itself
/// again and again.
const MAX_ENTRIES: usize = 1_000_000;

/// What a folder has to read.
#[derive(Default)]
pub(super) struct Files {
    /// In the order they are read: by name, folder by folder.
    pub(super) paths: Vec<TreePath>,
    /// What keeps single files from being read.
    pub(super) errors: Vec<Error>,
    pub(super) warnings: Vec<String>,
}

/// Finds the manifests of `folder`.
pub(super) fn find(
    tree: &dyn Tree,
    folder: &TreePath,
    directory: &DirectorySource,
    max_files: usize,
) -> Result<Files, Error> {
    let filter = Filter::new(folder, directory)?;
    let mut found = Files::default();
    let mut entries = 0;
    let mut pending = below(tree, folder)?;
    while let Some((path, entry)) = pending.pop() {
        entries += 1;
        if entry.kind == EntryKind::Folder && directory.recurse {
            pending.extend(below(tree, &path)?);
        }
        if filter.admits(&path, &entry) {
            take(tree, path, &entry, &mut found)?;
        }
        if found.paths.len() > max_files || entries + pending.len() > MAX_ENTRIES {
            return Err(Error::at(
                folder,
                format!(
                    "more than {max_files} manifests, or too many files; exclude some or raise the limit"
                ),
            ));
        }
    }
    Ok(found)
}

/// The entries of a folder, the last one first.
fn below(tree: &dyn Tree, folder: &TreePath) -> Result<Vec<(TreePath, Entry)>, Error> {
    let entries = tree.list(folder)?.into_iter().rev();
    Ok(entries
        .map(|entry| (folder.child(&entry.name), entry))
        .collect())
}

struct Filter<'a> {
    folder: &'a TreePath,
    include: Option<Glob>,
    exclude: Option<Glob>,
    any_extension: bool,
}

impl<'a> Filter<'a> {
    fn new(folder: &'a TreePath, directory: &DirectorySource) -> Result<Self, Error> {
        Ok(Self {
            folder,
            include: Glob::new("include", &directory.include)?,
            exclude: Glob::new("exclude", &directory.exclude)?,
            any_extension: directory.disable_extension_filter,
        })
    }

    fn admits(&self, path: &TreePath, entry: &Entry) -> bool {
        if !matches!(entry.kind, EntryKind::File | EntryKind::Link) {
            return false;
        }
        if !self.any_extension && !is_manifest(&entry.name) {
            return false;
        }
        let relative = path.relative_to(self.folder).unwrap_or_default();
        let matches = |glob: &Glob| glob.matches(relative);
        !self.exclude.as_ref().is_some_and(matches) && self.include.as_ref().is_none_or(matches)
    }
}

fn is_manifest(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml" | "json" | "jsonnet"))
}

/// Adds a file, or says why it cannot be read.
fn take(tree: &dyn Tree, path: TreePath, entry: &Entry, found: &mut Files) -> Result<(), Error> {
    if entry.kind == EntryKind::Link {
        match target(tree, &path) {
            Ok(EntryKind::File) => {}
            Ok(_) => {
                let warning =
                    format!("{path}: ignored, a symbolic link to something that is no file");
                found.warnings.push(warning);
                return Ok(());
            }
            Err(error) if error.is_not_found() => {
                let warning = format!("{path}: ignored, a symbolic link that leads nowhere");
                found.warnings.push(warning);
                return Ok(());
            }
            Err(error @ (tree::Error::LinkOutside(_) | tree::Error::LinkCycle(_))) => {
                found.errors.push(Error::new(error.to_string()));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
    found.paths.push(path);
    Ok(())
}

fn target(tree: &dyn Tree, path: &TreePath) -> Result<EntryKind, tree::Error> {
    let target = tree.resolve(path)?;
    tree.entry(&target)?
        .map(|entry| entry.kind)
        .ok_or(tree::Error::NotFound(target))
}
