//! Files of one layer, and the way to other layers.

mod remote;

use std::sync::Arc;

use gitops_core::tree::{self, EntryKind, Tree};
use gitops_core::{TreePath, render::Remotes};

use super::Error;
use super::kustomization::FILE_NAMES;
use super::limits::Limits;

pub(crate) use remote::RepoSpec;

/// Which files a kustomization may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoadRestrictor {
    /// Files in or below its own folder.
    #[default]
    RootOnly,
    /// Every file of the tree.
    None,
}

/// The files one layer may read.
#[derive(Clone)]
pub(crate) struct Loader<'a> {
    files: Files<'a>,
    /// The layer's folder, links followed.
    root: TreePath,
    /// The folders of the layers that lead here, outermost first.
    chain: Vec<TreePath>,
    /// How many layers lead here, through all repositories.
    depth: usize,
    repository: Option<RepoSpec>,
    restrictor: LoadRestrictor,
}

#[derive(Clone)]
enum Files<'a> {
    Borrowed(&'a dyn Tree),
    Shared(Arc<dyn Tree>),
}

impl<'a> Loader<'a> {
    /// The folder a build starts at.
    pub(crate) fn new(
        tree: &'a dyn Tree,
        path: &TreePath,
        restrictor: LoadRestrictor,
    ) -> Result<Self, Error> {
        let mut loader = Self {
            files: Files::Borrowed(tree),
            root: TreePath::root(),
            chain: Vec::new(),
            depth: 0,
            repository: None,
            restrictor,
        };
        loader.root = loader.folder(path, &path.to_string())?;
        Ok(loader)
    }

    /// The files of the layer's repository.
    pub(crate) fn tree(&self) -> &dyn Tree {
        match &self.files {
            Files::Borrowed(tree) => *tree,
            Files::Shared(tree) => &**tree,
        }
    }

    /// The layer's folder.
    pub(crate) fn root(&self) -> &TreePath {
        &self.root
    }

    /// The kustomization file of the layer: its place and text.
    pub(crate) fn kustomization(&self, limits: &Limits) -> Result<(TreePath, String), Error> {
        let root = &self.root;
        let mut found = Vec::new();
        for name in FILE_NAMES {
            let path = root.child(name);
            let kind = self.tree().kind(&path)?;
            if kind.is_some_and(|kind| kind != EntryKind::Folder) {
                found.push(path);
            }
        }
        match found.as_slice() {
            [path] => {
                let resolved = self.tree().resolve(path)?;
                Ok((path.clone(), self.text(&resolved, limits)?))
            }
            [] => Err(Error::new(format!(
                "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/{}'",
                root.as_str()
            ))),
            _ => Err(Error::new(format!(
                "Found multiple kustomization files under: /{}",
                root.as_str()
            ))),
        }
    }

    /// The bytes of a file the layer names.
    pub(crate) fn bytes(&self, path: &str, limits: &Limits) -> Result<Arc<[u8]>, Error> {
        let resolved = self.resolve(path)?;
        self.read(&resolved, limits)
    }

    /// The text of a file the layer names.
    pub(crate) fn load(&self, path: &str, limits: &Limits) -> Result<String, Error> {
        let resolved = self.resolve(path)?;
        self.text(&resolved, limits)
    }

    /// The bytes of a file, all links on the way to it followed.
    fn read(&self, path: &TreePath, limits: &Limits) -> Result<Arc<[u8]>, Error> {
        let bytes = self.tree().read(path)?;
        if bytes.len() > limits.bytes {
            let message = format!(
                "{} bytes, more than the {} allowed",
                bytes.len(),
                limits.bytes
            );
            return Err(Error::new(message).file(path));
        }
        Ok(bytes)
    }

    fn text(&self, path: &TreePath, limits: &Limits) -> Result<String, Error> {
        let bytes = self.read(path, limits)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Error::new("not text in UTF-8").file(path)),
        }
    }

    /// Where a file is, once it is known that the layer may read it.
    fn resolve(&self, path: &str) -> Result<TreePath, Error> {
        let outside = |at: &str| {
            let root = self.root.as_str();
            Error::new(format!(
                "security; file '/{at}' is not in or below '/{root}'"
            ))
        };
        if path.starts_with('/') {
            return Err(outside(path.trim_start_matches('/')));
        }
        let joined = self.root.join(path).map_err(|_| outside(path))?;
        let (resolved, kind) = self.find(&joined)?;
        if kind.is_none_or(|kind| kind == EntryKind::Folder) {
            return Err(Error::new(format!(
                "'/{}' must resolve to a file",
                resolved.as_str()
            )));
        }
        if self.restrictor == LoadRestrictor::RootOnly && !resolved.is_in(&self.root) {
            return Err(outside(resolved.as_str()));
        }
        Ok(resolved)
    }

    /// Where a path leads, and what is there.
    fn find(&self, path: &TreePath) -> Result<(TreePath, Option<EntryKind>), tree::Error> {
        let tree = self.tree();
        match tree.kind(path)? {
            Some(kind) if kind != EntryKind::Link => Ok((path.clone(), Some(kind))),
            _ => {
                let resolved = tree.resolve(path)?;
                let kind = tree.kind(&resolved)?;
                Ok((resolved, kind))
            }
        }
    }

    /// A folder, links followed.
    fn folder(&self, path: &TreePath, written: &str) -> Result<TreePath, Error> {
        let (resolved, kind) = self.find(path).map_err(|error| {
            Error::new(format!(
                "must build at directory: not a valid directory: evalsymlink failure on '{written}' : {error}"
            ))
        })?;
        if kind.is_none_or(|kind| kind != EntryKind::Folder) {
            let message = format!("must build at directory: '{written}': file is not directory");
            return Err(Error::new(message));
        }
        Ok(resolved)
    }

    /// The layer at `path`: a folder, or another repository.
    pub(crate) fn enter(
        &self,
        path: &str,
        remotes: &dyn Remotes,
        limits: &Limits,
    ) -> Result<Self, Error> {
        if path.is_empty() {
            return Err(Error::new("new root cannot be empty"));
        }
        if self.depth + 1 >= limits.layers {
            let message = format!(
                "more than {} layers refer to each other in a row",
                limits.layers
            );
            return Err(Error::new(message));
        }
        if let Some(spec) = RepoSpec::parse(path) {
            return self.enter_repository(spec, remotes);
        }
        if path.starts_with('/') {
            return Err(Error::new(format!("new root '{path}' cannot be absolute")));
        }
        let joined = self.root.join(path)?;
        let root = self.folder(&joined, &format!("/{}", joined.as_str()))?;
        let visited = self
            .chain
            .iter()
            .chain([&self.root])
            .find(|seen| seen.is_in(&root));
        if let Some(visited) = visited {
            let (root, visited) = (root.as_str(), visited.as_str());
            return Err(Error::new(format!(
                "cycle detected: candidate root '/{root}' contains visited root '/{visited}'"
            )));
        }
        let mut chain = self.chain.clone();
        chain.push(self.root.clone());
        Ok(Self {
            root,
            chain,
            depth: self.depth + 1,
            ..self.clone()
        })
    }

    fn enter_repository(&self, spec: RepoSpec, remotes: &dyn Remotes) -> Result<Self, Error> {
        if self.repository.as_ref() == Some(&spec) {
            return Err(Error::new(format!(
                "cycle detected: {} refers to itself",
                spec.url
            )));
        }
        let tree = remotes.tree(&spec.location()).map_err(|error| {
            Error::new(format!("remote base {} cannot be read: {error}", spec.url))
        })?;
        let path = TreePath::new(&spec.path)?;
        let mut loader = Self {
            files: Files::Shared(tree),
            root: TreePath::root(),
            chain: Vec::new(),
            depth: self.depth + 1,
            repository: Some(spec),
            restrictor: self.restrictor,
        };
        loader.root = loader.folder(&path, path.as_str())?;
        Ok(loader)
    }
}
