//! Real charts against what the reference makes of them.
//!
//! `GITOPS_TEST_CHARTS` names a folder with a checkout of each repository that the
//! corpus names, called `owner+name`, at the commit that stands there. The corpus
//! itself is `shared/data/helm/corpus.tsv` in a folder around this one, or the file
//! that `GITOPS_TEST_CORPUS` names.

#![expect(clippy::unwrap_used, reason = "whatever is wrong fails the test")]

#[path = "real_charts/canonical.rs"]
mod canonical;
#[path = "real_charts/corpus.rs"]
#[expect(dead_code, reason = "the benchmark needs more of it")]
mod corpus;

use std::path::Path;

use corpus::{Row, Wanted};

/// Why a row does not hold; `None` where it does.
fn failure(row: &Row, checkouts: &Path) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart");
    row.assemble(checkouts, &chart).unwrap();
    let rendered = row.render(&chart);
    let rendered = rendered.map_err(|error| error.to_string().replace('\n', "\\n"));
    match (rendered, &row.wanted) {
        (Err(found), Wanted::Error(start)) if found.starts_with(start) => None,
        (Err(found), Wanted::Error(start)) => Some(format!("says {found}, not {start}")),
        (Ok(_), Wanted::Error(start)) => Some(format!("renders, and should say {start}")),
        (Err(found), _) => Some(found),
        (Ok(output), Wanted::Digest(wanted)) => different(row, &output.text(), false, wanted),
        (Ok(output), Wanted::Shape(wanted)) => different(row, &output.text(), true, wanted),
    }
}

fn different(row: &Row, output: &str, shape_only: bool, wanted: &str) -> Option<String> {
    if canonical::digest(output, shape_only) == wanted {
        return None;
    }
    // Kept to be looked at.
    let name = row.to_string().replace(['/', ' '], "+");
    let kept = std::env::temp_dir().join(format!("{name}.yaml"));
    std::fs::write(&kept, output).unwrap();
    Some(format!("differs, see {}", kept.display()))
}

#[test]
fn real_charts_render_as_the_reference_renders_them() {
    let Some((checkouts, rows)) = corpus::given() else {
        return;
    };
    let (rows, absent): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| row.is_there(&checkouts));
    let failures: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(format!("{row}: {}", failure(row, &checkouts)?)))
        .collect();
    println!("{} of {}", rows.len() - failures.len(), rows.len());
    for row in &absent {
        println!("not tried, because it is not checked out: {row}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
