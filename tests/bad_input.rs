//! What goes wrong is named, nothing is half-done, and the next run continues.

use std::error::Error as _;
use std::process::Command;
use std::sync::Arc;

use gitops_core::api::{Application, ApplicationSource, Destination, SyncOperation};
use gitops_core::{Applier, GroupVersionKind};
use gitops_health::Builtin;
use gitops_render::git::Git;
use gitops_render::manifests::Manifests;
use gitops_render::memory::{MemorySource, MemoryTree};
use gitops_sync::engine::{Engine, Error, Report};
use gitops_sync::machine::ResultCode;
use gitops_sync::memory::Cluster;

const REPO: &str = "memory://shop";

const GOOD: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: good}
";

/// An application of a tree in memory, and the cluster it goes to.
struct Stage {
    source: Arc<MemorySource>,
    cluster: Cluster,
    engine: Engine,
    shop: Application,
}

impl Stage {
    fn new(files: &[(&str, &str)]) -> Self {
        let source = Arc::new(MemorySource::new(REPO));
        let cluster = Cluster::new();
        let engine = Engine::new(Arc::new(cluster.clone()))
            .source(Arc::clone(&source))
            .renderer(Manifests::default())
            .health(Builtin);
        let stage = Self {
            source,
            cluster,
            engine,
            shop: application(REPO, "default"),
        };
        stage.commit(files);
        stage
    }

    fn commit(&self, files: &[(&str, &str)]) {
        let tree = files.iter().fold(MemoryTree::new(), |tree, (path, text)| {
            tree.with_file(path, text).unwrap()
        });
        self.source.push(tree);
    }

    async fn sync(&self) -> Result<Report, Error> {
        let run = self.engine.sync(&self.shop, &SyncOperation::default());
        run.report().await
    }

    async fn fails(&self, expected: &str) {
        assert_eq!(text(&self.sync().await.unwrap_err()), expected);
        assert_eq!(self.config_maps().await, [""; 0], "something was applied");
    }

    /// The names of the ConfigMaps that were synced.
    async fn config_maps(&self) -> Vec<String> {
        let kind = GroupVersionKind::new("", "v1", "ConfigMap");
        let list = self.cluster.list(&kind, Some("default")).await.unwrap();
        let names = list.objects.iter().map(|object| object.name().to_owned());
        names.filter(|name| name != "kube-root-ca.crt").collect()
    }
}

fn application(repo_url: &str, namespace: &str) -> Application {
    let source = ApplicationSource::git(repo_url, "deploy", "HEAD");
    Application::new("shop", source, Destination::in_cluster(namespace))
}

/// An error with everything that lies behind it.
fn text(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// What became of each object, as `Kind name: status message`.
fn results(report: &Report) -> Vec<String> {
    let operation = report.operation.as_ref().unwrap();
    let line = |result: &gitops_sync::machine::TaskResult| {
        let status = result
            .status
            .map_or("-".to_owned(), |status| status.to_string());
        format!(
            "{} {}: {status}: {}",
            result.object.kind.kind, result.object.name, result.message
        )
    };
    operation.results().iter().map(line).collect()
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_named() {
    let stage = Stage::new(&[("elsewhere/a.yaml", GOOD)]);
    stage
        .fails("cannot render memory://shop: deploy: app path does not exist")
        .await;
    stage.commit(&[("deploy/a.yaml", GOOD)]);
    assert!(stage.sync().await.unwrap().succeeded());
}

#[tokio::test]
async fn malformed_yaml_is_named_by_file_line_and_column() {
    let stage = Stage::new(&[
        ("deploy/a.yaml", GOOD),
        (
            "deploy/b.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [b\n",
        ),
    ]);
    let error = text(&stage.sync().await.unwrap_err());
    assert!(
        error.starts_with("cannot render memory://shop: deploy/b.yaml:"),
        "{error}"
    );
    let place: Vec<&str> = error.split(':').collect();
    assert!(place[3].parse::<usize>().is_ok(), "no line in {error}");
    assert!(place[4].parse::<usize>().is_ok(), "no column in {error}");
    assert_eq!(stage.config_maps().await, [""; 0]);
    stage.commit(&[("deploy/a.yaml", GOOD)]);
    assert!(stage.sync().await.unwrap().succeeded());
    assert_eq!(stage.config_maps().await, ["good"]);
}

#[tokio::test]
async fn an_object_without_a_name_is_named_by_file_and_line() {
    let stage = Stage::new(&[(
        "deploy/a.yaml",
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {}\n",
    )]);
    let error = text(&stage.sync().await.unwrap_err());
    assert!(error.contains("deploy/a.yaml:2"), "{error}");
    assert!(error.contains("neither metadata.name nor"), "{error}");
}

#[tokio::test]
async fn of_two_objects_with_one_key_the_last_counts_and_a_warning_says_so() {
    let stage = Stage::new(&[
        (
            "deploy/a.yaml",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {v: '1'}}",
        ),
        (
            "deploy/b.yaml",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {v: '2'}}",
        ),
    ]);
    let report = stage.sync().await.unwrap();
    assert!(report.succeeded(), "{report}");
    let conditions = &report.status().conditions;
    assert_eq!(conditions[0].condition_type, "RepeatedResourceWarning");
    assert_eq!(
        conditions[0].message,
        "Resource /ConfigMap/default/a appeared 2 times among application resources."
    );
}

#[tokio::test]
async fn a_kind_the_cluster_does_not_know_fails_its_object_alone_by_name() {
    let stage = Stage::new(&[
        ("deploy/a.yaml", GOOD),
        (
            "deploy/b.yaml",
            "{apiVersion: example.org/v1, kind: Gadget, metadata: {name: b}}",
        ),
    ]);
    let report = stage.sync().await.unwrap();
    assert!(!report.succeeded());
    let named = results(&report);
    assert!(
        named
            .iter()
            .any(|line| line.starts_with("Gadget b: SyncFailed")),
        "{named:?}"
    );
    assert_eq!(stage.config_maps().await, [""; 0], "half of it was applied");
    stage.commit(&[("deploy/a.yaml", GOOD)]);
    assert!(stage.sync().await.unwrap().succeeded());
}

#[tokio::test]
async fn a_namespace_that_does_not_exist_is_named() {
    let mut stage = Stage::new(&[("deploy/a.yaml", GOOD)]);
    stage.shop = application(REPO, "nowhere");
    let report = stage.sync().await.unwrap();
    assert!(!report.succeeded());
    let named = results(&report);
    assert_eq!(named.len(), 1, "{named:?}");
    assert!(
        named[0].starts_with("ConfigMap good: SyncFailed") && named[0].contains("nowhere"),
        "{named:?}"
    );
    let operation = report.operation.as_ref().unwrap();
    assert_eq!(operation.results()[0].status, Some(ResultCode::SyncFailed));
    stage.cluster.create_namespace("nowhere");
    assert!(stage.sync().await.unwrap().succeeded());
}

#[tokio::test]
async fn an_application_that_contradicts_itself_is_refused() {
    let mut stage = Stage::new(&[("deploy/a.yaml", GOOD)]);
    stage.shop.spec.destination.name = "in-cluster".into();
    stage
        .fails(
            "invalid application: application destination can't have both name and server \
             defined: in-cluster https://kubernetes.default.svc",
        )
        .await;
}

#[tokio::test]
async fn a_repository_that_nobody_serves_is_named_without_its_password() {
    let mut stage = Stage::new(&[]);
    stage.shop = application("https://me:hunter2@example.org/shop.git", "default");
    stage
        .fails(
            "cannot load the desired state: https://example.org/shop.git: \
             no source of this program serves such a repository",
        )
        .await;
}

#[tokio::test]
async fn an_unknown_revision_and_a_missing_repository_are_named() {
    let Ok(git) = Command::new("git").arg("--version").output() else {
        println!("skipped: the git program is not installed");
        return;
    };
    assert!(git.status.success());
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join("shop");
    let run = |arguments: &[&str]| {
        let status = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-C"])
            .arg(&repository)
            .args(arguments)
            .status();
        assert!(status.unwrap().success(), "{arguments:?}");
    };
    std::fs::create_dir_all(repository.join("deploy")).unwrap();
    std::fs::write(repository.join("deploy/a.yaml"), GOOD).unwrap();
    run(&["init", "-q"]);
    run(&["add", "."]);
    run(&["commit", "-q", "-m", "first"]);

    let cluster = Cluster::new();
    let engine = Engine::new(Arc::new(cluster))
        .source(Git::new(folder.path().join("cache")))
        .renderer(Manifests::default());
    let url = format!("file://{}", repository.display());
    let mut shop = application(&url, "default");
    shop.spec.source.as_mut().unwrap().target_revision = "v9".into();
    let error = text(&engine.refresh(&shop).await.unwrap_err());
    assert!(error.contains(&url) && error.contains("v9"), "{error}");

    let missing = format!("file://{}", folder.path().join("none").display());
    let error = engine.refresh(&application(&missing, "default")).await;
    let error = text(&error.unwrap_err());
    assert!(error.contains(&missing), "{error}");

    let operation = SyncOperation::default();
    let shop = application(&url, "default");
    assert!(
        engine
            .sync(&shop, &operation)
            .report()
            .await
            .unwrap()
            .succeeded()
    );
}
