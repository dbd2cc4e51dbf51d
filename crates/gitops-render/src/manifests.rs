//! Plain YAML and JSON manifests.
//!
//! [`Manifests`] renders the folders that Argo CD calls directories: every file
//! that ends in `.yaml`, `.yml` or `.json`, in the order of their paths, and
//! nothing that does not look like a Kubernetes object.
//!
//! ```
//! use gitops_core::api::{ApplicationSource, DirectorySource};
//! use gitops_core::{Renderer, TreePath, render::Request};
//! use gitops_render::{manifests::Manifests, memory::MemoryTree};
//!
//! let tree = MemoryTree::new()
//!     .with_file("deploy/a.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: a}}")?
//!     .with_file("deploy/b/b.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: b}}")?
//!     .with_file("deploy/README.md", "# How to deploy")?;
//!
//! let path = TreePath::new("deploy")?;
//! let mut source = ApplicationSource::default();
//! let rendered = Manifests::default().render(&Request::new(&tree, &path, &source))?;
//! assert_eq!(rendered.objects[0].name(), "a");
//! assert_eq!(rendered.objects.len(), 1);
//!
//! let mut directory = DirectorySource::default();
//! directory.recurse = true;
//! source.directory = Some(directory);
//! let rendered = Manifests::default().render(&Request::new(&tree, &path, &source))?;
//! assert_eq!(rendered.objects.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod glob;
mod read;
mod walk;

use gitops_core::Renderer;
use gitops_core::render::{Error, Rendered, Request};

use glob::Filter;

/// Renders folders of plain manifests.
///
/// It takes any folder, so it comes last in a list of renderers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Manifests {
    /// Bytes of all manifests of one folder together.
    pub max_bytes: u64,
    /// Files of one folder, subfolders included.
    pub max_files: usize,
}

impl Default for Manifests {
    fn default() -> Self {
        Self {
            max_bytes: 10_000_000,
            max_files: 20_000,
        }
    }
}

impl Manifests {
    /// Sets how many bytes all manifests of one folder may have together.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many files one folder may have, subfolders included.
    #[must_use]
    pub fn max_files(mut self, files: usize) -> Self {
        self.max_files = files;
        self
    }
}

impl Renderer for Manifests {
    fn name(&self) -> &'static str {
        "Directory"
    }

    fn detects(&self, _request: &Request<'_>) -> Result<bool, Error> {
        Ok(true)
    }

    fn render(&self, request: &Request<'_>) -> Result<Rendered, Error> {
        let directory = request.source.directory.clone().unwrap_or_default();
        let filter = Filter::new(&directory)?;
        let files = walk::files(self, request, directory.recurse, &filter)?;
        let mut rendered = Rendered::default();
        let mut errors = Vec::new();
        let mut left = self.max_bytes;
        for path in files {
            let text = request.tree.file(&path)?;
            left = left
                .checked_sub(text.len() as u64)
                .ok_or_else(|| self.too_large(request))?;
            match read::objects(&path, &text) {
                Ok(objects) => rendered.objects.extend(objects),
                Err(error) => errors.push(error),
            }
        }
        match join(errors) {
            Some(error) => Err(error),
            None => Ok(rendered),
        }
    }
}

impl Manifests {
    fn too_large(&self, request: &Request<'_>) -> Error {
        let limit = self.max_bytes;
        let message = format!("the manifests have more than {limit} bytes together");
        Error::at(request.path, message)
    }
}

/// The first error, with the others below it.
fn join(errors: Vec<Error>) -> Option<Error> {
    let mut errors = errors.into_iter();
    let mut first = errors.next()?;
    for error in errors {
        first.message.push('\n');
        first.message.push_str(&error.to_string());
    }
    Some(first)
}

#[cfg(test)]
mod tests;
