//! Kustomize against the reference's answers: small cases and real overlays.

mod generated;

use std::path::{Path, PathBuf};

use gitops_core::TreePath;
use gitops_core::yaml::{self, Dialect};
use gitops_render::directory::DirectoryTree;
use gitops_render::kustomize::{self, LoadRestrictor, Options, Output, Reorder};
use gitops_render::memory::MemoryTree;
use serde_json::Value;

/// One row of a suite's index.
struct Case {
    name: String,
    is_error: bool,
    folder: TreePath,
    options: Options,
    root: PathBuf,
}

impl Case {
    fn build(&self, reorder: Reorder) -> Result<Output, kustomize::Error> {
        let tree = DirectoryTree::new(self.root.join("input"));
        let options = self.options.clone().reorder(reorder);
        kustomize::build(&tree, &self.folder, &options)
    }

    fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(name)).ok()
    }

    /// What is wrong with a build, if anything is.
    fn judge(&self, reorder: Reorder) -> Option<String> {
        match (self.build(reorder), self.is_error) {
            (Ok(_), true) => Some("expected an error".to_owned()),
            (Err(error), false) => Some(format!("failed: {error}")),
            (Err(error), true) => self.judge_error(&error.to_string()),
            (Ok(output), false) => {
                let fifo = self
                    .file("expected-fifo.yaml")
                    .filter(|_| reorder == Reorder::None);
                let expected = fifo
                    .or_else(|| self.file("expected.yaml"))
                    .unwrap_or_default();
                let expected = Value::Array(documents(&expected));
                difference(&expected, &Value::Array(documents(&output.to_string())), "")
            }
        }
    }

    fn judge_error(&self, error: &str) -> Option<String> {
        let case: Value = serde_json::from_str(&self.file("case.json")?).ok()?;
        let parts = case["error_contains"].as_array()?;
        let missing = parts
            .iter()
            .filter_map(Value::as_str)
            .find(|part| !error.contains(part));
        missing.map(|part| format!("the error lacks {part:?}: {error}"))
    }
}

fn documents(text: &str) -> Vec<Value> {
    let options = yaml::Options::default().dialect(Dialect::Kustomize);
    let documents = yaml::documents(text, &options);
    let values = documents.map(|document| document.value.expect("a stream is YAML"));
    values.filter(|value| !value.is_null()).collect()
}

/// The first place where two values differ; `1` and `1.0` do.
fn difference(expected: &Value, found: &Value, path: &str) -> Option<String> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let unexpected = b.keys().find(|key| !a.contains_key(*key));
            let unexpected = unexpected.map(|key| format!("{path}.{key}: unexpected"));
            let differs = a.iter().find_map(|(key, item)| match b.get(key) {
                Some(other) => difference(item, other, &format!("{path}.{key}")),
                None => Some(format!("{path}.{key}: missing")),
            });
            differs.or(unexpected)
        }
        (Value::Array(a), Value::Array(b)) => {
            let mut pairs = a.iter().zip(b).enumerate();
            let differs = pairs.find_map(|(at, (a, b))| difference(a, b, &format!("{path}[{at}]")));
            let lengths = (a.len(), b.len());
            let length = (lengths.0 != lengths.1)
                .then(|| format!("{path}: expected {} elements, got {}", lengths.0, lengths.1));
            differs.or(length)
        }
        (a, b) => (a != b).then(|| format!("{path}: expected {a}, got {b}")),
    }
}

/// The cases of a suite; `None`, and a line that says so, where it is not here.
fn suite(name: &str) -> Option<Vec<Case>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(name);
    let Ok(index) = std::fs::read_to_string(root.join("index.tsv")) else {
        println!("kustomize: skipped, no suite at {}", root.display());
        return None;
    };
    let mut lines = index.lines();
    let head: Vec<&str> = lines.next()?.split('\t').collect();
    let rows = lines.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let column = |name: &str| {
            let at = head
                .iter()
                .position(|head| *head == name)
                .expect("the index has the column");
            columns[at]
        };
        let restrictor = match column("load_restrictor") {
            "LoadRestrictionsNone" => LoadRestrictor::None,
            _ => LoadRestrictor::RootOnly,
        };
        Case {
            name: column("case").to_owned(),
            is_error: column("kind") == "error",
            folder: TreePath::new(column("dir")).expect("a folder of the suite"),
            options: Options::default().load_restrictor(restrictor),
            root: root.join(column("case")),
        }
    });
    Some(rows.collect())
}

/// Prints `N of M` with the failing cases, and fails for any.
#[track_caller]
fn report(what: &str, total: usize, failed: &[String]) {
    println!("{what}: {} of {total}", total - failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[track_caller]
fn all_pass(name: &str) {
    let Some(cases) = suite(name) else { return };
    for (order, reorder) in [("legacy", Reorder::Legacy), ("none", Reorder::None)] {
        let verdicts = cases.iter().filter_map(|case| {
            case.judge(reorder)
                .map(|verdict| format!("{}: {verdict}", case.name))
        });
        report(
            &format!("{name}, order {order}"),
            cases.len(),
            &verdicts.collect::<Vec<_>>(),
        );
    }
}

#[test]
fn small_overlays_build_as_the_reference_builds_them() {
    all_pass("kustomize");
}

#[test]
fn real_overlays_build_as_the_reference_builds_them() {
    all_pass("kustomize-real");
}

#[test]
fn building_twice_gives_the_same_bytes_and_building_the_output_changes_nothing() {
    let Some(cases) = suite("kustomize-real") else {
        return;
    };
    let mut failed = Vec::new();
    for case in &cases {
        let Ok(output) = case.build(Reorder::Legacy) else {
            continue;
        };
        let text = output.to_string();
        if case
            .build(Reorder::Legacy)
            .map(|again| again.to_string())
            .as_ref()
            != Ok(&text)
        {
            failed.push(format!("{}: two builds differ", case.name));
        }
        let tree = MemoryTree::new()
            .with_file("kustomization.yaml", "resources: [all.yaml]\n")
            .and_then(|tree| tree.with_file("all.yaml", &text))
            .expect("two files");
        let again = kustomize::build(&tree, &TreePath::root(), &Options::default());
        match again {
            Ok(again) if again.to_string() == text => {}
            // Nothing but comments: an empty file is an empty build.
            Ok(_) if text.is_empty() => {}
            Ok(_) => failed.push(format!("{}: building the output changes it", case.name)),
            Err(error) => failed.push(format!("{}: {error}", case.name)),
        }
    }
    report("kustomize-real, built again", cases.len(), &failed);
}
