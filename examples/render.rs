//! Prints the objects of a folder as YAML.
//!
//! ```text
//! render manifests DIR [--recurse] [--include GLOB] [--exclude GLOB]
//! ```
//!
//! Exit code 0 with the objects on standard output, 1 with the error on standard
//! error, 2 on usage.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Parser};
use gitops_core::api::{ApplicationSource, DirectorySource};
use gitops_core::render::Request;
use gitops_core::{Object, Renderer, TreePath, yaml};
use gitops_render::directory::DirectoryTree;
use gitops_render::manifests::Manifests;

/// Prints the objects of a folder as YAML.
#[derive(Parser)]
enum Command {
    /// Plain YAML and JSON manifests.
    Manifests(Folder),
}

#[derive(Args)]
struct Folder {
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

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Manifests(folder) => manifests(&folder),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn manifests(folder: &Folder) -> Result<()> {
    let tree = open(&folder.folder)?;
    let mut directory = DirectorySource::default();
    directory.recurse = folder.recurse;
    directory.include.clone_from(&folder.include);
    directory.exclude.clone_from(&folder.exclude);
    let mut source = ApplicationSource::default();
    source.directory = Some(directory);
    let root = TreePath::root();
    let rendered = Manifests::default().render(&Request::new(&tree, &root, &source))?;
    for warning in &rendered.warnings {
        eprintln!("warning: {warning}");
    }
    print(&rendered.objects)
}

fn open(folder: &Path) -> Result<DirectoryTree> {
    let metadata = std::fs::metadata(folder).with_context(|| folder.display().to_string())?;
    anyhow::ensure!(metadata.is_dir(), "{}: not a folder", folder.display());
    Ok(DirectoryTree::new(folder))
}

/// Prints objects as a YAML stream. A closed pipe is no error: `render … | head`.
fn print(objects: &[Object]) -> Result<()> {
    let mut output = std::io::stdout().lock();
    for (index, object) in objects.iter().enumerate() {
        let separator = if index == 0 { "" } else { "---\n" };
        match write!(output, "{separator}{}", yaml::write(object.value())) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            result => result?,
        }
    }
    Ok(())
}
