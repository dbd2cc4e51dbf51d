//! `helm.valueFiles`: which files, of which tree or where on the web.

use std::collections::BTreeSet;
use std::sync::Arc;

use gitops_core::api::HelmSource;
use gitops_core::render::{Error, Remotes, Request};
use gitops_core::source;
use gitops_core::tree::{self, EntryKind};
use gitops_core::{Tree, TreePath};
use globset::{GlobBuilder, GlobMatcher};

use super::read_text;
use crate::build_env::expand;

/// Files that a glob is compared with.
const MAX_FILES: usize = 100_000;

/// A file of values.
pub(super) enum ValueFile<'a> {
    InTree {
        tree: Root<'a>,
        path: TreePath,
    },
    /// On the web.
    At(String),
}

/// The tree of the application's own source, or of another one.
#[derive(Clone)]
pub(super) enum Root<'a> {
    Own(&'a dyn Tree),
    Other(Arc<dyn Tree>),
}

impl Root<'_> {
    fn tree(&self) -> &dyn Tree {
        match self {
            Self::Own(tree) => *tree,
            Self::Other(tree) => &**tree,
        }
    }
}

impl ValueFile<'_> {
    pub(super) fn read(&self, remotes: &dyn Remotes) -> Result<String, Error> {
        let url = match self {
            Self::InTree { tree, path } => return read_text(tree.tree(), path),
            Self::At(url) => url,
        };
        let bytes = remotes
            .file(url)
            .map_err(|error| Error::new(format!("helm.valueFiles: {error}")).caused_by(error))?;
        String::from_utf8(bytes.to_vec()).map_err(|_| self.wrong("the file is not valid UTF-8"))
    }

    /// The name that errors show: of a URL without what may be secret.
    pub(super) fn name(&self) -> String {
        match self {
            Self::InTree { path, .. } => path.to_string(),
            Self::At(url) => {
                let end = url.find(['?', '#']).unwrap_or(url.len());
                source::without_user(&url[..end])
            }
        }
    }

    /// An error about what the file says.
    pub(super) fn wrong(&self, message: impl Into<String>) -> Error {
        match self {
            Self::InTree { path, .. } => Error::at(path, message),
            Self::At(_) => Error::new(message),
        }
    }
}

/// A file or glob as the Application names it.
struct Named<'a> {
    root: Root<'a>,
    /// The name of the source whose tree it is; empty for the application's own.
    source: String,
    path: TreePath,
    /// The text, with variables replaced.
    text: String,
}

impl Named<'_> {
    fn is_glob(&self) -> bool {
        is_glob(self.path.as_str())
    }

    fn key(&self, path: &TreePath) -> (String, TreePath) {
        (self.source.clone(), path.clone())
    }

    /// The files it stands for.
    fn files(&self) -> Result<Vec<TreePath>, Error> {
        if self.is_glob() {
            return glob(self.root.tree(), &self.path);
        }
        let file = existing(self.root.tree(), &self.path, &self.text)?;
        Ok(file.into_iter().collect())
    }
}

/// What an Application names as a file of values.
enum Place<'a> {
    Tree(Named<'a>),
    Web(String),
}

/// The files of values, in their order; those on the web need one of the `schemes`.
///
/// A file that a glob finds and that is also named keeps the place where it is named.
pub(super) fn find<'a>(
    request: &Request<'a>,
    helm: &HelmSource,
    schemes: &[String],
) -> Result<Vec<ValueFile<'a>>, Error> {
    let places: Vec<Place<'a>> = helm
        .value_files
        .iter()
        .map(|file| match on_web(request, file, schemes) {
            Some(url) => Ok(Place::Web(url)),
            None => locate(request, file).map(Place::Tree),
        })
        .collect::<Result<_, _>>()?;
    let explicit: BTreeSet<_> = places
        .iter()
        .filter_map(|place| match place {
            Place::Tree(file) if !file.is_glob() => Some(file.key(&file.path)),
            _ => None,
        })
        .collect();
    let (mut files, mut seen) = (Vec::new(), BTreeSet::new());
    for place in places {
        let file = match place {
            Place::Tree(file) => file,
            Place::Web(url) => {
                files.push(ValueFile::At(url));
                continue;
            }
        };
        let found = file.files()?;
        if found.is_empty() && !helm.ignore_missing_value_files {
            return Err(missing(&file.text));
        }
        for path in found {
            let named_elsewhere = file.is_glob() && explicit.contains(&file.key(&path));
            if !named_elsewhere && seen.insert(file.key(&path)) {
                files.push(ValueFile::InTree {
                    tree: file.root.clone(),
                    path,
                });
            }
        }
    }
    Ok(files)
}

/// The URL that `file` is, if its scheme is among those allowed.
fn on_web(request: &Request<'_>, file: &str, schemes: &[String]) -> Option<String> {
    let text = expand(request, file);
    let (scheme, _) = text.split_once("://")?;
    let is_allowed = schemes.iter().any(|allowed| allowed == scheme);
    is_allowed.then_some(text)
}

/// The text of the file that a parameter names.
pub(super) fn parameter(request: &Request<'_>, file: &str) -> Result<String, Error> {
    let Named {
        root, path, text, ..
    } = locate(request, file)?;
    let found = existing(root.tree(), &path, &text)?;
    let path =
        found.ok_or_else(|| Error::new(format!("helm.fileParameters: {text}: no such file")))?;
    read_text(root.tree(), &path)
}

fn missing(file: &str) -> Error {
    Error::new(format!(
        "helm.valueFiles: {file}: no such file; set ignoreMissingValueFiles to pass over it"
    ))
}

/// The tree and the path in it that `file` means.
///
/// `$name/…` is the source with that `ref` where there is one, and else begins
/// with a variable of the build environment.
fn locate<'a>(request: &Request<'a>, file: &str) -> Result<Named<'a>, Error> {
    let (first, rest) = file.split_once('/').unwrap_or((file, ""));
    let source = first.strip_prefix('$').unwrap_or_default();
    if let Some(tree) = request.refs.get(source) {
        let text = expand(request, rest);
        let path = TreePath::new(&text).map_err(|_| outside(file))?;
        let (root, source) = (Root::Other(Arc::clone(tree)), source.to_owned());
        return Ok(Named {
            root,
            source,
            path,
            text: file.to_owned(),
        });
    }
    let is_variable = ["ARGOCD_", "KUBE_", "{", "$"]
        .iter()
        .any(|start| source.starts_with(start));
    if !source.is_empty() && !is_variable {
        return Err(Error::new(format!(
            "helm.valueFiles: {file}: no source has the ref {source:?}"
        )));
    }
    let text = expand(request, file);
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(Error::new(format!(
            "helm.valueFiles: {text}: the URL scheme '{scheme}' is not allowed"
        )));
    }
    let path = request.path.join(&text).map_err(|_| outside(&text))?;
    Ok(Named {
        root: Root::Own(request.tree),
        source: String::new(),
        path,
        text,
    })
}

fn outside(file: &str) -> Error {
    Error::new(format!(
        "helm.valueFiles: file '{file}' resolved to outside repository root"
    ))
}

/// Where `path` leads, if anything is there.
fn existing(tree: &dyn Tree, path: &TreePath, file: &str) -> Result<Option<TreePath>, Error> {
    match tree.resolve(path) {
        Ok(path) => Ok(Some(path)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(tree::Error::LinkOutside(_)) => Err(outside(file)),
        Err(error) => Err(error.into()),
    }
}

fn is_glob(file: &str) -> bool {
    file.contains(['*', '?', '['])
}

/// The files that match, by path. Two stars as a whole part stand for any folders.
fn glob(tree: &dyn Tree, pattern: &TreePath) -> Result<Vec<TreePath>, Error> {
    let parts: Vec<&str> = pattern
        .components()
        .take_while(|part| !is_glob(part))
        .collect();
    let folder = TreePath::new(&parts.join("/"))?;
    let matcher = matcher(pattern.as_str())?;
    let mut found = Vec::new();
    let mut seen = 0;
    let mut pending = vec![folder];
    while let Some(folder) = pending.pop() {
        let entries = match tree.list(&folder) {
            Ok(entries) => entries,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            seen += 1;
            if seen > MAX_FILES {
                return Err(Error::at(pattern, "the glob has too many files to look at"));
            }
            let path = folder.child(&entry.name);
            match entry.kind {
                EntryKind::Folder => pending.push(path),
                EntryKind::File | EntryKind::Link if matcher.is_match(path.as_str()) => {
                    found.push(path);
                }
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

fn matcher(pattern: &str) -> Result<GlobMatcher, Error> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| Error::new(format!("helm.valueFiles: {pattern}: {}", error.kind())))
}
