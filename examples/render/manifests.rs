//! `render manifests`

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use gitops_core::api::{ApplicationSource, DirectorySource};
use gitops_core::render::Request;
use gitops_core::{Renderer, TreePath, yaml};
use gitops_render::directory::DirectoryTree;
use gitops_render::manifests::Manifests;

#[derive(Args)]
pub struct Arguments {
    /// The folder.
    folder: PathBuf,
    /// Subfolders too.
    #[arg(long)]
    recurse: bool,
    /// Only files that match this glob.
    #[arg(long, default_value = "")]
    include: String,
    /// No files that match this glob.
    #[arg(long, default_value = "")]
    exclude: String,
}

pub fn render(arguments: &Arguments) -> Result<String> {
    let folder = &arguments.folder;
    let metadata = std::fs::metadata(folder).with_context(|| folder.display().to_string())?;
    ensure!(metadata.is_dir(), "{}: not a folder", folder.display());
    let mut directory = DirectorySource::default();
    directory.recurse = arguments.recurse;
    directory.include.clone_from(&arguments.include);
    directory.exclude.clone_from(&arguments.exclude);
    let mut source = ApplicationSource::default();
    source.directory = Some(directory);
    let tree = DirectoryTree::new(folder);
    let root = TreePath::root();
    let rendered = Manifests::default().render(&Request::new(&tree, &root, &source))?;
    let documents: Vec<String> = rendered
        .objects
        .iter()
        .map(|object| yaml::write(object.value()))
        .collect();
    Ok(documents.join("---\n"))
}
