//! A local folder that stands in for an Application's repository.

use std::path::Path;

use anyhow::{Result, ensure};
use gitops_core::api::{Application, ApplicationSource};
use gitops_render::directory::Directory;

/// What the folder is called as a repository.
const REPOSITORY: &str = "file:local";

/// Points the Application to a folder: the repository as a whole, if it holds the
/// Application's path, or what would be found there. How the files are rendered stays
/// as the Application says; of several sources the first one counts.
pub fn source(application: &mut Application, folder: &Path) -> Result<Directory> {
    ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let spec = &mut application.spec;
    let sources = spec.effective_sources();
    let mut source = sources.into_iter().next().unwrap_or_default();
    let is_whole = !source.path.is_empty() && folder.join(&source.path).is_dir();
    let path = if is_whole { &source.path } else { "." };
    let place = ApplicationSource::git(REPOSITORY, path, "HEAD");
    source.repo_url = place.repo_url;
    source.path = place.path;
    source.target_revision = place.target_revision;
    source.chart = place.chart;
    spec.sources.clear();
    spec.source_hydrator = None;
    spec.source = Some(source);
    Ok(Directory::new(REPOSITORY, folder))
}
