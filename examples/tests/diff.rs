//! The example `diff` as a person and a pull request's check run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const APPLICATION: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  source: {repoURL: https://git.example.org/shop, path: manifests, targetRevision: HEAD}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
  ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]
";

/// What is exported from a cluster: a list, as `kubectl get -o yaml` writes it.
const LIVE: &str = r#"
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
    namespace: shop
    annotations: {argocd.argoproj.io/tracking-id: "shop:apps/Deployment:shop/web"}
  spec:
    replicas: 5
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        restartPolicy: Always
        containers: [{name: web, image: "example.org/web:1", imagePullPolicy: IfNotPresent}]
- apiVersion: v1
  kind: Secret
  metadata:
    name: token
    namespace: shop
    annotations: {argocd.argoproj.io/tracking-id: "shop:/Secret:shop/token"}
  data: {token: b2xkLXRva2Vu}
"#;

const WANTED: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'example.org/web:1'}]}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {token: old-token}
";

/// The example's program, which cargo builds beside its tests.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples/diff")
}

struct Folder(TempDir);

impl Folder {
    fn new(wanted: &str) -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("app.yaml", APPLICATION);
        folder.write("live/all.yaml", LIVE);
        folder.write("wanted/all.yaml", wanted);
        folder
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn run(&self, arguments: &str) -> Output {
        let mut command = Command::new(program());
        command.current_dir(self.0.path());
        command.args(arguments.split_whitespace()).output().unwrap()
    }

    /// The exit code and what is printed.
    #[track_caller]
    fn check(&self, arguments: &str, code: i32) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}

const APP: &str = "--app app.yaml --live live --local wanted";

#[test]
fn an_application_in_sync_ends_with_nought() {
    let folder = Folder::new(&WANTED.replace("replicas: 1", "replicas: 5"));
    assert_eq!(folder.check(&format!("{APP} --exit-code"), 0), "");
    assert_eq!(
        folder.check(&format!("{APP} --exit-code --output json"), 0),
        "[]\n"
    );
}

#[test]
fn what_a_rule_hid_is_told_and_is_no_difference() {
    let folder = Folder::new(WANTED);
    let line =
        ".spec.replicas: ignored by pointer \"/spec/replicas\" (ignore rule for apps/Deployment)\n";
    let key = "apps/Deployment/shop/web:";
    let text = folder.check(&format!("{APP} --exit-code"), 0);
    assert_eq!(text, format!("# {key} {line}"));
    let paths = folder.check(&format!("{APP} --exit-code --output paths"), 0);
    assert_eq!(paths, format!("{key}\n  {line}"));
    let json = folder.check(&format!("{APP} --exit-code --output json"), 0);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["modified"], false);
    assert_eq!(json[0]["ignored"][0]["path"], ".spec.replicas");
    assert_eq!(json[0]["ignored"][0]["jsonPointer"], "/spec/replicas");
}

#[test]
fn a_difference_ends_with_one_where_that_is_asked_for() {
    let folder = Folder::new(&WANTED.replace("web:1", "web:2"));
    let text = folder.check(&format!("{APP} --exit-code"), 1);
    assert!(text.contains("-      - image: example.org/web:1"), "{text}");
    assert!(text.contains("+      - image: example.org/web:2"), "{text}");
    assert_eq!(folder.check(APP, 0), text);
    let paths = folder.check(&format!("{APP} --output paths"), 0);
    let line = r#".spec.template.spec.containers[name="web"].image: "example.org/web:1" -> "example.org/web:2" (drift)"#;
    assert!(paths.contains(line), "{paths}");
    let json: Value =
        serde_json::from_str(&folder.check(&format!("{APP} --output json"), 0)).unwrap();
    assert_eq!(json[0]["object"]["name"], "web");
    assert_eq!(json[0]["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn what_only_one_side_has_is_named() {
    let only_new = "{apiVersion: v1, kind: ConfigMap, metadata: {name: new}}";
    let folder = Folder::new(only_new);
    let paths = folder.check(&format!("{APP} --output paths --exit-code"), 1);
    assert!(paths.contains("/ConfigMap/shop/new: new\n"), "{paths}");
    assert!(
        paths.contains("apps/Deployment/shop/web: no longer wanted\n"),
        "{paths}"
    );
}

#[test]
fn no_output_shows_what_a_secret_holds() {
    let folder = Folder::new(&WANTED.replace("old-token", "new-token"));
    for output in ["text", "paths", "json"] {
        let shown = folder.check(&format!("{APP} --exit-code --output {output}"), 1);
        assert!(shown.contains("++++++++"), "{shown}");
        for hidden in ["new-token", "bmV3LXRva2Vu", "b2xkLXRva2Vu"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}

#[test]
fn a_local_folder_may_be_the_whole_repository() {
    let folder = Folder::new("{apiVersion: v1, kind: ConfigMap, metadata: {name: beside}}");
    folder.write("wanted/manifests/all.yaml", WANTED);
    let paths = folder.check(&format!("{APP} --output paths --exit-code"), 0);
    assert!(!paths.contains("beside"), "{paths}");
}

#[test]
fn an_error_ends_with_two() {
    let folder = Folder::new(WANTED);
    folder.write("broken.yaml", "a: [");
    for arguments in [
        "",
        "--app nosuch.yaml --live live --local wanted",
        "--app broken.yaml --live live --local wanted",
        "--app app.yaml --live nosuch --local wanted",
        "--app app.yaml --live live --local nosuch",
        "--cases nosuch.jsonl",
        "broken.yaml broken.yaml",
        "--nonsense",
    ] {
        folder.check(arguments, 2);
    }
}

fn two_files() -> Folder {
    let folder = Folder::new(WANTED);
    let config = |data: &str| {
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: {data}}}")
    };
    folder.write("target.yaml", &config("{a: '1', b: '2'}"));
    folder.write("live.yaml", &config("{a: '1', b: '3', c: '4'}"));
    folder.write(
        "ignore.yaml",
        "- {group: '', kind: ConfigMap, jsonPointers: [/data/b]}",
    );
    folder
}

#[test]
fn two_files_are_compared_by_every_strategy() {
    let folder = two_files();
    for strategy in ["two-way", "three-way", "structured", "server-side"] {
        let arguments = format!("target.yaml live.yaml --strategy {strategy} --exit-code");
        let text = folder.check(&arguments, 1);
        assert!(
            text.contains("-  b: \"3\"\n+  b: \"2\""),
            "{strategy}: {text}"
        );
        let hidden = folder.check(&format!("{arguments} --ignore ignore.yaml"), 0);
        let line = "# .data.b: ignored by pointer \"/data/b\" (ignore rule for /ConfigMap)\n";
        assert_eq!(hidden, line, "{strategy}");
        folder.check(
            &format!("target.yaml target.yaml --strategy {strategy} --exit-code"),
            0,
        );
    }
}

/// Runs the program on one case a line.
fn judged(cases: &[&str]) -> Vec<Value> {
    let folder = Folder::new(WANTED);
    folder.write("cases.jsonl", &cases.join("\n"));
    let text = folder.check("--cases cases.jsonl", 0);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_case_has_an_answer() {
    let target = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"replicas": 1}}"#;
    let live = target.replace('1', "2").replace("apps/v2", "apps/v1");
    let pair = format!(r#""target": {target}, "live": {live}"#);
    let rule = r#"{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}"#;
    let overrides =
        r#"{"apps/Deployment": {"ignoreDifferences": "jsonPointers:\n- /spec/replicas\n"}}"#;
    let answers = judged(&[
        &format!("{{{pair}}}"),
        &format!(r#"{{{pair}, "ignore": [{rule}]}}"#),
        &format!(
            r#"{{{pair}, "overrides": {overrides}, "options": {{"ignoreAggregatedRoles": true}}}}"#
        ),
        &format!(r#"{{"target": {target}, "live": null}}"#),
        &format!(r#"{{"target": null, "live": {target}}}"#),
        r#"{"target": null, "live": null}"#,
        "this is no JSON",
        &format!(
            r#"{{{pair}, "ignore": [{{"kind": "Deployment", "jqPathExpressions": [".a["]}}]}}"#
        ),
    ]);
    let modified: Vec<bool> = answers
        .iter()
        .map(|answer| answer["modified"] == true)
        .collect();
    assert_eq!(
        modified,
        [true, false, false, true, false, false, false, false]
    );
    let failed: Vec<bool> = answers
        .iter()
        .map(|answer| answer.get("error").is_some())
        .collect();
    assert_eq!(
        failed,
        [false, false, false, false, false, true, true, true]
    );
    assert_eq!(answers[0]["predicted"]["spec"]["replicas"], 1);
    assert_eq!(answers[0]["live"]["spec"]["replicas"], 2);
    assert_eq!(answers[3]["live"], Value::Null);
    assert_eq!(answers[4]["predicted"], Value::Null);
}

/// A file of the workspace's shared data, where that is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/diff")
        .join(name);
    if !path.is_file() {
        println!("skipped: {} is not there", path.display());
    }
    path.is_file().then_some(path)
}

#[test]
fn a_dry_runs_answer_is_read_from_a_file() {
    let Some(index) = shared("index.tsv") else {
        return;
    };
    let folder = index.parent().unwrap();
    let text = std::fs::read_to_string(&index).unwrap();
    let rows = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let rows = rows.filter(|row| row[3] == "server-side" && row[4].is_empty());
    for row in rows {
        let file = |column: usize| folder.join(row[column]).display().to_string();
        let (target, live, answer) = (file(0), file(1), file(2));
        let arguments = [
            &target,
            &live,
            "--strategy",
            "server-side",
            "--answer",
            &answer,
            "--exit-code",
        ];
        let code = i32::from(row[5] == "true");
        let output = Command::new(program()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{row:?}");
    }
}
