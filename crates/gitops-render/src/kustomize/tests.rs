//! Builds of small overlays, one rule each.

#[cfg(feature = "helm")]
mod charts;
mod hostile;
mod layers;
mod output;
mod patches;
mod plugins;
mod properties;
mod settings;
mod transformers;
mod values;

use gitops_core::TreePath;

use super::{Error, Options, Output, build};
use crate::memory::MemoryTree;

/// A tree of these files.
fn tree(files: &[(&str, &str)]) -> MemoryTree {
    files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
        tree.with_file(path, text).unwrap()
    })
}

fn built(files: &[(&str, &str)], path: &str) -> Result<Output, Error> {
    build(
        &tree(files),
        &TreePath::new(path).unwrap(),
        &Options::default(),
    )
}

#[track_caller]
fn gives(files: &[(&str, &str)], path: &str, expected: &str) {
    let output = built(files, path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(output.to_string(), expected.trim_start());
}

#[track_caller]
fn fails(files: &[(&str, &str)], path: &str, message: &str) {
    let error = built(files, path).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}
