use gitops_core::api::ApplicationSource;

use super::*;
use crate::memory::MemoryTree;

fn tree(files: &[(&str, &str)]) -> MemoryTree {
    MemoryTree::try_from(files.to_vec()).unwrap()
}

fn map(name: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n")
}

/// The names of the objects that `directory` (YAML) finds in the tree's `app`.
fn render(tree: &MemoryTree, directory: &str) -> Result<Rendered, Error> {
    let value = gitops_core::yaml::read(directory, &gitops_core::yaml::Options::default());
    let mut source = ApplicationSource::default();
    source.directory = serde_json::from_value(value.unwrap()).unwrap();
    let folder = TreePath::new("app").unwrap();
    Manifests::default().render(&Request::new(tree, &folder, &source))
}

#[track_caller]
fn names(tree: &MemoryTree, directory: &str, expected: &[&str]) {
    let rendered = render(tree, directory).unwrap();
    let names: Vec<&str> = rendered.objects.iter().map(Object::name).collect();
    assert_eq!(names, expected);
}

#[track_caller]
fn fails(files: &[(&str, &str)], expected: &str) {
    assert_eq!(
        render(&tree(files), "recurse: true")
            .unwrap_err()
            .to_string(),
        expected
    );
}

fn shop() -> MemoryTree {
    tree(&[
        ("app/a.yaml", &map("a")),
        ("app/b/b.yml", &map("b")),
        (
            "app/b/deep/c.json",
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}"#,
        ),
        ("app/b.yaml", &map("b2")),
        ("app/notes.txt", &map("text")),
        ("app/UPPER.YAML", &map("upper")),
        ("other/d.yaml", &map("d")),
    ])
}

#[test]
fn files_are_read_by_name() {
    names(&shop(), "{}", &["a", "b2"]);
    names(&shop(), "recurse: true", &["a", "b", "c", "b2"]);
}

#[test]
fn globs_choose_and_exclude_wins() {
    names(&shop(), "{recurse: true, include: '*.yaml'}", &["a", "b2"]);
    names(
        &shop(),
        "{recurse: true, include: '{a.yaml,b/*}'}",
        &["a", "b", "c"],
    );
    names(&shop(), "{recurse: true, exclude: 'b/*'}", &["a", "b2"]);
    names(
        &shop(),
        "{recurse: true, include: '*', exclude: '*.y*ml'}",
        &["c"],
    );
    assert!(render(&shop(), "include: '[a'").is_err());
}

#[test]
fn the_extension_filter_can_be_off() {
    names(
        &shop(),
        "disableExtensionFilter: true",
        &["upper", "a", "b2", "text"],
    );
}

#[test]
fn several_documents_and_lists_are_unrolled() {
    let text = format!("---\n{}---\n# nothing\n---\n{}", map("a"), map("b"));
    let list =
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: c}}\n";
    let tree = tree(&[("app/1.yaml", &text), ("app/2.yaml", list)]);
    names(&tree, "{}", &["a", "b", "c"]);
}

#[test]
fn what_is_no_manifest_is_passed_over() {
    let tree = tree(&[
        ("app/values.yaml", "replicas: 2\n"),
        ("app/template.yaml", "name: {{ .Values.name }}\n"),
        ("app/package.json", r#"{"name": "x", "version": "1.0.0"}"#),
        (
            "app/skip.yaml",
            "# +argocd:skip-file-rendering\nkind: [\napiVersion: \nmetadata: ",
        ),
        ("app/empty.yaml", ""),
        ("app/list.yaml", "- a\n- b\n"),
        ("app/z.yaml", &map("z")),
    ]);
    names(&tree, "{}", &["z"]);
}

#[test]
fn errors_name_file_line_and_column() {
    fails(
        &[(
            "app/a.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  name: b\n",
        )],
        "app/a.yaml:5:3: key \"name\" is already set in this map",
    );
    fails(
        &[("app/a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {}\n")],
        "app/a.yaml:1:1: Pod has neither metadata.name nor metadata.generateName",
    );
    fails(
        &[("app/a.json", "{\n\"kind\": }")],
        "app/a.json:2:9: expected value",
    );
    fails(&[("app/a.json", "")], "app/a.json: the file is empty");
    fails(
        &[("app/a.json", r#"{"kind":"a"}{"kind":"b"}"#)],
        "app/a.json: a JSON file may hold one object only; use a List or several files",
    );
    fails(
        &[("app/a.jsonnet", "{}")],
        "app/a.jsonnet: Jsonnet is not evaluated here; commit what it makes, or exclude the file",
    );
}

#[test]
fn one_bad_file_does_not_hide_another() {
    let good = map("good");
    let broken = format!("{}---\nreplicas: 2\n", map("x"));
    let error = render(
        &tree(&[
            ("app/a.yaml", &broken),
            ("app/b.yaml", &good),
            ("app/c.json", "{"),
        ]),
        "{}",
    );
    let lines = error.unwrap_err().to_string();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines[0], "2 errors:");
    assert!(lines[1].starts_with("app/a.yaml:6:1: "), "{}", lines[1]);
    assert!(lines[2].starts_with("app/c.json:1:1: "), "{}", lines[2]);
}

#[test]
fn links_are_followed_inside_the_repository() {
    let tree = tree(&[("shared/a.yaml", &map("a"))])
        .with_link("app/a.yaml", "../shared/a.yaml")
        .and_then(|tree| tree.with_link("app/gone.yaml", "nowhere"))
        .and_then(|tree| tree.with_link("app/folder.yaml", "../shared"))
        .and_then(|tree| tree.with_link("app/folder", "../shared"))
        .unwrap();
    let rendered = render(&tree, "recurse: true").unwrap();
    assert_eq!(rendered.objects.len(), 1);
    assert_eq!(
        rendered.warnings,
        [
            "app/folder.yaml: ignored, a symbolic link to something that is no file",
            "app/gone.yaml: ignored, a symbolic link that leads nowhere",
        ]
    );
    let outside = tree.with_link("app/out.yaml", "../../etc/passwd").unwrap();
    assert_eq!(
        render(&outside, "{}").unwrap_err().to_string(),
        "app/out.yaml: symbolic link leads out of the repository"
    );
}

#[test]
fn a_missing_folder_is_named() {
    let tree = tree(&[("other/a.yaml", "")]);
    assert_eq!(
        render(&tree, "{}").unwrap_err().to_string(),
        "app: no such folder; check the application's path"
    );
    let source = ApplicationSource::default();
    let folder = TreePath::new("app").unwrap();
    let request = Request::new(&tree, &folder, &source);
    assert!(!Manifests::default().detects(&request).unwrap());
}

#[test]
fn bounds_are_told() {
    let tree = shop();
    let (folder, source) = (TreePath::new("app").unwrap(), ApplicationSource::default());
    let request = Request::new(&tree, &folder, &source);
    let told = |manifests: Manifests| manifests.render(&request).unwrap_err().to_string();
    assert_eq!(
        told(Manifests::default().max_bytes(100)),
        "the manifests are larger than 100 bytes together; exclude files or raise the limit"
    );
    assert_eq!(
        told(Manifests::default().max_objects(1)),
        "the manifests hold more than 1 objects; split the folder or raise the limit"
    );
    assert_eq!(
        told(Manifests::default().max_files(1)),
        "app: more than 1 manifests, or too many files; exclude some or raise the limit"
    );
}

#[test]
fn the_example_applications_render() {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/apps");
    if !data.exists() {
        eprintln!("skipped: the example applications are missing");
        return;
    }
    let tree = crate::directory::DirectoryTree::new(data);
    let mut source = ApplicationSource::default();
    let mut directory = DirectorySource::default();
    directory.recurse = true;
    source.directory = Some(directory);
    for folder in ["guestbook", "sync-waves", "pre-post-sync", "sock-shop/base"] {
        let folder = TreePath::new(folder).unwrap();
        let rendered = Manifests::default().render(&Request::new(&tree, &folder, &source));
        assert!(!rendered.unwrap().objects.is_empty(), "{folder}");
    }
}
