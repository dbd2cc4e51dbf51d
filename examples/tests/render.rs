//! The example `render kustomize` as the program it stands in for is run.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: m\n";
const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";

/// The example's program, which cargo builds beside its tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples/render")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The exit code, and what is printed on each stream.
fn build(folder: &TempDir, arguments: &str) -> (Option<i32>, String, String) {
    let mut command = Command::new(program());
    command.current_dir(folder.path()).arg("kustomize");
    let output = command.args(arguments.split_whitespace()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_stream_is_printed_and_the_order_is_asked_for() {
    let files = [
        ("app/kustomization.yaml", "resources: [m.yaml, n.yaml]\n"),
        ("app/m.yaml", MAP),
        ("app/n.yaml", NAMESPACE),
    ];
    let folder = folder(&files);
    let sorted = format!("{NAMESPACE}---\n{MAP}");
    assert_eq!(
        build(&folder, "app"),
        (Some(0), sorted.clone(), String::new())
    );
    assert_eq!(build(&folder, "app --reorder legacy").1, sorted);
    let (code, stream, _) = build(&folder, "app --reorder none");
    assert_eq!((code, stream), (Some(0), format!("{MAP}---\n{NAMESPACE}")));
}

#[test]
fn a_file_outside_needs_the_restrictor_lifted() {
    let files = [
        ("app/kustomization.yaml", "resources: [../m.yaml]\n"),
        ("m.yaml", MAP),
    ];
    let folder = folder(&files);
    let (code, stream, error) = build(&folder, "app");
    assert_eq!((code, stream.as_str()), (Some(1), ""));
    assert!(
        error.contains("kustomization.yaml:1: ") && error.contains("m.yaml"),
        "{error}"
    );
    let strict = "app --load-restrictor LoadRestrictionsRootOnly";
    assert_eq!(build(&folder, strict).0, Some(1));
    let lifted = build(&folder, "app --load-restrictor LoadRestrictionsNone");
    assert_eq!(lifted, (Some(0), MAP.to_owned(), String::new()));
}

#[test]
fn charts_need_helm_enabled() {
    let files = [
        (
            "app/kustomization.yaml",
            "helmCharts: [{name: c, releaseName: r}]\n",
        ),
        (
            "app/charts/c/Chart.yaml",
            "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        ),
        ("app/charts/c/templates/m.yaml", MAP),
    ];
    let folder = folder(&files);
    let (code, _, error) = build(&folder, "app");
    assert_eq!(code, Some(1));
    assert!(error.contains("must specify --enable-helm"), "{error}");
    assert_eq!(
        build(&folder, "app --enable-helm"),
        (Some(0), MAP.to_owned(), String::new())
    );
}

#[test]
fn what_is_no_kustomization_and_what_is_no_flag_fail() {
    let folder = folder(&[("app/m.yaml", MAP)]);
    let (code, stream, error) = build(&folder, "app");
    assert_eq!((code, stream.as_str()), (Some(1), ""));
    assert!(error.contains("kustomization.yaml"), "{error}");
    assert_eq!(build(&folder, "none").0, Some(1));
    assert_eq!(build(&folder, "app --none").0, Some(2));
}
