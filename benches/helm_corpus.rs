//! Real charts: from their files to their manifests, and rendered again.
//!
//! `GITOPS_TEST_CHARTS` names the folder of checkouts, as for the test that compares
//! the same charts. `GITOPS_BENCH_CHARTS` may be a number, so that only so many of them
//! are measured, evenly spread, or a part of their names. `GITOPS_BENCH_HELM` may name a `helm` program and
//! `GITOPS_BENCH_RENDER` the built example `render`, which are then compared as
//! whole processes. Times are the least of several runs.

#[path = "../crates/gitops-render/tests/real_charts/corpus.rs"]
#[expect(dead_code, reason = "the test needs more of it")]
mod corpus;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use corpus::{Row, Wanted};
use gitops_core::TreePath;
use gitops_render::directory::DirectoryTree;
use gitops_render::helm::Chart;

/// How often everything is done.
const RUNS: usize = 7;

/// After this long, as with charts that make many keys, it is not done again.
const LONG: Duration = Duration::from_secs(1);

/// How many charts around the median are compared with the program.
const MIDDLE: usize = 11;

/// The chart that people take for the measure of a large one.
const LARGE: &str = "charts/kube-prometheus-stack";

struct Measured<'a> {
    row: &'a Row,
    folder: PathBuf,
    /// From the files to the documents.
    whole: Duration,
    /// With the chart loaded and its templates parsed.
    again: Duration,
}

fn main() {
    let Some((checkouts, rows)) = corpus::given() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let charts: Vec<&Row> = rows
        .iter()
        .filter(|row| !matches!(row.wanted, Wanted::Error(_)) && row.is_there(&checkouts))
        .collect();
    let mut measured: Vec<Measured<'_>> = chosen(charts)
        .into_iter()
        .enumerate()
        .map(|(number, row)| {
            let chart = folder.path().join(number.to_string());
            row.assemble(&checkouts, &chart).expect("a chart");
            measure(row, chart)
        })
        .collect();
    if measured.is_empty() {
        println!("no such charts");
        return;
    }
    measured.sort_by_key(|measured| measured.whole);
    println!("{} charts, each up to {RUNS} times", measured.len());
    for percent in [10, 25, 50, 75, 90, 99] {
        let at = &measured[(measured.len() - 1) * percent / 100];
        println!("{percent:3} %: {}", at.line());
    }
    for large in measured.iter().filter(|at| at.row.is_at(LARGE)) {
        println!("large: {}", large.line());
    }
    let (helm, render) = ("GITOPS_BENCH_HELM", "GITOPS_BENCH_RENDER");
    if let (Some(helm), Some(render)) = (std::env::var_os(helm), std::env::var_os(render)) {
        let middle = measured.len() / 2;
        let from = middle.saturating_sub(MIDDLE / 2);
        let chosen = measured.iter().skip(from).take(MIDDLE);
        let large = measured.iter().filter(|at| at.row.is_at(LARGE)).take(1);
        for at in chosen.chain(large) {
            at.compare(Path::new(&helm), Path::new(&render));
        }
    }
}

/// The charts that `GITOPS_BENCH_CHARTS` asks for.
fn chosen(mut charts: Vec<&Row>) -> Vec<&Row> {
    let Ok(wanted) = std::env::var("GITOPS_BENCH_CHARTS") else {
        return charts;
    };
    match wanted.parse::<usize>() {
        Ok(count) => {
            let step = charts.len().div_ceil(count.max(1)).max(1);
            charts.into_iter().step_by(step).collect()
        }
        Err(_) => {
            charts.retain(|row| row.to_string().contains(&wanted));
            charts
        }
    }
}

fn measure(row: &Row, folder: PathBuf) -> Measured<'_> {
    let whole = least(|| row.render(&folder).expect("a chart that renders"));
    let tree = DirectoryTree::new(&folder);
    let chart = Arc::new(Chart::load(&tree, &TreePath::root()).expect("a chart"));
    let again = least(|| row.render_chart(&folder, &chart).expect("it did before"));
    Measured {
        row,
        folder,
        whole,
        again,
    }
}

fn least<T>(mut work: impl FnMut() -> T) -> Duration {
    let begun = Instant::now();
    let mut least = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(work());
        least = least.min(start.elapsed());
        if begun.elapsed() > LONG {
            break;
        }
    }
    least
}

impl Measured<'_> {
    fn line(&self) -> String {
        let (whole, again) = (self.whole, self.again);
        let ratio = whole.as_secs_f64() / again.as_secs_f64();
        format!("{whole:.2?}, again {again:.2?} ({ratio:.1} x) {}", self.row)
    }

    /// Prints what the programs take for the chart's text, and what it takes in-process.
    fn compare(&self, helm: &Path, render: &Path) {
        let mut template = Command::new(helm);
        template.args(["template", "r"]).arg(&self.folder);
        let mut ours = Command::new(render);
        ours.args(["helm", "--name", "r"]).arg(&self.folder);
        let run = |command: &mut Command| {
            command.stdout(Stdio::null()).stderr(Stdio::null());
            least(|| command.status().expect("a program"))
        };
        let (theirs, ours) = (run(&mut template), run(&mut ours));
        let text = least(|| self.row.render(&self.folder).map(|output| output.text()));
        let times = |ours: Duration| theirs.as_secs_f64() / ours.as_secs_f64();
        let (in_process, process) = (times(text), times(ours));
        println!(
            "helm {theirs:.2?}, in-process {text:.2?} ({in_process:.1} x), \
             as a process {ours:.2?} ({process:.1} x) {}",
            self.row
        );
    }
}
