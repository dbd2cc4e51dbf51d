//! Overlays made from seeds, held to the answers of the `kustomize` program.
//!
//! Without the program the saved answers count. `KUSTOMIZE=/path/to/kustomize` asks the program
//! itself, for as many overlays as `OVERLAYS` says; with `SAVE` set its answers are saved.

mod fields;
mod layer;
mod objects;
mod overlay;
mod patches;
mod places;
mod plugins;
mod pods;
mod program;
mod random;
mod text;

use gitops_core::TreePath;
use gitops_render::kustomize::{self, Options, Reorder};
use gitops_render::memory::MemoryTree;
use serde_json::Value;

use self::overlay::{Overlay, overlay};
use self::program::Answer;
use super::{difference, documents, report};

const SAVED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/kustomize/answers.tsv");

fn tree(overlay: &Overlay) -> MemoryTree {
    let files = overlay.files.iter();
    files.fold(MemoryTree::new(), |tree, (path, content)| {
        tree.with_file(path, content.as_str())
            .expect("a path in the tree")
    })
}

fn build(tree: &MemoryTree, folder: &str, options: &Options) -> Result<String, kustomize::Error> {
    let path = TreePath::new(folder).expect("a folder in the tree");
    kustomize::build(tree, &path, options).map(|output| output.to_string())
}

/// A number that stands for a text (FNV-1a).
fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn input_digest(overlay: &Overlay) -> String {
    digest(&format!("{:?}", overlay.files))
}

/// Documents as one text, whatever their style.
fn canonical(stream: &str) -> String {
    Value::Array(documents(stream)).to_string()
}

#[test]
fn generated_overlays_build_as_the_program_builds_them() {
    match std::env::var("KUSTOMIZE") {
        Ok(program) => beside(&program),
        Err(_) => by_saved_answers(),
    }
}

fn by_saved_answers() {
    let saved = std::fs::read_to_string(SAVED).expect("the answers are in the repository");
    let mut failed = Vec::new();
    for line in saved.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [seed, input, answer] = columns[..] else {
            panic!("a row of another form: {line}");
        };
        let overlay = overlay(seed.parse().expect("a seed"));
        assert_eq!(
            input_digest(&overlay),
            input,
            "the generator has changed: save the answers again, with KUSTOMIZE and SAVE set"
        );
        let found = match build(&tree(&overlay), overlay.folder, &Options::default()) {
            Ok(text) => digest(&canonical(&text)),
            Err(_) => "error".to_owned(),
        };
        if found != answer {
            failed.push(format!("{seed}: expected {answer}, got {found}"));
        }
    }
    report(
        "kustomize, generated overlays, saved answers",
        saved.lines().count(),
        &failed,
    );
}

fn beside(program: &str) {
    let count = std::env::var("OVERLAYS")
        .ok()
        .and_then(|count| count.parse().ok());
    let (mut failed, mut rows, mut total) = (Vec::new(), String::new(), 0);
    for seed in 0..count.unwrap_or(400_u64) {
        let overlay = overlay(seed);
        let ours = build(&tree(&overlay), overlay.folder, &Options::default());
        let (answer, wrong) = match (program::answer(program, &overlay), ours) {
            (Answer::Crash, _) => continue,
            (Answer::Error(_), Err(_)) => ("error".to_owned(), None),
            (Answer::Error(error), Ok(_)) => {
                ("error".to_owned(), Some(format!("fails there: {error}")))
            }
            (Answer::Stream(theirs), Err(error)) => {
                (digest(&canonical(&theirs)), Some(error.to_string()))
            }
            (Answer::Stream(theirs), Ok(ours)) => {
                let (expected, found) = (documents(&theirs).into(), documents(&ours).into());
                (
                    digest(&canonical(&theirs)),
                    difference(&expected, &found, ""),
                )
            }
        };
        total += 1;
        failed.extend(wrong.map(|wrong| format!("{seed}: {wrong}")));
        rows += &format!("{seed}\t{}\t{answer}\n", input_digest(&overlay));
    }
    if std::env::var_os("SAVE").is_some() {
        std::fs::write(SAVED, rows).expect("the answers can be written");
    }
    report(
        "kustomize, generated overlays, beside the program",
        total,
        &failed,
    );
}

/// Overlays whose top layer has no say in the output as a whole.
fn plain_overlays() -> impl Iterator<Item = (u64, Overlay, String)> {
    (50_000..50_300).filter_map(|seed| {
        let overlay = overlay(seed);
        let mut texts = overlay.files.values();
        if texts.any(|text| {
            text.contains("sortOptions")
                || text.contains("buildMetadata")
                || text.contains("openapi")
        }) {
            return None;
        }
        let text = build(&tree(&overlay), overlay.folder, &Options::default()).ok()?;
        Some((seed, overlay, text))
    })
}

#[test]
fn a_layer_that_says_nothing_changes_no_generated_overlay() {
    let (mut total, mut failed) = (0, Vec::new());
    for (seed, overlay, text) in plain_overlays() {
        total += 1;
        let above = tree(&overlay).with_file("above/kustomization.yaml", "resources: [../top]\n");
        let above = build(&above.expect("one more file"), "above", &Options::default());
        if above.as_ref() != Ok(&text) {
            failed.push(format!("{seed}: {above:?}"));
        }
    }
    report(
        "kustomize, generated overlays below an empty layer",
        total,
        &failed,
    );
}

#[test]
fn generated_overlays_build_twice_alike_and_their_output_to_itself() {
    let (mut total, mut failed) = (0, Vec::new());
    for (seed, overlay, text) in plain_overlays().filter(|(_, _, text)| !text.is_empty()) {
        total += 1;
        let twice = build(&tree(&overlay), overlay.folder, &Options::default());
        let output = MemoryTree::new()
            .with_file("kustomization.yaml", "resources: [all.yaml]\n")
            .and_then(|tree| tree.with_file("all.yaml", text.as_str()))
            .expect("two files");
        let again = build(&output, "", &Options::default().reorder(Reorder::None));
        if twice.as_ref() != Ok(&text) || again.as_ref() != Ok(&text) {
            failed.push(format!("{seed}: {again:?}"));
        }
    }
    report("kustomize, generated overlays built again", total, &failed);
}
