//! Plans carried out on a real control plane: waves, hooks, prunes, and the
//! process that dies in between.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use gitops_core::Object;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions,
    WatchStream,
};
use gitops_core::compare::{self, compare};
use gitops_core::plan::{Options, Prune, plan};
use gitops_core::sync_options::ApplicationOptions;
use gitops_core::{Discovery, GroupVersionKind, ObjectRef};
use gitops_health::Builtin;
use gitops_sync::driver::{self, Event, Observer, Silent, drive};
use gitops_sync::kube::Cluster;
use gitops_sync::machine::{Limits, Operation, OperationPhase};
use serde_json::{Value, json};

use super::scene::{Scene, object, play};

/// An application without a repository: what is wanted stands in the test.
struct App<'a> {
    scene: &'a Scene,
    cluster: Counting,
    namespace: String,
    targets: Vec<Object>,
    options: Options,
    limits: Limits,
}

impl<'a> App<'a> {
    async fn new(scene: &'a Scene) -> Self {
        let namespace = scene.namespace("a").await;
        let discovery = scene.cluster.discover().await.unwrap();
        Self {
            scene,
            cluster: Counting::new(scene.cluster.clone()),
            targets: Vec::new(),
            options: Options::default()
                .namespace(&namespace)
                .prune(Prune::Delete)
                .revision("abcdef0123")
                .started_at("2026-01-01T00:00:00Z".parse().unwrap())
                .discovery(Some(discovery)),
            namespace,
            limits: Limits::default(),
        }
    }

    fn sync_options(&mut self, items: &[&str]) {
        self.options.application = ApplicationOptions::parse(items);
    }

    /// The plan for what is wanted and live now.
    async fn operation(&self) -> Operation {
        let settings = compare::Settings::new(self.scene.name("app"), &*self.namespace)
            .discovery(Arc::clone(self.options.discovery.as_ref().unwrap()));
        let mut live = Vec::new();
        let mut kinds: Vec<GroupVersionKind> = Vec::new();
        for target in &self.targets {
            kinds.push(target.group_version_kind());
        }
        kinds.push(GroupVersionKind::new("", "v1", "ConfigMap"));
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            let Some(resource) = settings.discovery.get(&kind) else {
                continue;
            };
            let namespace = match resource.scope {
                gitops_core::Scope::Namespaced => Some(self.namespace.as_str()),
                gitops_core::Scope::Cluster => None,
            };
            let list = self.scene.cluster.list(&kind, namespace).await.unwrap();
            live.extend(list.objects.into_iter().filter(|object| {
                let named = |target: &Object| target.name() == object.name();
                settings
                    .tracking
                    .owner(object)
                    .is_some_and(|owner| owner == settings.instance)
                    || self.targets.iter().any(named)
            }));
        }
        let comparison = compare(self.targets.clone(), live, &settings);
        let mut options = self.options.clone();
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}});
        options.live_namespace = Some(Arc::new(object(namespace)));
        Operation::with_limits(plan(&comparison, &options), self.limits.clone())
    }

    async fn drive(&self, operation: &mut Operation, observer: &dyn Observer) {
        let health = Builtin;
        let options = driver::Options::default();
        let driven = drive(operation, &self.cluster, &health, observer, &options);
        tokio::time::timeout(Duration::from_secs(120), driven)
            .await
            .unwrap()
            .unwrap();
    }

    async fn sync(&self) -> Operation {
        let mut operation = self.operation().await;
        self.drive(&mut operation, &Silent).await;
        operation
    }

    #[track_caller]
    fn synced(&self) -> impl Future<Output = Operation> {
        let caller = std::panic::Location::caller();
        async move {
            let operation = self.sync().await;
            let (phase, message) = (operation.phase(), operation.message());
            assert_eq!(
                phase,
                OperationPhase::Succeeded,
                "{caller}: {message}\n{}",
                operation.plan()
            );
            operation
        }
    }

    fn add(&mut self, kind: &str, name: &str, annotations: Value, rest: Value) {
        let api_version = match kind {
            "Job" => "batch/v1",
            "Deployment" => "apps/v1",
            _ => "v1",
        };
        let mut value = json!({
            "apiVersion": api_version, "kind": kind,
            "metadata": {"name": name, "annotations": annotations},
        });
        if let (Value::Object(value), Value::Object(rest)) = (&mut value, rest) {
            value.extend(rest);
        }
        self.targets.push(object(value));
    }

    async fn exists(&self, kind: &str, name: &str) -> bool {
        self.find(kind, name).await.is_some()
    }

    async fn find(&self, kind: &str, name: &str) -> Option<Object> {
        let group = match kind {
            "Job" => "batch",
            "Deployment" => "apps",
            _ => "",
        };
        let reference = ObjectRef {
            kind: GroupVersionKind::new(group, "v1", kind),
            namespace: Some(self.namespace.clone()),
            name: name.to_owned(),
        };
        self.scene.cluster.get(&reference).await.unwrap()
    }
}

/// A real cluster that counts what is written to it.
struct Counting {
    cluster: Cluster,
    writes: Mutex<Vec<String>>,
}

impl Counting {
    fn new(cluster: Cluster) -> Self {
        Self {
            cluster,
            writes: Mutex::default(),
        }
    }

    fn count(&self, what: &str, name: &str) {
        self.writes.lock().unwrap().push(format!("{what} {name}"));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.writes.lock().unwrap())
    }
}

#[async_trait]
impl Applier for Counting {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        self.cluster.discover().await
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        self.cluster.get(object).await
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        self.cluster.list(kind, namespace).await
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        self.cluster.watch(kind, namespace, since).await
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        self.count(
            if options.dry_run { "check" } else { "apply" },
            object.name(),
        );
        self.cluster.apply(object, options).await
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        self.count("patch", &object.name);
        self.cluster.patch(object, patch, options).await
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        self.count("delete", &object.name);
        self.cluster.delete(object, options).await
    }
}

/// A Job whose pod ends as `outcome` says.
fn job(outcome: &str) -> Value {
    json!({"spec": {"backoffLimit": 0, "template": {
        "metadata": {"annotations": {"testcluster/outcome": outcome, "testcluster/delay": "200ms"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "main:1"}]},
    }}})
}

fn deployment(annotations: Value) -> Value {
    json!({"spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
        "metadata": {"labels": {"app": "web"}, "annotations": annotations},
        "spec": {"containers": [{"name": "main", "image": "main:1"}]},
    }}})
}

fn hook(types: &str, policy: &str) -> Value {
    json!({"argocd.argoproj.io/hook": types, "argocd.argoproj.io/hook-delete-policy": policy})
}

fn wave(number: i64) -> Value {
    json!({"argocd.argoproj.io/sync-wave": number.to_string()})
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_of_every_type_run_and_go_as_their_policies_say() {
    play("hooks", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "config", json!({}), json!({}));
        app.add("Job", "pre", hook("PreSync", "HookSucceeded"), job("run"));
        app.add(
            "Job",
            "during",
            hook("Sync", "BeforeHookCreation"),
            job("run"),
        );
        app.add("Job", "post", hook("PostSync", "HookFailed"), job("run"));
        app.add("Job", "never", hook("SyncFail", ""), job("run"));
        app.synced().await;
        let pre = app.find("Job", "pre").await;
        assert!(pre.is_none_or(|pre| pre.deletion_timestamp().is_some()));
        assert!(app.exists("Job", "during").await);
        assert!(app.exists("Job", "post").await);
        assert!(!app.exists("Job", "never").await);
        let held = app.find("Job", "during").await.unwrap();
        assert_eq!(held.finalizers().count(), 0, "the hook is let go");

        app.synced().await;
        let again = app.find("Job", "during").await.unwrap();
        assert_ne!(held.uid(), again.uid(), "the former hook is deleted first");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_stops_the_sync_and_runs_the_hook_for_that() {
    play("failing-job", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "config", json!({}), json!({}));
        app.add("Job", "pre", hook("PreSync", "HookFailed"), job("fail"));
        app.add("Job", "alarm", hook("SyncFail", ""), job("run"));
        let operation = app.sync().await;
        assert_eq!(
            operation.phase(),
            OperationPhase::Failed,
            "{}",
            operation.message()
        );
        assert!(
            operation.message().contains("pre"),
            "{}",
            operation.message()
        );
        assert!(!app.exists("ConfigMap", "config").await);
        assert!(app.exists("Job", "alarm").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_waits_for_a_deployment_that_becomes_healthy_late() {
    play("late", async |scene| {
        let mut app = App::new(scene).await;
        let late = json!({"testcluster/delay": "2s"});
        app.add("Deployment", "web", wave(0), deployment(late));
        app.add("ConfigMap", "after", wave(1), json!({}));
        let operation = app.synced().await;
        let web = app.find("Deployment", "web").await.unwrap();
        assert_eq!(
            web.value()["status"]["readyReplicas"],
            1,
            "{}",
            operation.message()
        );
        assert!(app.exists("ConfigMap", "after").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_that_takes_too_long_fails_where_there_is_a_limit() {
    play("never", async |scene| {
        let mut app = App::new(scene).await;
        let never = json!({"testcluster/outcome": "never"});
        app.add("Deployment", "web", wave(0), deployment(never));
        app.add("ConfigMap", "after", wave(1), json!({}));
        app.limits = Limits::default().wave_timeout(Some(Duration::from_secs(2)));
        let operation = app.sync().await;
        assert_eq!(
            operation.phase(),
            OperationPhase::Failed,
            "{}",
            operation.message()
        );
        assert!(
            operation.message().contains("not done within 2s"),
            "{}",
            operation.message()
        );
        assert!(!app.exists("ConfigMap", "after").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prune_waits_for_a_finalizer() {
    play("linger", async |scene| {
        let mut app = App::new(scene).await;
        let mut first = json!({"argocd.argoproj.io/sync-wave": "1"});
        app.add("ConfigMap", "lingers", first.take(), json!({}));
        app.targets[0].set_annotation("argocd.argoproj.io/sync-wave", Some("1"));
        app.targets[0].add_finalizer("example.com/linger");
        app.add("ConfigMap", "later", wave(0), json!({}));
        app.synced().await;

        let lingers = app.find("ConfigMap", "lingers").await.unwrap();
        app.targets.clear();
        let mut operation = app.operation().await;
        let release = async {
            scene
                .until(&lingers.reference(), |live| {
                    live.is_none_or(|live| live.deletion_timestamp().is_some())
                })
                .await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert!(app.exists("ConfigMap", "later").await, "pruned too early");
            scene
                .patch(&lingers, json!({"metadata": {"finalizers": null}}))
                .await;
        };
        tokio::join!(app.drive(&mut operation, &Silent), release);
        assert_eq!(
            operation.phase(),
            OperationPhase::Succeeded,
            "{}",
            operation.message()
        );
        let mut later = lingers.reference();
        later.name = "later".into();
        scene.until(&later, |live| live.is_none()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_goes_from_client_side_to_server_side_apply() {
    play("migrate", async |scene| {
        let mut app = App::new(scene).await;
        app.add(
            "ConfigMap",
            "config",
            json!({}),
            json!({"data": {"a": "1", "b": "1"}}),
        );
        app.synced().await;
        app.sync_options(&["ServerSideApply=true"]);
        app.targets.clear();
        app.add(
            "ConfigMap",
            "config",
            json!({}),
            json!({"data": {"a": "2"}}),
        );
        app.synced().await;
        let live = app.find("ConfigMap", "config").await.unwrap();
        assert_eq!(live.value()["data"], json!({"a": "2"}));
        app.cluster.take();
        app.synced().await;
        assert!(
            app.cluster.take().is_empty(),
            "a second sync sends no write"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_immutable_job_is_replaced_by_force() {
    play("replace", async |scene| {
        let mut app = App::new(scene).await;
        let annotations = json!({"argocd.argoproj.io/sync-options": "Replace=true,Force=true"});
        app.add("Job", "once", annotations.clone(), job("run"));
        app.synced().await;
        let before = app.find("Job", "once").await.unwrap();
        app.targets.clear();
        let mut changed = job("run");
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = json!("main:2");
        app.add("Job", "once", annotations, changed);
        app.synced().await;
        let after = app.find("Job", "once").await.unwrap();
        assert_ne!(before.uid(), after.uid());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn termination_deletes_the_hook_that_runs() {
    play("terminate", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "config", json!({}), json!({}));
        app.add("Job", "pre", hook("PreSync", ""), job("never"));
        let mut operation = app.operation().await;
        let stop = Stop::default();
        app.drive(&mut operation, &stop).await;
        assert_eq!(operation.message(), "Operation terminated");
        assert!(!app.exists("ConfigMap", "config").await);
        let job = app.find("Job", "pre").await;
        assert!(job.is_none_or(|job| job.deletion_timestamp().is_some()));
    })
    .await;
}

/// Ends an operation as soon as it waits.
#[derive(Default)]
struct Stop(tokio::sync::Notify);

#[async_trait]
impl Observer for Stop {
    fn event(&self, event: Event) {
        if let Event::Waiting { message } = event
            && message.contains("completion")
        {
            self.0.notify_one();
        }
    }

    async fn terminated(&self) {
        self.0.notified().await;
    }
}

/// Keeps what was stored, as another process finds it.
#[derive(Default)]
struct Store(Mutex<Vec<String>>);

#[async_trait]
impl Observer for Store {
    async fn store(
        &self,
        operation: &Operation,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.0
            .lock()
            .unwrap()
            .push(serde_json::to_string(operation)?);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_finishes_from_the_stored_operation() {
    play("killed", async |scene| {
        let mut app = App::new(scene).await;
        app.add(
            "Job",
            "pre",
            hook("PreSync", "BeforeHookCreation"),
            job("run"),
        );
        for number in 0..20 {
            app.add(
                "ConfigMap",
                &format!("c{number}"),
                wave(number % 3),
                json!({"data": {"a": "b"}}),
            );
        }
        app.add("Job", "post", hook("PostSync", "HookSucceeded"), job("run"));
        let operation = app.operation().await;
        let store = Store::default();
        let mut rest = operation.clone();
        let mut deaths = 0;
        // Each process lives a little longer than the one before.
        for milliseconds in (30..).step_by(60) {
            let health = Builtin;
            let options = driver::Options::default();
            let driven = drive(&mut rest, &app.cluster, &health, &store, &options);
            if tokio::time::timeout(Duration::from_millis(milliseconds), driven)
                .await
                .is_ok()
            {
                break;
            }
            deaths += 1;
            let stored = store.0.lock().unwrap().last().cloned().unwrap();
            rest = serde_json::from_str(&stored).unwrap();
        }
        assert!(deaths > 2, "the process was killed only {deaths} times");
        assert_eq!(
            rest.phase(),
            OperationPhase::Succeeded,
            "{}",
            rest.message()
        );
        let writes = app.cluster.take();
        let created = |name: &str| {
            writes
                .iter()
                .filter(|write| **write == format!("delete {name}"))
                .count()
        };
        assert_eq!(
            created("pre"),
            0,
            "the hook of this sync was deleted: {writes:?}"
        );
        for number in 0..20 {
            let config = app.find("ConfigMap", &format!("c{number}")).await.unwrap();
            assert_eq!(config.value()["data"], json!({"a": "b"}));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_objects_take_little_longer_than_their_applies() {
    play("thousand", async |scene| {
        let mut app = App::new(scene).await;
        app.sync_options(&["ServerSideApply=true"]);
        for number in 0..1_000 {
            app.add(
                "ConfigMap",
                &format!("c{number}"),
                json!({}),
                json!({"data": {"a": "b"}}),
            );
        }
        let bare = scene.namespace("bare").await;
        let began = Instant::now();
        bare_applies(&app, &bare).await;
        let bare = began.elapsed();

        let mut operation = app.operation().await;
        app.cluster.take();
        let began = Instant::now();
        app.drive(&mut operation, &Silent).await;
        let synced = began.elapsed();
        assert_eq!(
            operation.phase(),
            OperationPhase::Succeeded,
            "{}",
            operation.message()
        );
        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        for write in app.cluster.take() {
            let what = write.split(' ').next().unwrap_or_default().to_owned();
            *calls.entry(what).or_default() += 1;
        }
        println!("bare applies {bare:?}, sync {synced:?} with {calls:?}");

        app.synced().await;
        assert_eq!(
            app.cluster.take(),
            Vec::<String>::new(),
            "a second sync sends no write"
        );
    })
    .await;
}

/// The same objects, applied side by side with the same client.
async fn bare_applies(app: &App<'_>, namespace: &str) {
    use futures::StreamExt;
    use gitops_core::apply::Strategy;
    let options = ApplyOptions::default().strategy(Strategy::ServerSide);
    let applies = app.targets.iter().map(|target| {
        let (mut target, options) = (target.clone(), options.clone());
        target.set_namespace(Some(namespace));
        async move { app.scene.cluster.apply(&target, &options).await.unwrap() }
    });
    futures::stream::iter(applies)
        .buffer_unordered(20)
        .for_each(async |_| {})
        .await;
}
