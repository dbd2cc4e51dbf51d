use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use super::{Arguments, judge};

/// Writes `files` into a folder and judges objects with the arguments, in which
/// `@` stands for the folder.
#[track_caller]
fn lines(files: &[(&str, &str)], arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let root = folder.path().display().to_string();
    let arguments = arguments
        .iter()
        .map(|argument| argument.replace('@', &root));
    let arguments = Arguments::parse_from(["health".to_owned()].into_iter().chain(arguments));
    judge(&arguments)
        .unwrap()
        .map(|line| serde_json::to_string(&line).unwrap().replace(&root, "@"))
        .collect()
}

const CERTIFICATE: &str = "
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web, namespace: shop}
status: {conditions: [{type: Ready, status: 'True', message: up to date}]}
";

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: two}
";

#[test]
fn an_object_is_one_line_with_its_fields_in_order() {
    assert_eq!(
        lines(&[("a.yaml", CERTIFICATE)], &["@/a.yaml"]),
        [
            r#"{"file":"@/a.yaml","group":"cert-manager.io","version":"v1","kind":"Certificate","namespace":"shop","name":"web","status":"Healthy","message":"up to date","check":"bundled cert-manager.io/Certificate"}"#
        ],
    );
}

#[test]
fn where_no_check_applies_the_status_is_null() {
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: a}}";
    assert_eq!(
        lines(&[("a.yaml", secret)], &["@/a.yaml"]),
        [
            r#"{"file":"@/a.yaml","group":"","version":"v1","kind":"Secret","namespace":"","name":"a","status":null,"message":"","check":null}"#
        ],
    );
}

#[test]
fn a_failed_check_has_an_error() {
    assert_eq!(
        lines(&[("a.yaml", DEPLOYMENT)], &["@/a.yaml"]),
        [
            r#"{"file":"@/a.yaml","group":"apps","version":"v1","kind":"Deployment","namespace":"shop","name":"web","status":"Unknown","message":"failed to convert unstructured Deployment to typed: unrecognized type: int32","check":"builtin apps/Deployment","error":"failed to convert unstructured Deployment to typed: unrecognized type: int32"}"#
        ],
    );
    let files = [("a.yaml", CERTIFICATE), ("a.lua", "error('no idea', 0)")];
    assert_eq!(
        lines(&files, &["@/a.yaml", "--lua", "@/a.lua"]),
        [
            r#"{"file":"@/a.yaml","group":"cert-manager.io","version":"v1","kind":"Certificate","namespace":"shop","name":"web","status":"Unknown","message":"no idea","check":"lua a.lua","error":"failed to get resource health for shop/web: no idea"}"#
        ],
    );
}

#[test]
fn a_file_without_an_object_is_told_and_the_others_are_judged() {
    let files = [("bad.yaml", "[1"), ("a.yaml", CERTIFICATE)];
    let lines = lines(&files, &["@/bad.yaml", "@/none.yaml", "@/a.yaml"]);
    assert!(lines[0].contains(r#""status":null"#) && lines[0].contains(r#""error":"#));
    assert!(lines[1].contains("No such file"), "{}", lines[1]);
    assert!(lines[2].contains("Healthy"));
}

/// The status and the check of the first line.
#[track_caller]
fn decided(files: &[(&str, &str)], arguments: &[&str]) -> (String, String) {
    let line: serde_json::Value = serde_json::from_str(&lines(files, arguments)[0]).unwrap();
    let field = |name: &str| line[name].as_str().unwrap_or("null").to_owned();
    (field("status"), field("check"))
}

#[track_caller]
fn check(files: &[(&str, &str)], arguments: &[&str], status: &str, by: &str) {
    let found = decided(files, arguments);
    assert_eq!(found, (status.to_owned(), by.to_owned()));
}

#[test]
fn scripts_of_a_folder_are_chosen_by_group_and_kind() {
    let files = [
        ("a.yaml", CERTIFICATE),
        (
            "lua/cert-manager.io/Certificate/health.lua",
            "return {status = 'Degraded'}",
        ),
        ("lua/_.io/_/health.lua", "return {status = 'Suspended'}"),
        (
            "b.yaml",
            "{apiVersion: example.io/v1, kind: Other, metadata: {name: a}}",
        ),
        (
            "c.yaml",
            "{apiVersion: example.org/v1, kind: Other, metadata: {name: a}}",
        ),
    ];
    let with = |file| [file, "--lua", "@/lua"];
    check(
        &files,
        &with("@/a.yaml"),
        "Degraded",
        "customization cert-manager.io/Certificate",
    );
    check(
        &files,
        &with("@/b.yaml"),
        "Suspended",
        "customization *.io/*",
    );
    check(&files, &with("@/c.yaml"), "null", "null");
}

#[test]
fn customizations_come_before_what_is_bundled() {
    let config = "
kind: ConfigMap
data:
  resource.customizations.health.cert-manager.io_Certificate: |
    return {status = 'Suspended'}
";
    let files = [("a.yaml", CERTIFICATE), ("cm.yaml", config)];
    let arguments = ["@/a.yaml", "--customizations", "@/cm.yaml"];
    check(
        &files,
        &arguments,
        "Suspended",
        "customization cert-manager.io/Certificate",
    );
    let alone = [&arguments[..], &["--only", "bundled"]].concat();
    check(
        &files,
        &alone,
        "Healthy",
        "bundled cert-manager.io/Certificate",
    );
}

#[test]
fn what_is_being_deleted_is_judged_only_where_one_sort_of_check_is_asked() {
    let deleted = CERTIFICATE.replace(
        "{name: web",
        "{deletionTimestamp: '2026-01-01T00:00:00Z', name: web",
    );
    let files = [("a.yaml", deleted.as_str())];
    check(&files, &["@/a.yaml"], "Progressing", "deletion");
    check(
        &files,
        &["@/a.yaml", "--only", "builtin"],
        "Progressing",
        "deletion",
    );
    let by = "bundled cert-manager.io/Certificate";
    check(&files, &["@/a.yaml", "--only", "bundled"], "Healthy", by);
}

#[test]
fn unknown_kinds_are_judged_by_convention_on_request() {
    let unknown = CERTIFICATE.replace("cert-manager.io", "example.org");
    let files = [("a.yaml", unknown.as_str())];
    check(&files, &["@/a.yaml"], "null", "null");
    check(&files, &["@/a.yaml", "--generic"], "Healthy", "conventions");
}

/// The rows of an index of the shared data; says that the test is skipped where it is absent.
fn index(folder: &str) -> Option<(PathBuf, Vec<Vec<String>>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/health");
    let root = root.join(folder);
    let Ok(text) = fs::read_to_string(root.join("index.tsv")) else {
        println!("skipped: {} is absent", root.display());
        return None;
    };
    let rows = text
        .lines()
        .skip(1)
        .map(|row| row.split('\t').map(str::to_owned).collect());
    Some((root, rows.collect()))
}

/// Judges every file of an index by one sort of check and compares the statuses.
#[track_caller]
fn agrees(folder: &str, sort: &str, [file, status]: [usize; 2]) {
    let Some((root, rows)) = index(folder) else {
        return;
    };
    let files = rows
        .iter()
        .map(|row| root.join(&row[file]).display().to_string());
    let fixed = ["health", "--only", sort].map(str::to_owned);
    let arguments = Arguments::parse_from(fixed.into_iter().chain(files));
    for (line, row) in judge(&arguments).unwrap().zip(&rows) {
        let line = serde_json::to_value(&line).unwrap();
        let found = line["status"].as_str().unwrap_or("none");
        assert_eq!(found, row[status], "{}", row[file]);
    }
}

#[test]
fn the_compiled_checks_agree_with_the_index() {
    agrees("builtin", "builtin", [0, 1]);
}

#[test]
fn the_bundled_checks_agree_with_the_index() {
    agrees("custom", "bundled", [2, 3]);
}
