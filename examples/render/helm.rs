//! `render helm`

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use gitops_core::TreePath;
use gitops_render::directory::DirectoryTree;
use gitops_render::helm::{Chart, ClusterCapabilities, Error, Output, Release, Values};

#[derive(Args)]
#[command(args_override_self = true)]
pub struct Arguments {
    /// The chart: a folder or a `.tgz` file.
    chart: PathBuf,
    /// Files of values.
    #[arg(short = 'f', long = "values", value_delimiter = ',')]
    values: Vec<String>,
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

pub fn render(arguments: &Arguments) -> Result<Output> {
    check_version(&arguments.kube_version)?;
    let values = values(arguments)?;
    let chart = Arc::new(load(&arguments.chart)?);
    let namespace = match arguments.namespace.as_str() {
        "" => "default",
        given => given,
    };
    let release = Release::new(&arguments.name, namespace)
        .kube_version(&arguments.kube_version)
        .api_versions(arguments.api_versions.clone())
        .include_crds(arguments.include_crds)
        .skip_tests(arguments.skip_tests)
        .is_upgrade(arguments.is_upgrade);
    let mut output = release.render(&chart, &values)?;
    if arguments.no_hooks {
        output.hooks.clear();
    }
    Ok(output)
}

/// Refuses a wrong version before anything is read, as Helm does.
fn check_version(version: &str) -> Result<()> {
    match ClusterCapabilities::new(version, &[]) {
        Ok(_) => Ok(()),
        Err(_) => Err(anyhow!(
            "invalid kube version '{version}': could not parse {version:?} as version"
        )),
    }
}

fn load(chart: &Path) -> Result<Chart> {
    let name = || chart.display().to_string();
    let metadata = std::fs::metadata(chart).map_err(|_| anyhow!("path {:?} not found", name()))?;
    if metadata.is_dir() {
        return match Chart::load(&DirectoryTree::new(chart), &TreePath::root()) {
            Err(Error::NoChart) => Err(anyhow!("no chart in {}: {}", name(), Error::NoChart)),
            loaded => Ok(loaded?),
        };
    }
    let archive = std::fs::read(chart).with_context(name)?;
    Chart::from_archive(&archive).with_context(name)
}

/// The values in Helm's order: files, then `--set-json`, `--set`, `--set-string`
/// and `--set-file`, each in the order given.
fn values(arguments: &Arguments) -> Result<Values> {
    let mut values = Values::new();
    for file in arguments.values.iter().filter(|file| !file.is_empty()) {
        let text = String::from_utf8(bytes(file).map_err(anyhow::Error::msg)?)
            .with_context(|| format!("failed to parse {file}"))?;
        values.file(file, &text).map_err(|error| match error {
            Error::Values { file, message } => anyhow!("failed to parse {file}: {message}"),
            other => other.into(),
        })?;
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

/// The text of a file; the error has the words of Go.
fn read(path: &str) -> Result<String, String> {
    Ok(String::from_utf8_lossy(&bytes(path)?).into_owned())
}

fn bytes(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "no such file or directory".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::IsADirectory => return format!("read {path}: is a directory"),
            _ => error.to_string(),
        };
        format!("open {path}: {reason}")
    })
}
