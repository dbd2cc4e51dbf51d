//! Cases as they stand in `testdata/sync-rows`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::apply::Applier;
use gitops_core::compare::{self, Comparison};
use gitops_core::hook;
use gitops_core::ignore::Rules;
use gitops_core::plan::{self, Hooks, Options, Plan, Prune, Selector};
use gitops_core::sync_options::{ApplicationOptions, SYNC_OPTIONS};
use gitops_core::{Object, ObjectKey, diff, wave};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cluster::Watched;
use crate::machine::{Operation, TaskResult};

pub(super) const NAMESPACE: &str = "shop";

/// One sync.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing a case may say"
)]
pub(super) struct Case {
    /// The rows it stands for, and what it is about.
    pub(super) name: String,
    pub(super) prune: bool,
    pub(super) force: bool,
    pub(super) dry_run: bool,
    pub(super) without_hooks: bool,
    pub(super) without_namespace: bool,
    pub(super) sync_options: Vec<String>,
    pub(super) resources: Vec<Selector>,
    pub(super) revision: String,
    pub(super) managed_labels: Option<BTreeMap<String, String>>,
    pub(super) refused: BTreeMap<String, String>,
    pub(super) live: Vec<Thing>,
    pub(super) targets: Vec<Thing>,
    /// Differences that do not count.
    pub(super) ignore_differences: Vec<ResourceIgnoreDifferences>,
    /// Objects that lists leave out, as `Kind/name`.
    pub(super) unlisted: Vec<String>,
    /// By `Kind/name` or `Kind/*`; what is not named has no health.
    pub(super) health: BTreeMap<String, String>,
    /// By `call Kind/name`: reason and message.
    pub(super) faults: BTreeMap<String, Fault>,
    pub(super) during: Vec<During>,
    pub(super) expect: Expect,
}

/// An object in short.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Thing {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) generate_name: String,
    pub(super) namespace: Option<String>,
    pub(super) wave: Option<i64>,
    pub(super) hook: Option<String>,
    pub(super) helm_hook: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) options: Option<String>,
    pub(super) finalizer: Option<String>,
    pub(super) untracked: bool,
    pub(super) deleting: bool,
    pub(super) data: Option<String>,
    /// How many there are, named `name-0` and so on.
    pub(super) copies: usize,
    /// Who applied it.
    pub(super) manager: Option<String>,
    /// Whether it was applied server-side.
    pub(super) server_side: bool,
    pub(super) spec: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Fault {
    pub(super) reason: gitops_core::apply::Reason,
    pub(super) message: String,
    /// How often; for ever where it is absent.
    pub(super) times: Option<usize>,
}

/// What happens when the operation waits with this message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct During {
    pub(super) waiting: String,
    /// Instead of a message that is waited with: a wave that begins, as `Sync 0`.
    pub(super) wave: String,
    pub(super) health: BTreeMap<String, String>,
    pub(super) gone: Vec<String>,
    pub(super) released: Vec<String>,
    pub(super) deleted: Vec<String>,
    pub(super) approve: bool,
    pub(super) terminate: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Expect {
    /// The operation never ends.
    pub(super) waits: bool,
    pub(super) phase: String,
    pub(super) message: String,
    /// `Kind/name status/phase`, or with `: message`, in order.
    pub(super) results: Option<Vec<String>>,
    /// `call Kind/name` of every call that changes something, in order.
    pub(super) calls: Option<Vec<String>>,
    /// The waves in the order in which they began, as `Sync 0`.
    pub(super) waves: Option<Vec<String>>,
    /// By `Kind/name /json/pointer`; null for what is not there.
    pub(super) fields: BTreeMap<String, Value>,
    pub(super) present: Vec<String>,
    pub(super) gone: Vec<String>,
}

impl Thing {
    fn objects(&self) -> Vec<Object> {
        let named = |number: usize| {
            let mut object = self.object();
            object.set_name(&format!("{}-{number}", self.name));
            object
        };
        match self.copies {
            0 => vec![self.object()],
            copies => (0..copies).map(named).collect(),
        }
    }

    pub(super) fn object(&self) -> Object {
        let mut annotations = BTreeMap::new();
        let wave = self.wave.map(|wave| wave.to_string());
        let own = [
            (wave::SYNC_WAVE, &wave),
            (hook::HOOK, &self.hook),
            (hook::HELM_HOOK, &self.helm_hook),
            (hook::DELETE_POLICY, &self.policy),
            (SYNC_OPTIONS, &self.options),
        ];
        for (key, value) in own {
            if let Some(value) = value {
                annotations.insert(key, value);
            }
        }
        let mut value = json!({
            "apiVersion": api_version(&self.kind),
            "kind": self.kind,
            "metadata": {"annotations": annotations},
        });
        let metadata = &mut value["metadata"];
        if self.generate_name.is_empty() {
            metadata["name"] = json!(self.name);
        } else {
            metadata["generateName"] = json!(self.generate_name);
        }
        if let Some(namespace) = &self.namespace {
            metadata["namespace"] = json!(namespace);
        }
        if let Some(finalizer) = &self.finalizer {
            metadata["finalizers"] = json!([finalizer]);
        }
        let spec = self.spec.clone().or_else(|| spec(&self.kind));
        if let Some(spec) = spec {
            value["spec"] = spec;
        }
        if let Some(data) = &self.data {
            value["data"] = json!({"value": data});
        }
        Object::new(value).unwrap()
    }
}

fn api_version(kind: &str) -> &'static str {
    match kind {
        "Deployment" => "apps/v1",
        "Job" => "batch/v1",
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        "Widget" => "example.com/v1",
        "ClusterRole" => "rbac.authorization.k8s.io/v1",
        _ => "v1",
    }
}

fn spec(kind: &str) -> Option<Value> {
    let pod =
        json!({"restartPolicy": "Never", "containers": [{"name": "main", "image": "main:1"}]});
    Some(match kind {
        "Pod" => pod,
        "Service" => json!({"ports": [{"port": 80}], "selector": {"app": "web"}}),
        "Job" => json!({"template": {"spec": pod}}),
        "CustomResourceDefinition" => json!({
            "group": "example.com", "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {
                "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            }}],
        }),
        _ => return None,
    })
}

impl Case {
    fn settings(&self, discovery: Arc<gitops_core::Discovery>) -> compare::Settings {
        let namespace = if self.without_namespace {
            ""
        } else {
            NAMESPACE
        };
        let diff = diff::Settings::default().ignore(self.rules());
        compare::Settings::new("app", namespace)
            .discovery(discovery)
            .diff(diff)
    }

    fn rules(&self) -> Rules {
        Rules::compile(self.ignore_differences.clone()).unwrap()
    }

    /// The live objects, tracked as the application's unless they say otherwise.
    pub(super) async fn live(&self, cluster: &Watched) -> Vec<Object> {
        let discovery = cluster.inner.discover().await.unwrap();
        let settings = self.settings(discovery);
        let mut live = Vec::new();
        for thing in &self.live {
            let mut object = thing.object();
            if object.namespace().is_none() && !is_cluster_scoped(&thing.kind) {
                object.set_namespace(Some(NAMESPACE));
            }
            if !thing.untracked {
                settings
                    .tracking
                    .mark(&mut object, "app", NAMESPACE)
                    .unwrap();
            }
            live.push(object);
        }
        live
    }

    pub(super) async fn compare(&self, cluster: &Watched) -> Comparison {
        let discovery = cluster.inner.discover().await.unwrap();
        let targets: Vec<Object> = self.targets.iter().flat_map(Thing::objects).collect();
        let mut live = cluster.everything(&discovery).await;
        let settings = self.settings(discovery);
        live.retain(|object| {
            let is_named =
                |target: &Object| target.kind() == object.kind() && target.name() == object.name();
            settings.tracking.owner(object).is_some() || targets.iter().any(is_named)
        });
        compare::compare(targets, live, &settings)
    }

    pub(super) async fn plan_options(&self, cluster: &Watched) -> Options {
        let discovery = cluster.inner.discover().await.unwrap();
        let namespace = cluster.find("Namespace/shop").await;
        let mut application = ApplicationOptions::parse(&self.sync_options);
        // What a case says about the namespace alone would otherwise change every case.
        application.create_namespace |= self.managed_labels.is_some();
        let managed = self
            .managed_labels
            .clone()
            .map(|labels| serde_json::from_value(json!({"labels": labels})).unwrap());
        let refused = self
            .refused
            .iter()
            .map(|(name, why)| (key(name), why.clone()));
        Options::default()
            .namespace(if self.without_namespace {
                ""
            } else {
                NAMESPACE
            })
            .application(application)
            .prune(if self.prune {
                Prune::Delete
            } else {
                Prune::Keep
            })
            .hooks(if self.without_hooks {
                Hooks::LeaveOut
            } else {
                Hooks::Run
            })
            .force(self.force)
            .dry_run(self.dry_run)
            .resources(self.resources.clone())
            .revision(&*self.revision)
            .started_at(Timestamp::constant(1_700_000_000, 0))
            .live_namespace(namespace.map(Arc::new))
            .managed_namespace(managed)
            .discovery(Some(discovery))
            .refused(refused.collect())
            .ignore(self.rules())
    }
}

pub(super) fn is_cluster_scoped(kind: &str) -> bool {
    matches!(
        kind,
        "Namespace" | "CustomResourceDefinition" | "PersistentVolume" | "ClusterRole"
    )
}

fn key(name: &str) -> ObjectKey {
    let (kind, name) = name.split_once('/').unwrap();
    let (group, _) = api_version(kind).split_once('/').unwrap_or_default();
    let namespace = if is_cluster_scoped(kind) {
        ""
    } else {
        NAMESPACE
    };
    ObjectKey::new(group, kind, namespace, name)
}

/// Where an object in short is found.
pub(super) fn reference(name: &str) -> gitops_core::ObjectRef {
    let (kind, name) = name.split_once('/').unwrap();
    gitops_core::ObjectRef {
        kind: gitops_core::GroupVersionKind::from_api_version(api_version(kind), kind),
        namespace: (!is_cluster_scoped(kind)).then(|| NAMESPACE.to_owned()),
        name: name.to_owned(),
    }
}

impl Expect {
    pub(super) async fn check(&self, name: &str, operation: &Operation, cluster: &Watched) {
        let phase = operation.phase().to_string();
        let message = operation.message();
        assert_eq!(
            message,
            self.message,
            "{name}: {phase}\n{}",
            operation.plan()
        );
        if !self.waits {
            assert_eq!(phase, self.phase, "{name}: {message}");
        }
        if let Some(expected) = &self.results {
            let results: Vec<String> = operation
                .results()
                .iter()
                .enumerate()
                .map(|(place, result)| {
                    let with_message = expected.get(place).is_some_and(|text| text.contains(": "));
                    line(result, with_message)
                })
                .collect();
            assert_eq!(&results, expected, "{name}");
        }
        if let Some(expected) = &self.calls {
            assert_eq!(&cluster.calls(), expected, "{name}");
        }
        for (place, expected) in &self.fields {
            let (object, pointer) = place.split_once(' ').unwrap();
            let found = cluster.find(object).await.unwrap();
            let found = found.value().pointer(pointer).cloned();
            assert_eq!(found.unwrap_or(Value::Null), *expected, "{name}: {place}");
        }
        // What was deleted goes when its dependants and its grace period have.
        cluster.inner.settle();
        for object in &self.present {
            assert!(
                cluster.find(object).await.is_some(),
                "{name}: {object} is gone"
            );
        }
        for object in &self.gone {
            assert!(
                cluster.find(object).await.is_none(),
                "{name}: {object} is there"
            );
        }
    }
}

fn line(result: &TaskResult, with_message: bool) -> String {
    let (kind, name) = (&result.object.kind.kind, &result.object.name);
    let status = result
        .status
        .map_or_else(String::new, |status| format!("{status:?}"));
    let mut line = format!("{kind}/{name} {status}/{}", result.phase);
    if with_message {
        line.push_str(": ");
        line.push_str(&result.message);
    }
    line
}

pub(super) fn empty_plan() -> Plan {
    plan::plan(&Comparison::new(Vec::new()), &Options::default())
}
