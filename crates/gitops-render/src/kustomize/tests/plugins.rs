//! Plugins in files, and layers from other repositories.

use std::sync::{Arc, Mutex};

use gitops_core::render::Remotes;
use gitops_core::{Location, Tree, TreePath};
use serde_json::json;

use super::{fails, gives, tree};
use crate::kustomize::{Options, build, build_with};
use crate::memory::MemoryTree;

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n";

#[test]
fn built_in_plugins_run_from_files_and_inline() {
    gives(
        &[
            (
                "kustomization.yaml",
                "resources: [map.yaml]\ntransformers:\n- prefix.yaml\n- |-\n  apiVersion: builtin\n  kind: LabelTransformer\n  metadata: {name: l}\n  labels: {x: y}\n  fieldSpecs: [{path: metadata/labels, create: true}]\n",
            ),
            ("map.yaml", MAP),
            (
                "prefix.yaml",
                "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: my-\nfieldSpecs: [{path: metadata/name}]\n",
            ),
        ],
        "",
        "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  labels:\n    x: \"y\"\n  name: my-a\n",
    );
}

#[test]
fn a_validator_must_leave_everything_as_it_is() {
    fails(
        &[
            (
                "kustomization.yaml",
                "resources: [map.yaml]\nvalidators: [check.yaml]\n",
            ),
            ("map.yaml", MAP),
            (
                "check.yaml",
                "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: my-\nfieldSpecs: [{path: metadata/name}]\n",
            ),
        ],
        "",
        "shouldn't modify the resource map",
    );
}

#[test]
fn executables_and_containers_are_refused_with_their_file() {
    for (field, annotation) in [
        ("generators", "exec: {path: ./run.sh}"),
        ("transformers", "container: {image: runner}"),
    ] {
        let plugin = format!(
            "apiVersion: example.com/v1\nkind: Runner\nmetadata: {{name: r, annotations: {{config.kubernetes.io/function: '{annotation}'}}}}\n"
        );
        fails(
            &[
                (
                    "kustomization.yaml",
                    &format!("{field}: [plugin/runner.yaml]\n"),
                ),
                ("plugin/runner.yaml", &plugin),
            ],
            "",
            "plugin/runner.yaml: ",
        );
    }
}

#[test]
fn a_programs_own_generator_makes_objects() {
    let files = [
        (
            "kustomization.yaml",
            "namePrefix: my-\ngenerators: [plugin.yaml]\n",
        ),
        (
            "plugin.yaml",
            "apiVersion: example.com/v1\nkind: Motd\nmetadata: {name: x}\ntext: hello\n",
        ),
    ];
    let options = Options::default().plugin(
        "Motd",
        Arc::new(|config, _| {
            Ok(vec![json!({
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "motd"}, "data": {"text": config["text"]},
            })])
        }),
    );
    let output = build(&tree(&files), &TreePath::root(), &options).unwrap();
    let values = output.into_values();
    assert_eq!(values[0]["metadata"]["name"], "my-motd");
    assert_eq!(values[0]["data"]["text"], "hello");
}

/// Repositories that note what they were asked for.
struct Repositories(Mutex<Vec<Location>>);

impl Remotes for Repositories {
    fn tree(&self, location: &Location) -> Result<Arc<dyn Tree>, gitops_core::source::Error> {
        self.0.lock().unwrap().push(location.clone());
        let tree = MemoryTree::new()
            .with_file("deploy/kustomization.yaml", "resources: [map.yaml]\n")
            .and_then(|tree| tree.with_file("deploy/map.yaml", MAP))
            .unwrap();
        Ok(Arc::new(tree))
    }
}

#[test]
fn remote_bases_come_from_the_sources() {
    let repositories = Repositories(Mutex::default());
    let text = "namePrefix: my-\nresources: ['https://example.org/org/repo//deploy?ref=v1']\n";
    let files = tree(&[("kustomization.yaml", text)]);
    let output = build_with(
        &files,
        &TreePath::root(),
        &Options::default(),
        &repositories,
        |_| Ok(()),
    );
    assert_eq!(output.unwrap().into_values()[0]["metadata"]["name"], "my-a");
    let asked = repositories.0.into_inner().unwrap();
    assert_eq!(asked, [Location::git("https://example.org/org/repo", "v1")]);
}

#[test]
fn values_are_added_to_targets_of_the_plugin_and_of_a_file() {
    let plugin = "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: x}\ntargets: [{fieldPath: data/folder}]\ntargetFilePath: targets.yaml\n";
    let files = [
        (
            "shop/kustomization.yaml",
            "resources: [map.yaml]\ntransformers: [plugin.yaml]\n",
        ),
        ("shop/map.yaml", MAP),
        ("shop/plugin.yaml", plugin),
        (
            "shop/targets.yaml",
            "targets: [{fieldPath: data/path, filePathPosition: 1}]\n",
        ),
    ];
    let output = build(
        &tree(&files),
        &TreePath::new("shop").unwrap(),
        &Options::default(),
    );
    let values = output.unwrap().into_values();
    assert_eq!(
        values[0]["data"],
        json!({"folder": "shop", "k": "v", "path": "shop"})
    );
}
