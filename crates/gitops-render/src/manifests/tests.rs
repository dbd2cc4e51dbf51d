use gitops_core::api::{ApplicationSource, DirectorySource};
use gitops_core::render::{Error, Rendered, Request};
use gitops_core::{Renderer, TreePath};

use super::Manifests;
use crate::memory::MemoryTree;

const FILES: &[(&str, &str)] = &[
    (
        "deploy/b.yaml",
        "{apiVersion: v1, kind: Namespace, metadata: {name: b}}",
    ),
    (
        "deploy/a.yml",
        "{apiVersion: v1, kind: Namespace, metadata: {name: a}}",
    ),
    (
        "deploy/c.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"c\"}}",
    ),
    (
        "deploy/d.txt",
        "{apiVersion: v1, kind: Namespace, metadata: {name: d}}",
    ),
    (
        "deploy/sub/e.yaml",
        "{apiVersion: v1, kind: Namespace, metadata: {name: e}}",
    ),
    (
        "deploy/.git/f.yaml",
        "{apiVersion: v1, kind: Namespace, metadata: {name: f}}",
    ),
];

fn tree(files: &[(&str, &str)]) -> MemoryTree {
    files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
        tree.with_file(path, text).unwrap()
    })
}

fn render(tree: &MemoryTree, directory: DirectorySource) -> Result<Rendered, Error> {
    let path = TreePath::new("deploy").unwrap();
    let mut source = ApplicationSource::default();
    source.directory = Some(directory);
    Manifests::default().render(&Request::new(tree, &path, &source))
}

#[track_caller]
fn gives(directory: DirectorySource, expected: &[&str]) {
    let rendered = render(&tree(FILES), directory).unwrap();
    let names: Vec<&str> = rendered
        .objects
        .iter()
        .map(|object| object.name())
        .collect();
    assert_eq!(names, expected);
}

#[track_caller]
fn refuses(files: &[(&str, &str)], message: &str) {
    let error = render(&tree(files), DirectorySource::default()).unwrap_err();
    assert_eq!(error.to_string(), message);
}

fn directory(set: impl FnOnce(&mut DirectorySource)) -> DirectorySource {
    let mut directory = DirectorySource::default();
    directory.recurse = true;
    set(&mut directory);
    directory
}

#[test]
fn a_folder_gives_its_own_manifests_in_the_order_of_their_names() {
    gives(DirectorySource::default(), &["a", "b", "c"]);
}

#[test]
fn subfolders_count_when_asked_for_but_hidden_ones_never() {
    gives(directory(|_| {}), &["a", "b", "c", "e"]);
}

#[test]
fn globs_choose_files_by_their_path_and_exclude_wins() {
    gives(directory(|it| it.include = "*.yaml".into()), &["b", "e"]);
    gives(
        directory(|it| it.include = "{a.yml,sub/*}".into()),
        &["a", "e"],
    );
    gives(
        directory(|it| it.exclude = "sub/*".into()),
        &["a", "b", "c"],
    );
    gives(
        directory(|it| {
            it.include = "*.yaml".into();
            it.exclude = "b*".into();
        }),
        &["e"],
    );
}

#[test]
fn any_extension_counts_when_asked_for() {
    gives(
        directory(|it| it.disable_extension_filter = true),
        &["a", "b", "c", "d", "e"],
    );
}

#[test]
fn a_bad_glob_is_named() {
    let error = render(&tree(FILES), directory(|it| it.exclude = "[".into())).unwrap_err();
    assert_eq!(
        error.to_string(),
        "directory.exclude: bad glob \"[\": unclosed character class; missing ']'"
    );
}

#[test]
fn what_is_no_manifest_is_passed_over() {
    let files = tree(&[
        ("deploy/values.yaml", "replicas: 3\nimage: web\n"),
        (
            "deploy/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        ),
        ("deploy/template.yaml", "{{- if .Values.on }}\na: [\n"),
        ("deploy/list.yaml", "- a\n- b\n"),
        (
            "deploy/skip.yaml",
            "# +argocd:skip-file-rendering\nkind: Broken\n",
        ),
        ("deploy/empty.yaml", "# nothing\n---\n"),
    ]);
    let rendered = render(&files, DirectorySource::default()).unwrap();
    assert_eq!(rendered.objects, []);
}

#[test]
fn every_error_is_reported_with_its_file_line_and_column() {
    refuses(
        &[
            (
                "deploy/a.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n---\nkind: Pod\n",
            ),
            ("deploy/b.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {}\n"),
        ],
        "deploy/a.yaml:6:1: field apiVersion must be a non-empty string\n\
         deploy/b.yaml:1:1: Pod has neither metadata.name nor metadata.generateName",
    );
}

#[test]
fn a_manifest_that_cannot_be_read_is_an_error() {
    let error = render(
        &tree(&[(
            "deploy/a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: [a\n",
        )]),
        DirectorySource::default(),
    )
    .unwrap_err();
    assert_eq!(error.path, Some(TreePath::new("deploy/a.yaml").unwrap()));
    assert!(error.line.is_some() && error.column.is_some());
}

#[test]
fn jsonnet_is_refused_by_name() {
    refuses(
        &[("deploy/a.jsonnet", "{}")],
        "deploy/a.jsonnet: Jsonnet is not supported; exclude the file or render it beforehand",
    );
}

#[test]
fn links_are_followed_to_files_inside_the_repository_only() {
    let files = tree(&[(
        "shared/a.yaml",
        "{apiVersion: v1, kind: Namespace, metadata: {name: a}}",
    )])
    .with_link("deploy/a.yaml", "../shared/a.yaml")
    .and_then(|tree| tree.with_link("deploy/gone.yaml", "nowhere.yaml"))
    .and_then(|tree| tree.with_link("deploy/folder", "../shared"))
    .unwrap();
    let rendered = render(&files, DirectorySource::default()).unwrap();
    assert_eq!(rendered.objects.len(), 1);

    let outside = files
        .with_link("deploy/b.yaml", "../../etc/passwd")
        .unwrap();
    let error = render(&outside, DirectorySource::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "deploy/b.yaml: symbolic link leads out of the repository"
    );
}

#[test]
fn size_and_number_of_files_are_bounded() {
    let files = tree(FILES);
    let path = TreePath::new("deploy").unwrap();
    let source = ApplicationSource::default();
    let request = Request::new(&files, &path, &source);
    let error = Manifests::default()
        .max_bytes(60)
        .render(&request)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "deploy: the manifests have more than 60 bytes together"
    );
    let error = Manifests::default()
        .max_files(2)
        .render(&request)
        .unwrap_err();
    assert_eq!(error.to_string(), "deploy: more than 2 files");
}
