//! The source against real repositories, made and served by the `git` program.

use std::sync::Arc;

use gitops_core::source::Reason;
use gitops_core::tree::{EntryKind, Error as TreeError};
use gitops_core::{Location, Source, Tree, TreePath};

use super::*;
use crate::credentials::Credential;
use support::{Daemon, Repository as Repo, Web};

mod cache;
mod limits;
mod names;
mod support;
mod transports;
mod trees;

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

/// A source with its cache beside the repository.
fn source(repo: &Repo) -> Git {
    Git::new(repo.folder().join("cache"))
}

/// The text of `a.yaml` at `revision` of the repository at `url`.
async fn text(git: &Git, url: &str, revision: &str) -> Result<String, source::Error> {
    let location = Location::git(url, revision);
    let revision = git.resolve(&location).await?;
    let tree = git.tree(&location, &revision).await?;
    let bytes = tree.file(&path("a.yaml")).unwrap();
    Ok(String::from_utf8(bytes.to_vec()).unwrap())
}

/// A long text that does not compress well.
fn noise() -> String {
    let number = |n: u64| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_string();
    (0..20_000).map(number).collect::<Vec<_>>().join("\n")
}

/// The repository to test with; says so and gives none where `git` is missing.
macro_rules! repository {
    () => {
        match Repo::new() {
            Some(repo) => repo,
            None => return,
        }
    };
}
use repository;
