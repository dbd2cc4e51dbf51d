//! Plain YAML and JSON manifests in a folder.
//!
//! ```
//! use gitops_core::api::ApplicationSource;
//! use gitops_core::{Renderer, TreePath, render::Request};
//! use gitops_render::{manifests::Manifests, memory::MemoryTree};
//!
//! let tree = MemoryTree::new()
//!     .with_file("shop/app.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")?
//!     .with_file("shop/values.yaml", "replicas: 2")?;
//! let (folder, source) = (TreePath::new("shop")?, ApplicationSource::default());
//! let rendered = Manifests::default().render(&Request::new(&tree, &folder, &source))?;
//! assert_eq!(rendered.objects[0].name(), "shop");
//! assert_eq!(rendered.objects.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use gitops_core::api::DirectorySource;
use gitops_core::render::{Error, Rendered, Request};
use gitops_core::tree::EntryKind;
use gitops_core::{Object, Renderer, TreePath};

mod file;
mod files;
mod glob;

use files::Files;

/// Errors listed in full; of more, the number is told.
const MAX_REPORTED: usize = 20;

/// Reads the manifests of a folder.
///
/// Files named `*.yaml`, `*.yml` and `*.json` count, in subfolders too when
/// `directory.recurse` says so, as far as `directory.include` and `exclude` let
/// them. YAML that is no Kubernetes object at all, such as a chart's values, is
/// passed over, as is every file with `+argocd:skip-file-rendering` in it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Manifests {
    /// Most bytes of all manifests together.
    pub max_bytes: u64,
    /// Most files that are read.
    pub max_files: usize,
    /// Most objects.
    pub max_objects: usize,
}

impl Default for Manifests {
    /// 10 MB, as Argo CD allows, in at most 10,000 files and 100,000 objects.
    fn default() -> Self {
        Self {
            max_bytes: 10_000_000,
            max_files: 10_000,
            max_objects: 100_000,
        }
    }
}

impl Manifests {
    /// Sets the most bytes of all manifests together.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the most files that are read.
    #[must_use]
    pub fn max_files(mut self, files: usize) -> Self {
        self.max_files = files;
        self
    }

    /// Sets the most objects.
    #[must_use]
    pub fn max_objects(mut self, objects: usize) -> Self {
        self.max_objects = objects;
        self
    }

    fn read(&self, request: &Request<'_>, found: Files) -> Result<Rendered, Error> {
        let mut size: u64 = 0;
        let mut objects: Vec<Object> = Vec::new();
        let mut errors = found.errors;
        for path in &found.paths {
            let bytes = match request.tree.file(path) {
                Ok(bytes) => bytes,
                Err(error) => {
                    errors.push(Error::new(error.to_string()).caused_by(error));
                    continue;
                }
            };
            size += bytes.len() as u64;
            self.check(size, objects.len())?;
            for result in file::read(path, &bytes) {
                match result {
                    Ok(object) => objects.push(object),
                    Err(error) => errors.push(error),
                }
            }
        }
        self.check(size, objects.len())?;
        together(errors)?;
        let mut rendered = Rendered::from(objects);
        rendered.warnings = found.warnings;
        Ok(rendered)
    }

    fn check(&self, size: u64, objects: usize) -> Result<(), Error> {
        let Self {
            max_bytes,
            max_objects,
            ..
        } = self;
        if size > *max_bytes {
            return Err(Error::new(format!(
                "the manifests are larger than {max_bytes} bytes together; exclude files or raise the limit"
            )));
        }
        if objects > *max_objects {
            return Err(Error::new(format!(
                "the manifests hold more than {max_objects} objects; split the folder or raise the limit"
            )));
        }
        Ok(())
    }
}

impl Renderer for Manifests {
    fn name(&self) -> &'static str {
        "Directory"
    }

    /// Every folder that no other tool takes.
    fn detects(&self, request: &Request<'_>) -> Result<bool, Error> {
        let at = request.tree.resolve(request.path);
        let entry = at.and_then(|at| request.tree.entry(&at));
        match entry {
            Ok(entry) => Ok(entry.is_some_and(|entry| entry.kind == EntryKind::Folder)),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn render(&self, request: &Request<'_>) -> Result<Rendered, Error> {
        let default = DirectorySource::default();
        let directory = request.source.directory.as_ref().unwrap_or(&default);
        let folder = app_folder(request)?;
        let found = files::find(request.tree, &folder, directory, self.max_files)?;
        self.read(request, found)
    }
}

/// The folder itself, should `path` be a link to it.
fn app_folder(request: &Request<'_>) -> Result<TreePath, Error> {
    let path = request.path;
    request.tree.resolve(path).map_err(|error| {
        if error.is_not_found() {
            Error::at(path, "no such folder; check the application's path")
        } else {
            error.into()
        }
    })
}

/// One error for all: a single one as it is, several as a list.
fn together(mut errors: Vec<Error>) -> Result<(), Error> {
    match errors.len() {
        0 => Ok(()),
        1 => Err(errors.remove(0)),
        count => {
            let mut lines: Vec<String> = errors
                .iter()
                .take(MAX_REPORTED)
                .map(ToString::to_string)
                .collect();
            if count > MAX_REPORTED {
                lines.push(format!("and {} more", count - MAX_REPORTED));
            }
            let message = format!("{count} errors:\n{}", lines.join("\n"));
            Err(Error::new(message).caused_by(errors.remove(0)))
        }
    }
}

#[cfg(test)]
mod tests;
