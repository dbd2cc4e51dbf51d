//! Prints the objects of a folder as YAML.
//!
//! ```text
//! render manifests DIR [--recurse] [--include GLOB] [--exclude GLOB]
//! render helm CHART [-f FILE]… [--set …|--set-string …|--set-json …|--set-file …]…
//!     [--name r] [--namespace ns] [--kube-version v] [--api-versions a,b]
//!     [--include-crds] [--skip-tests] [--no-hooks] [--is-upgrade]
//! render kustomize DIR [--load-restrictor LoadRestrictionsRootOnly|LoadRestrictionsNone]
//!     [--reorder legacy|none] [--enable-helm]
//! ```
//!
//! Exit code 0 with the objects on standard output, 1 with the error on standard
//! error, 2 on usage.

#[path = "render/helm.rs"]
mod helm;
#[path = "render/kustomize.rs"]
mod kustomize;
#[path = "render/manifests.rs"]
mod manifests;

use std::fmt::Display;
use std::io::{BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Prints the objects of a folder as YAML.
#[derive(Parser)]
enum Command {
    /// Plain YAML and JSON manifests.
    Manifests(manifests::Arguments),
    /// A chart, as `helm template` prints it.
    Helm(helm::Arguments),
    /// A kustomization, as `kustomize build` prints it.
    Kustomize(kustomize::Arguments),
}

fn main() -> ExitCode {
    let printed = match Command::parse() {
        Command::Manifests(arguments) => manifests::render(&arguments).and_then(print),
        Command::Helm(arguments) => helm::render(&arguments).and_then(print),
        Command::Kustomize(arguments) => kustomize::render(&arguments).and_then(print),
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the stream. A closed pipe is no error: `render … | head`.
fn print(stream: impl Display) -> Result<()> {
    let mut output = BufWriter::new(std::io::stdout().lock());
    match write!(output, "{stream}").and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
