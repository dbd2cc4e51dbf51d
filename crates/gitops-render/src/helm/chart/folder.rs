//! Charts as folders.

use gitops_core::tree::EntryKind;
use gitops_core::{Tree, TreePath};

use super::File;
use super::archive::{self, MAX_CHART, MAX_FILE, MAX_FILES};
use super::ignore::Rules;
use crate::helm::Error;

/// How deep folders may lie in each other; links can make folders hold themselves.
const MAX_DEPTH: usize = 64;

/// The files of the chart in the folder, or the archive, at `path`.
pub(super) fn read(tree: &dyn Tree, path: &TreePath) -> Result<Vec<File>, Error> {
    let root = tree.resolve(path)?;
    if tree.kind(&root)? == Some(EntryKind::File) {
        return archive::unpack(&tree.read(&root)?);
    }
    let mut walk = Walk {
        tree,
        rules: rules(tree, &root)?,
        files: Vec::new(),
        bytes: 0,
        entries: 0,
    };
    walk.folder(&root, "", 0)?;
    Ok(walk.files)
}

fn rules(tree: &dyn Tree, root: &TreePath) -> Result<Rules, Error> {
    match tree.file(&root.child(".helmignore")) {
        Ok(bytes) => Rules::parse(&String::from_utf8_lossy(&bytes)),
        Err(error) if error.is_not_found() => Ok(Rules::default()),
        Err(error) => Err(error.into()),
    }
}

struct Walk<'a> {
    tree: &'a dyn Tree,
    rules: Rules,
    files: Vec<File>,
    bytes: usize,
    entries: usize,
}

impl Walk<'_> {
    /// Adds the files of `folder`, which is called `name` in the chart.
    fn folder(&mut self, folder: &TreePath, name: &str, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            let (what, limit) = ("folders inside each other", MAX_DEPTH);
            return Err(Error::TooLarge { what, limit });
        }
        for (entry, kind) in self.tree.names(folder)? {
            self.entries += 1;
            if self.entries > MAX_FILES {
                return Err(Error::TooLarge {
                    what: "files",
                    limit: MAX_FILES,
                });
            }
            let path = folder.child(&entry);
            let name = match name {
                "" => entry,
                name => format!("{name}/{entry}"),
            };
            let (path, kind) = self.followed(path, kind)?;
            match kind {
                EntryKind::Folder if !self.rules.ignore(&name, true) => {
                    self.folder(&path, &name, depth + 1)?;
                }
                EntryKind::File if !self.rules.ignore(&name, false) => self.file(&path, name)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Where a link leads, and what is there.
    fn followed(&self, path: TreePath, kind: EntryKind) -> Result<(TreePath, EntryKind), Error> {
        if kind != EntryKind::Link {
            return Ok((path, kind));
        }
        let target = self.tree.resolve(&path)?;
        let kind = self.tree.kind(&target)?.unwrap_or(EntryKind::Link);
        Ok((target, kind))
    }

    fn file(&mut self, path: &TreePath, name: String) -> Result<(), Error> {
        let bytes = self.tree.read(path)?;
        self.bytes += bytes.len();
        if bytes.len() > MAX_FILE {
            return Err(Error::FileTooLarge {
                path: name,
                limit: MAX_FILE,
            });
        }
        if self.bytes > MAX_CHART {
            return Err(Error::TooLarge {
                what: "bytes",
                limit: MAX_CHART,
            });
        }
        self.files.push(File::new(name, bytes));
        Ok(())
    }
}
