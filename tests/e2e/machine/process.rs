//! A process that is killed, and others that finish what it began.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use gitops_core::GroupVersionKind;
use gitops_core::apply::{Applier, WatchEvent};
use gitops_health::Builtin;
use gitops_sync::driver::{self, Observer, drive};
use gitops_sync::kube::Cluster;
use gitops_sync::machine::{Operation, OperationPhase};
use serde_json::json;

use super::super::scene::{Scene, play};
use super::{App, hook, job, wave};

/// The environment variable that tells a process which operation to carry out.
const OPERATION: &str = "GITOPS_TEST_OPERATION";

/// Stores the operation in a file that is either the one or the other.
struct Store(PathBuf);

impl Store {
    fn load(&self) -> Operation {
        serde_json::from_slice(&std::fs::read(&self.0).unwrap()).unwrap()
    }

    fn save(&self, operation: &Operation) {
        let beside = self.0.with_extension("new");
        std::fs::write(&beside, serde_json::to_vec(operation).unwrap()).unwrap();
        std::fs::rename(&beside, &self.0).unwrap();
    }
}

#[async_trait]
impl Observer for Store {
    async fn store(
        &self,
        operation: &Operation,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.save(operation);
        Ok(())
    }
}

/// What the processes do that the test below starts and kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "is a process that another test starts"]
async fn carries_out_the_stored_operation() {
    let Some(file) = std::env::var_os(OPERATION) else {
        return;
    };
    let kubeconfig = std::env::var_os("GITOPS_TEST_KUBECONFIG").unwrap();
    let cluster = Cluster::from_kubeconfig(Path::new(&kubeconfig), None)
        .await
        .unwrap();
    let store = Store(file.into());
    let mut operation = store.load();
    let options = driver::Options::default();
    let driven = drive(&mut operation, &cluster, &Builtin, &store, &options);
    driven.await.unwrap();
}

/// Starts a process on the stored operation, and kills it after a while; tells
/// whether it was killed before it was done.
async fn runs_for(milliseconds: u64, store: &Store, scene: &Scene) -> bool {
    let name = format!("{}::carries_out_the_stored_operation", module_path!());
    let name = name.split_once("::").map_or(&*name, |(_, name)| name);
    let mut process = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", name])
        .env(OPERATION, &store.0)
        .env("GITOPS_TEST_KUBECONFIG", &scene.kubeconfig)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let patience = Duration::from_millis(milliseconds);
    if let Ok(ended) = tokio::time::timeout(patience, process.wait()).await {
        assert!(ended.unwrap().success());
        return false;
    }
    // On Unix this is SIGKILL: the process has no say in it.
    process.kill().await.unwrap();
    true
}

/// The UIDs that Jobs of each name had from now on, until the future is dropped.
async fn jobs(app: &App<'_>, seen: &std::sync::Mutex<BTreeMap<String, BTreeSet<String>>>) {
    let kind = GroupVersionKind::new("batch", "v1", "Job");
    let namespace = Some(app.namespace.as_str());
    let cluster = &app.scene.cluster;
    let since = cluster.list(&kind, namespace).await.unwrap();
    let mut since = since.resource_version;
    loop {
        let mut watch = cluster.watch(&kind, namespace, &since).await.unwrap();
        while let Some(event) = watch.next().await {
            if let WatchEvent::Added(job) | WatchEvent::Modified(job) = event.unwrap() {
                job.resource_version().unwrap().clone_into(&mut since);
                let mut seen = seen.lock().unwrap();
                let uids = seen.entry(job.name().to_owned()).or_default();
                uids.insert(job.uid().unwrap().to_owned());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn others_finish_what_a_killed_process_began() {
    play("killed", async |scene| {
        let mut app = App::new(scene).await;
        app.add(
            "Job",
            "pre",
            hook("PreSync", "BeforeHookCreation"),
            job("run"),
        );
        for number in 0..60 {
            let data = json!({"data": {"a": "b"}});
            app.add("ConfigMap", &format!("c{number}"), wave(number % 6), data);
        }
        app.add("Job", "post", hook("PostSync", "HookFailed"), job("run"));
        let folder = tempfile::tempdir().unwrap();
        let store = Store(folder.path().join("operation.json"));
        store.save(&app.operation().await);

        let seen = std::sync::Mutex::default();
        let mut deaths = 0;
        let processes = async {
            // Each process lives a little longer than the one before, from its start on.
            for milliseconds in (20..).step_by(40) {
                if !runs_for(milliseconds, &store, scene).await {
                    break;
                }
                deaths += 1;
            }
        };
        tokio::select! {
            () = processes => {}
            () = jobs(&app, &seen) => {}
        }
        println!("{deaths} processes were killed");
        assert!(deaths > 2, "only {deaths} processes were killed");
        let operation = store.load();
        let (phase, message) = (operation.phase(), operation.message());
        assert_eq!(phase, OperationPhase::Succeeded, "{message}");
        for number in 0..60 {
            let config = app.find("ConfigMap", &format!("c{number}")).await.unwrap();
            assert_eq!(config.value()["data"], json!({"a": "b"}));
        }
        for (name, uids) in seen.into_inner().unwrap() {
            assert_eq!(uids.len(), 1, "{name} was run more than once: {uids:?}");
        }
    })
    .await;
}
