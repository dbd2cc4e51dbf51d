//! The corpus: which charts there are, and how they are put together.

#![expect(clippy::unwrap_used, reason = "whatever is wrong fails the test")]

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gitops_core::TreePath;
use gitops_render::directory::DirectoryTree;
use gitops_render::helm::{Chart, Error, Output, Release, Values};

/// One render of a chart.
pub(super) struct Row {
    repository: String,
    /// The chart's folder in its repository.
    path: String,
    /// Folders that subcharts are copied to, each with where it comes from.
    vendored: Vec<(String, String, String)>,
    /// The values, from the chart's folder.
    values_file: Option<String>,
    skips_schema: bool,
    pub(super) wanted: Wanted,
}

/// What the reference makes of it.
pub(super) enum Wanted {
    /// The digest of the canonical form.
    Digest(String),
    /// The digest of the form without texts, where the chart makes random ones.
    Shape(String),
    /// How the message begins, with `\n` for the ends of lines.
    Error(String),
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.repository, self.path)?;
        self.values_file
            .iter()
            .try_for_each(|file| write!(f, " {file}"))
    }
}

/// The folder of checkouts and the rows, unless one of them is missing.
pub(super) fn given() -> Option<(PathBuf, Vec<Row>)> {
    let Some(checkouts) = std::env::var_os("GITOPS_TEST_CHARTS") else {
        println!("skipped: GITOPS_TEST_CHARTS names no folder of checkouts");
        return None;
    };
    let corpus = std::env::var("GITOPS_TEST_CORPUS").map_or_else(|_| default_corpus(), Into::into);
    match fs::read_to_string(&corpus) {
        Ok(text) => Some((checkouts.into(), rows(&text))),
        Err(error) => {
            println!("skipped: {}: {error}", corpus.display());
            None
        }
    }
}

/// Where the corpus lies beside a checkout of this repository.
fn default_corpus() -> PathBuf {
    let below = |folder: &Path| folder.join("shared/data/helm/corpus.tsv");
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut corpora = folders.map(below);
    corpora
        .find(|corpus| corpus.exists())
        .unwrap_or_else(|| below(Path::new("..")))
}

/// The rows of a table whose first line names the columns.
fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        Row::new(|name| cells[names.iter().position(|known| *known == name).unwrap()])
    };
    lines.map(row).collect()
}

impl Row {
    fn new<'a>(cell: impl Fn(&str) -> &'a str) -> Self {
        let some = |name: &str| Some(cell(name)).filter(|text| *text != "-");
        let wanted = match some("error") {
            Some(error) => Wanted::Error(error.into()),
            None if cell("nondeterministic") == "yes" => Wanted::Shape(cell("shape_sha256").into()),
            None => Wanted::Digest(cell("sha256").into()),
        };
        Self {
            repository: cell("repository").into(),
            path: cell("chart_path").into(),
            vendored: some("vendored").map(vendored).unwrap_or_default(),
            values_file: some("values_file").map(Into::into),
            skips_schema: cell("flags").contains("skip-schema"),
            wanted,
        }
    }

    fn sources(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let own = ("", self.repository.as_str(), self.path.as_str());
        let vendored = self.vendored.iter();
        std::iter::once(own).chain(vendored.map(|(to, from, path)| (&**to, &**from, &**path)))
    }

    /// Whether all that the chart is made of is checked out.
    pub(super) fn is_there(&self, checkouts: &Path) -> bool {
        self.sources()
            .all(|(_, repository, path)| checkout(checkouts, repository).join(path).exists())
    }

    /// Whether this is the chart in that folder of its repository, with its own values.
    pub(super) fn is_at(&self, path: &str) -> bool {
        self.path == path && self.values_file.is_none()
    }

    /// Puts the chart together in a new folder.
    pub(super) fn assemble(&self, checkouts: &Path, folder: &Path) -> io::Result<()> {
        for (place, repository, path) in self.sources() {
            let target = folder.join(place);
            copy(&checkout(checkouts, repository).join(path), &target)?;
            fill_in(&target)?;
        }
        Ok(())
    }

    /// Loads and renders the chart in a folder.
    pub(super) fn render(&self, folder: &Path) -> Result<Output, Error> {
        let tree = DirectoryTree::new(folder);
        let chart = Arc::new(Chart::load(&tree, &TreePath::root())?);
        self.render_chart(folder, &chart)
    }

    /// Renders a chart that was loaded from a folder.
    pub(super) fn render_chart(&self, folder: &Path, chart: &Arc<Chart>) -> Result<Output, Error> {
        let mut values = Values::new();
        if let Some(name) = &self.values_file {
            values.file(name, &fs::read_to_string(folder.join(name)).unwrap())?;
        }
        let release = Release::new("r", "ns")
            .kube_version("1.34.0")
            .include_crds(true)
            .skip_schema_validation(self.skips_schema);
        release.render(chart, &values)
    }
}

/// The items of `PLACE=OWNER/NAME:PATH;…`.
fn vendored(text: &str) -> Vec<(String, String, String)> {
    let item = |item: &str| {
        let (place, source) = item.split_once('=')?;
        let (repository, path) = source.split_once(':')?;
        Some((place.into(), repository.into(), path.into()))
    };
    text.split(';').map(|text| item(text).unwrap()).collect()
}

fn checkout(checkouts: &Path, repository: &str) -> PathBuf {
    checkouts.join(repository.replace('/', "+"))
}

/// Copies a folder; links become what they lead to, unless that is nothing.
fn copy(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    for entry in fs::read_dir(source)? {
        let (from, to) = {
            let entry = entry?;
            (entry.path(), target.join(entry.file_name()))
        };
        match fs::metadata(&from) {
            Ok(metadata) if metadata.is_dir() => copy(&from, &to)?,
            Ok(_) => drop(fs::copy(&from, &to)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes the `Chart.yaml` that a release of the chart would have.
fn fill_in(chart: &Path) -> io::Result<()> {
    let (template, file) = (chart.join("Chart.template.yaml"), chart.join("Chart.yaml"));
    if !template.exists() || file.exists() {
        return Ok(());
    }
    let mut text = String::new();
    for line in fs::read_to_string(template)?.lines() {
        text.push_str(match line.split_once(':') {
            Some(("version", _)) => "version: 0.0.0",
            Some(("appVersion", _)) => "appVersion: v0.0.0",
            _ => line,
        });
        text.push('\n');
    }
    fs::write(file, text)
}
