//! What a pass over an application costs in a cluster of growing size.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use futures::StreamExt;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions, Reason,
    WatchStream,
};
use gitops_core::discovery::Resource;
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef, Scope};
use gitops_sync::cache::{Cache, Options};
use serde_json::json;
use tokio::runtime::Runtime;

/// How many objects there are, four to a Deployment.
const SIZES: [usize; 3] = [40, 1_000, 100_000];

/// Deployments of one application.
const MEMBERS: usize = 10;

/// A cluster in which nothing happens.
struct Still {
    deployments: Vec<Object>,
    replica_sets: Vec<Object>,
    pods: Vec<Object>,
}

impl Still {
    fn new(objects: usize) -> Self {
        let numbers = 0..objects / 4;
        Self {
            deployments: numbers.clone().map(deployment).collect(),
            replica_sets: numbers.clone().map(replica_set).collect(),
            pods: numbers
                .flat_map(|number| [pod(number, 0), pod(number, 1)])
                .collect(),
        }
    }
}

fn refused() -> Error {
    Error::new(Reason::Forbidden, "this cluster stays as it is")
}

#[async_trait]
impl Applier for Still {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        let kinds = [
            ("apps", "Deployment", "deployments"),
            ("apps", "ReplicaSet", "replicasets"),
            ("", "Pod", "pods"),
        ];
        let resources = kinds.map(|(group, kind, plural)| {
            let kind = GroupVersionKind::new(group, "v1", kind);
            Resource::new(kind, plural, Scope::Namespaced)
        });
        Ok(Arc::new(Discovery::new("1.35.0", resources)))
    }

    async fn get(&self, _object: &ObjectRef) -> Result<Option<Object>, Error> {
        Ok(None)
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        _namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        let objects = match kind.kind.as_str() {
            "Deployment" => &self.deployments,
            "ReplicaSet" => &self.replica_sets,
            _ => &self.pods,
        };
        Ok(ObjectList {
            objects: objects.clone(),
            resource_version: "2".into(),
        })
    }

    async fn watch(
        &self,
        _kind: &GroupVersionKind,
        _namespace: Option<&str>,
        _since: &str,
    ) -> Result<WatchStream, Error> {
        Ok(futures::stream::pending().boxed())
    }

    async fn apply(&self, _object: &Object, _options: &ApplyOptions) -> Result<Applied, Error> {
        Err(refused())
    }

    async fn patch(
        &self,
        _object: &ObjectRef,
        _patch: &Patch,
        _options: &PatchOptions,
    ) -> Result<Object, Error> {
        Err(refused())
    }

    async fn delete(&self, _object: &ObjectRef, _options: &DeleteOptions) -> Result<(), Error> {
        Err(refused())
    }
}

fn deployment(number: usize) -> Object {
    let name = format!("web-{number}");
    let application = number / MEMBERS;
    object(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("d-{number}"),
            "resourceVersion": "1", "generation": 1, "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"app.kubernetes.io/name": name},
            "annotations": {"argocd.argoproj.io/tracking-id":
                format!("app-{application}:apps/Deployment:shop/{name}")},
        },
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": name}},
            "template": pod_template(&name),
        },
        "status": {"replicas": 2, "readyReplicas": 2, "observedGeneration": 1},
    }))
}

fn replica_set(number: usize) -> Object {
    let name = format!("web-{number}");
    object(json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{name}-1"), "namespace": "shop", "uid": format!("r-{number}"),
            "resourceVersion": "1", "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "Deployment", "name": name,
                "uid": format!("d-{number}"), "controller": true,
            }],
        },
        "spec": {"replicas": 2, "template": pod_template(&name)},
        "status": {"replicas": 2},
    }))
}

fn pod(number: usize, ordinal: usize) -> Object {
    let name = format!("web-{number}");
    let mut pod = pod_template(&name);
    pod["apiVersion"] = "v1".into();
    pod["kind"] = "Pod".into();
    pod["metadata"]["name"] = format!("{name}-1-{ordinal}").into();
    pod["metadata"]["namespace"] = "shop".into();
    pod["metadata"]["uid"] = format!("p-{number}-{ordinal}").into();
    pod["metadata"]["resourceVersion"] = "1".into();
    pod["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("{name}-1"),
        "uid": format!("r-{number}"), "controller": true,
    }]);
    pod["status"] = json!({"phase": "Running", "podIP": "10.0.0.1"});
    object(pod)
}

fn pod_template(name: &str) -> serde_json::Value {
    json!({
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{
            "name": "web", "image": "registry.example.com/shop/web:1.2.3",
            "ports": [{"containerPort": 8080, "protocol": "TCP"}],
            "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m"}},
            "env": [{"name": "COLOUR", "value": "green"}, {"name": "NAME", "value": name}],
        }]},
    })
}

fn object(value: serde_json::Value) -> Object {
    Object::new(value).expect("the benchmark's objects have names")
}

/// A cache that has listed everything, and how long that took.
fn filled(runtime: &Runtime, cluster: Arc<Still>) -> (Cache, Duration) {
    let cache = Cache::new(cluster, Options::default());
    let start = Instant::now();
    runtime.block_on(async {
        tokio::select! {
            () = cache.run() => {}
            ready = cache.ready() => ready.expect("nothing fails here"),
        }
    });
    (cache, start.elapsed())
}

fn cache(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("cache");
    group.sample_size(10);
    for size in SIZES {
        let cluster = Arc::new(Still::new(size));
        let (cache, elapsed) = filled(&runtime, Arc::clone(&cluster));
        println!(
            "filling a cache with {} objects took {elapsed:?}",
            cache.len()
        );
        let targets: Vec<ObjectRef> = cluster.deployments[..MEMBERS]
            .iter()
            .map(Object::reference)
            .collect();
        group.bench_function(BenchmarkId::new("live", size), |bencher| {
            bencher.iter(|| runtime.block_on(cache.live("app-0", &targets)));
        });
        let roots: Vec<_> = targets.iter().map(ObjectRef::key).collect();
        group.bench_function(BenchmarkId::new("tree", size), |bencher| {
            bencher.iter(|| cache.tree(&roots));
        });
    }
    group.finish();
}

criterion_group!(benches, cache);
criterion_main!(benches);
