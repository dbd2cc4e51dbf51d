//! Shows what a sync would change.
//!
//! ```text
//! diff --app FILE (--live DIR | [--kubeconfig FILE]) [--local DIR]
//!      [--output text|paths|json] [--exit-code]
//! diff TARGET.yaml LIVE.yaml [--strategy two-way|three-way|structured|server-side]
//!      [--answer DRY_RUN.yaml] [--ignore FILE] [--output …] [--exit-code]
//! diff --cases FILE
//! ```
//!
//! With `--live`, a folder of exported objects, no cluster is needed. `--local` takes
//! the manifests from a folder instead of the Application's repository: the repository
//! as a whole, or what would be found at the Application's path. With
//! `--exit-code` it ends with 0 when nothing differs and 1 when something does; 2 is
//! always an error. Differences that ignore rules hid are told too, each with the rule:
//! as comments beside a text, and under `ignored` in JSON. `--cases` reads one case a
//! line, for comparison with other engines.
//!
//! The strategy server-side compares with what a server's dry run answered, which
//! `--answer` holds; without it the apply is computed here.

#[path = "shared/application.rs"]
mod application;
#[path = "diff/cases.rs"]
mod cases;
#[path = "diff/compare.rs"]
mod compare;
#[path = "diff/files.rs"]
mod files;
#[path = "plan/folder.rs"]
mod folder;
#[path = "shared/local.rs"]
mod local;
#[path = "diff/show.rs"]
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};

/// Shows what a sync would change.
#[derive(Parser)]
struct Arguments {
    /// What is wanted and what is live: one object each.
    #[arg(num_args = 2, value_names = ["TARGET", "LIVE"], conflicts_with_all = ["app", "cases"])]
    files: Vec<PathBuf>,
    /// The Application's YAML file.
    #[arg(long, conflicts_with = "cases")]
    app: Option<PathBuf>,
    /// A folder of live objects, instead of a cluster.
    #[arg(long, requires = "app", conflicts_with = "kubeconfig")]
    live: Option<PathBuf>,
    /// The cluster's kubeconfig, instead of the usual places.
    #[arg(long, requires = "app")]
    kubeconfig: Option<PathBuf>,
    /// A folder that stands in for the repository, or for the Application's path in it.
    #[arg(long, requires = "app")]
    local: Option<PathBuf>,
    /// A file with one case a line.
    #[arg(long)]
    cases: Option<PathBuf>,
    /// How two files are compared.
    #[arg(long, value_enum, default_value = "three-way")]
    strategy: Strategy,
    /// What the server's dry run answered, for the strategy server-side.
    #[arg(long)]
    answer: Option<PathBuf>,
    /// A YAML list of rules as an Application's `ignoreDifferences`.
    #[arg(long)]
    ignore: Option<PathBuf>,
    /// How differences are shown.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
    /// End with 1 when something differs.
    #[arg(long)]
    exit_code: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Strategy {
    TwoWay,
    ThreeWay,
    Structured,
    ServerSide,
}

#[derive(Clone, Copy, ValueEnum)]
enum Output {
    Text,
    Paths,
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(true) if arguments.exit_code => ExitCode::from(1),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether something differs.
async fn run(arguments: &Arguments) -> Result<bool> {
    if let Some(file) = &arguments.cases {
        return cases::judge(file).map(|()| false);
    }
    if let Some(app) = &arguments.app {
        let comparison = compare::compare(app, arguments).await?;
        return Ok(show::comparison(&comparison, arguments.output));
    }
    let [target, live] = arguments.files.as_slice() else {
        bail!("give --app, --cases or two files");
    };
    let diff = files::compare(target, live, arguments)?;
    Ok(show::diff(&diff, arguments.output))
}
