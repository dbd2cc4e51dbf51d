//! Plans carried out on a real control plane: waves, hooks, prunes, and the
//! process that dies in between.

mod counting;
mod hooks;
mod process;
mod prune;
mod strategy;
mod thousand;
mod waves;

use std::sync::Arc;
use std::time::Duration;

use gitops_core::apply::Applier;
use gitops_core::compare::{self, compare};
use gitops_core::plan::{Options, Prune, plan};
use gitops_core::sync_options::ApplicationOptions;
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use gitops_health::Builtin;
use gitops_sync::driver::{self, Observer, Silent, drive};
use gitops_sync::machine::{Limits, Operation, OperationPhase};
use serde_json::{Value, json};

use super::scene::{Scene, object};
use counting::Counting;

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
        Self::in_namespace(scene, "a").await
    }

    async fn in_namespace(scene: &'a Scene, part: &str) -> Self {
        let namespace = scene.namespace(part).await;
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
        kinds.push(GroupVersionKind::new("apps", "v1", "Deployment"));
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
