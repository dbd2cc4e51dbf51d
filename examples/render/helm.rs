//! `render helm`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use gitops_core::TreePath;
use gitops_render::directory::DirectoryTree;
use gitops_render::helm::{Chart, Error, Release, Values};

#[derive(Args)]
pub struct Arguments {
    /// The chart: a folder or a `.tgz` file.
    chart: PathBuf,
    /// Files of values.
    #[arg(short = 'f', long = "values", value_delimiter = ',')]
    values: Vec<PathBuf>,
    /// Values as `path=value`.
    #[arg(long)]
    set: Vec<String>,
    /// Values as `path=text`.
    #[arg(long)]
    set_string: Vec<String>,
    /// Values as `path=JSON`.
    #[arg(long)]
    set_json: Vec<String>,
    /// Values from files, as `path=file`.
    #[arg(long)]
    set_file: Vec<String>,
    /// The release's name.
    #[arg(long, default_value = "release-name")]
    name: String,
    /// The release's namespace.
    #[arg(long, default_value = "default")]
    namespace: String,
    /// The server's version.
    #[arg(long, default_value = "")]
    kube_version: String,
    /// What the server serves beside the usual.
    #[arg(long, value_delimiter = ',')]
    api_versions: Vec<String>,
    /// The chart's `crds/` too.
    #[arg(long)]
    include_crds: bool,
    /// No hooks that are tests.
    #[arg(long)]
    skip_tests: bool,
    /// No hooks at all.
    #[arg(long)]
    no_hooks: bool,
    /// As an upgrade.
    #[arg(long)]
    is_upgrade: bool,
}

pub fn render(arguments: &Arguments) -> Result<String> {
    let chart = Arc::new(load(&arguments.chart)?);
    let release = Release::new(&arguments.name, &arguments.namespace)
        .kube_version(&arguments.kube_version)
        .api_versions(arguments.api_versions.clone())
        .include_crds(arguments.include_crds)
        .skip_tests(arguments.skip_tests)
        .is_upgrade(arguments.is_upgrade);
    let mut output = release.render(&chart, &values(arguments)?)?;
    if arguments.no_hooks {
        output.hooks.clear();
    }
    Ok(output.to_string())
}

fn load(chart: &Path) -> Result<Chart> {
    let name = || chart.display().to_string();
    if std::fs::metadata(chart).with_context(name)?.is_dir() {
        return Ok(Chart::load(&DirectoryTree::new(chart), &TreePath::root())?);
    }
    let archive = std::fs::read(chart).with_context(name)?;
    Chart::from_archive(&archive).with_context(name)
}

/// The values in Helm's order: files, then `--set-json`, `--set`, `--set-string`
/// and `--set-file`, each in the order given.
fn values(arguments: &Arguments) -> Result<Values> {
    let mut values = Values::new();
    for file in &arguments.values {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| name.clone())?;
        values.file(&name, &text)?;
    }
    for expression in &arguments.set_json {
        values.set_json(expression)?;
    }
    for expression in &arguments.set {
        values.set(expression)?;
    }
    for expression in &arguments.set_string {
        values.set_string(expression)?;
    }
    for expression in &arguments.set_file {
        values.set_file(expression, read)?;
    }
    Ok(values)
}

fn read(path: &str) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|error| Error::Values {
        file: path.to_owned(),
        message: error.to_string(),
    })
}
