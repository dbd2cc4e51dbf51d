use std::fmt::Write as _;

use gitops_core::TreePath;

use super::{build, fails, tree};
use crate::kustomize::{Limits, Options};

#[test]
fn a_thousand_layers_are_refused() {
    let files: Vec<(String, String)> = (0..1_000)
        .map(|at| {
            let text = format!("resources: [../l{}]\n", at + 1);
            (format!("l{at}/kustomization.yaml"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    fails(
        &files,
        "l0",
        "more than 100 layers refer to each other in a row",
    );
}

#[test]
fn bases_that_double_are_refused() {
    let mut files = vec![(
        "l20/kustomization.yaml".to_owned(),
        "resources: []\n".to_owned(),
    )];
    for at in 0..20 {
        let text = format!("resources: [../l{0}, ../l{0}]\n", at + 1);
        files.push((format!("l{at}/kustomization.yaml"), text));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    fails(&files, "l0", "a build of more than 10000 kustomizations");
}

#[test]
fn large_files_and_deep_ones_are_refused() {
    let limits = Limits {
        bytes: 1_000,
        ..Limits::default()
    };
    let text = "a".repeat(2_000);
    let files = tree(&[
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        ("a.yaml", &text),
    ]);
    let error = build(
        &files,
        &TreePath::root(),
        &Options::default().limits(limits),
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("2000 bytes, more than the 1000 allowed"),
        "{error}"
    );
    let deep = format!(
        "apiVersion: v1\nkind: A\nmetadata: {{name: a}}\nx: {}",
        "[".repeat(100_000)
    );
    fails(
        &[
            ("kustomization.yaml", "resources: [a.yaml]\n"),
            ("a.yaml", &deep),
        ],
        "",
        "recursion limit",
    );
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text =
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
            .to_owned();
    for level in 1..20 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{inner}]").unwrap();
    }
    fails(
        &[
            ("kustomization.yaml", "resources: [a.yaml]\n"),
            ("a.yaml", &text),
        ],
        "",
        "excessive aliasing",
    );
}

#[test]
fn links_do_not_leave_the_tree() {
    let files = tree(&[("top/kustomization.yaml", "resources: [a.yaml]\n")])
        .with_link("top/a.yaml", "/etc/passwd")
        .unwrap();
    let path = TreePath::new("top").unwrap();
    let error = build(&files, &path, &Options::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("symbolic link leads out of the repository"),
        "{error}"
    );
}

#[test]
fn a_secrets_literal_stays_out_of_messages() {
    let text = "secretGenerator: [{name: s, literals: ['=hunter2']}]\n";
    let files = tree(&[("kustomization.yaml", text)]);
    let error = build(&files, &TreePath::root(), &Options::default()).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn a_resource_of_a_hundred_megabytes_is_refused() {
    let files = tree(&[("kustomization.yaml", "resources: [a.yaml]\n")])
        .with_file("a.yaml", vec![b'a'; 100 << 20])
        .unwrap();
    let error = build(&files, &TreePath::root(), &Options::default()).unwrap_err();
    let message = "104857600 bytes, more than the 67108864 allowed";
    assert!(error.to_string().contains(message), "{error}");
}

#[test]
fn mistakes_name_the_kustomization_and_the_line() {
    let check = |kustomization: &str, message: &str| {
        let files = [
            ("top/kustomization.yaml", kustomization),
            (
                "top/a.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            ),
            (
                "top/b.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            ),
            (
                "out.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: o}\n",
            ),
        ];
        fails(&files, "top", message);
    };
    let line = |number: usize| format!("top/kustomization.yaml:{number}: ");
    check("resources:\n- a.yaml\n- none.yaml\n", &line(3));
    check(
        "resources:\n  # why\n  - a.yaml\n\n  - ../out.yaml\n",
        &line(5),
    );
    check("resources:\n- a.yaml\n- b.yaml\n", &line(3));
    check("resources:\n- ../top\n", &line(2));
    check("resources:\n- a.yaml\n- ../../base\n", &line(3));
    check("components:\n- none\n", &line(2));
    let patched = |patches: &str| format!("resources: [a.yaml]\npatches:\n{patches}");
    let other = "- patch: |-\n    apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: z}\n";
    let fine = "- patch: '[]'\n  target: {kind: Pod}\n";
    check(&patched(&format!("{fine}{other}")), &line(5));
    check(
        &patched(&format!("{fine}- patch: '[]'\n  target: {{kind: '('}}\n")),
        &line(5),
    );
    let path = "replacements:\n- source: {kind: ConfigMap, fieldPath: data.none}\n  targets: []\n";
    check(&format!("resources: [a.yaml]\n{path}"), &line(2));
    check("resources: [a.yaml]\nimages:\n- name: '('\n", &line(3));
    check(
        "configMapGenerator:\n- name: m\n- name: k\n  files: [none]\n",
        &line(3),
    );
}

#[test]
fn null_in_a_list_is_an_item_that_says_nothing() {
    for (text, message) in [
        ("resources: [null]\n", "new root cannot be empty"),
        ("patches: [~]\n", "must specify one of patch and path"),
    ] {
        fails(&[("kustomization.yaml", text)], "", message);
    }
}

#[test]
fn errors_of_every_field_name_the_line() {
    for (line, message) in [
        ("commonLabels: {a: 5}", "cannot unmarshal number"),
        ("sortOptions: {order: x}", "must be one of"),
        ("openapi: {version: v1.0.0}", "not built in"),
        ("openapi: {path: none.json}", "none.json"),
        ("crds: [none.json]", "none.json"),
        ("configurations: [none.yaml]", "none.yaml"),
        ("images: [{name: a, newTagg: b}]", "did you mean newTag?"),
    ] {
        let text = format!("resources: []\n\n{line}\n");
        for part in ["kustomization.yaml:3: ", message] {
            fails(&[("kustomization.yaml", &text)], "", part);
        }
    }
}
