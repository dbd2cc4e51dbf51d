//! Judges the objects in files, as Argo CD does:
//! `health FILE… [--lua SCRIPT|DIR] [--customizations FILE] [--output text|json]`.
//!
//! Prints the kind, name, status and message of each, and which check decided.
//! JSON is one line an object; its `status` is null where no check applies, and
//! it has an `error` where a check failed or a file holds no object.

#[path = "health/input.rs"]
mod input;
#[path = "health/line.rs"]
mod line;
#[cfg(test)]
#[path = "health/tests.rs"]
mod tests;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use gitops_health::lua::{Libraries, Runtime};
use gitops_health::{Chain, Customizations, Overrides};

use line::Line;

/// Judges Kubernetes objects as Argo CD does.
#[derive(Parser)]
struct Arguments {
    /// YAML or JSON files; only the first document of a file counts.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A health script for every object, or a folder of them laid out as
    /// GROUP/KIND/health.lua, where `_` stands for anything.
    #[arg(long, value_name = "SCRIPT|DIR")]
    lua: Option<PathBuf>,
    /// An argocd-cm ConfigMap, or its data alone.
    #[arg(long, value_name = "FILE")]
    customizations: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
    /// Ask one sort of check alone. Scripts and bundled checks then also judge
    /// an object that is being deleted.
    #[arg(long, value_enum)]
    only: Option<Sort>,
    /// At the end, ask the checks of kinds that Argo CD knows nothing of, then
    /// what an object's conditions say by convention.
    #[arg(long)]
    generic: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Json,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Sort {
    /// The scripts of `--lua` and `--customizations`.
    Scripts,
    /// The bundled checks of custom resources.
    Bundled,
    /// The compiled checks of Kubernetes' own kinds.
    Builtin,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut output = std::io::stdout().lock();
    let mut are_read = true;
    for line in judge(&arguments)? {
        are_read &= line.is_object();
        match arguments.output {
            Output::Json => writeln!(output, "{}", serde_json::to_string(&line)?)?,
            Output::Text => writeln!(output, "{line}")?,
        }
    }
    Ok(if are_read {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Judges each file in turn.
fn judge(arguments: &Arguments) -> Result<impl Iterator<Item = Line>> {
    let chain = chain(arguments)?;
    Ok(arguments
        .files
        .iter()
        .map(move |file| match input::object(file) {
            Ok(object) => Line::new(file, &object, chain.judge(&object)),
            Err(error) => Line::unreadable(file, &error),
        }))
}

/// What the user gave comes first, then the checks that are always there.
fn chain(arguments: &Arguments) -> Result<Chain> {
    let asks = |sort| arguments.only.is_none_or(|only| only == sort);
    let mut chain = Chain::new();
    if asks(Sort::Scripts) {
        chain = scripts(chain, arguments)?;
    }
    if asks(Sort::Bundled) {
        chain = chain.bundled();
    }
    if asks(Sort::Builtin) {
        chain = chain.builtin();
    }
    if arguments.generic {
        chain = chain.related().conventions();
    }
    if matches!(arguments.only, Some(Sort::Scripts | Sort::Bundled)) {
        chain = chain.ignoring_deletion();
    }
    Ok(chain)
}

/// The checks that the user configured; what is suspicious about them goes to
/// standard error.
fn scripts(mut chain: Chain, arguments: &Arguments) -> Result<Chain> {
    let runtime = Runtime::default();
    if let Some(path) = &arguments.customizations {
        let customizations = Customizations::parse(input::data(path)?)
            .with_context(|| path.display().to_string())?;
        let overrides = Overrides::compile(&customizations, &runtime);
        warn(path, &overrides);
        chain = chain.overrides(overrides);
    }
    match &arguments.lua {
        Some(path) if path.is_dir() => {
            let overrides = input::folder(path, &runtime)?;
            warn(path, &overrides);
            Ok(chain.overrides(overrides))
        }
        Some(path) => {
            let source = input::text(path)?;
            let script = runtime
                .compile(&source, Libraries::Open)
                .with_context(|| path.display().to_string())?;
            for finding in script.lint() {
                eprintln!("{}:{}: {}", path.display(), finding.line, finding.message);
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            Ok(chain.script(&format!("lua {name}"), script))
        }
        None => Ok(chain),
    }
}

fn warn(path: &Path, overrides: &Overrides) {
    for problem in overrides.problems() {
        let line = problem.line.map(|line| format!("line {line}: "));
        eprintln!(
            "{}: {}: {}{}",
            path.display(),
            problem.key,
            line.unwrap_or_default(),
            problem.message
        );
    }
}
