//! `render kustomize`

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use gitops_core::TreePath;
use gitops_render::directory::DirectoryTree;
use gitops_render::kustomize::{self, LoadRestrictor, Options, Reorder};

#[derive(Args)]
pub struct Arguments {
    /// The folder of the kustomization.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Which files a kustomization may read.
    #[arg(long, default_value = "LoadRestrictionsRootOnly")]
    load_restrictor: Restrictor,
    /// The order of the output, where the kustomization does not say.
    #[arg(long, default_value = "legacy")]
    reorder: Order,
    /// Render `helmCharts`.
    #[arg(long)]
    enable_helm: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Restrictor {
    /// Files in or below its own folder.
    #[value(name = "LoadRestrictionsRootOnly")]
    RootOnly,
    /// Every file.
    #[value(name = "LoadRestrictionsNone")]
    None,
}

#[derive(Clone, Copy, ValueEnum)]
enum Order {
    /// Kinds others need come first.
    Legacy,
    /// As they were accumulated.
    None,
}

pub fn render(arguments: &Arguments) -> Result<String> {
    let folder = &arguments.folder;
    let absolute = folder
        .canonicalize()
        .with_context(|| format!("must build at directory: '{}'", folder.display()))?;
    // Bases may lie anywhere, so the tree is the whole file system; what a
    // kustomization may read in it is the load restrictor's business.
    let tree = DirectoryTree::new("/");
    let path = TreePath::new(&absolute.to_string_lossy())?;
    let options = Options::default()
        .load_restrictor(match arguments.load_restrictor {
            Restrictor::RootOnly => LoadRestrictor::RootOnly,
            Restrictor::None => LoadRestrictor::None,
        })
        .reorder(match arguments.reorder {
            Order::Legacy => Reorder::Legacy,
            Order::None => Reorder::None,
        })
        .enable_helm(arguments.enable_helm);
    let output = kustomize::build(&tree, &path, &options)?;
    for warning in &output.warnings {
        eprintln!("# Warning: {warning}");
    }
    Ok(output.to_string())
}
