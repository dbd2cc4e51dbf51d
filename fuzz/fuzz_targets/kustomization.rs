//! Two files at a time: a kustomization and what it names.
#![no_main]

use gitops_core::TreePath;
use gitops_render::kustomize::{self, Options};
use gitops_render::memory::MemoryTree;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let tree = MemoryTree::new()
        .with_file("kustomization.yaml", texts.0)
        .and_then(|tree| tree.with_file("a.yaml", texts.1))
        .expect("two files");
    let Ok(output) = kustomize::build(&tree, &TreePath::root(), &Options::default()) else { return };
    let again = kustomize::build(&tree, &TreePath::root(), &Options::default());
    assert_eq!(again.map(|it| it.to_string()).ok(), Some(output.to_string()));
});
