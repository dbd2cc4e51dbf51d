//! How planning grows with the number of objects.
//!
//! Of ten objects seven are as wanted, one is missing, one differs and one left
//! the sources; they spread over kinds, namespaces and waves, with hooks and
//! custom resources among them.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::Object;
use gitops_core::apply::LAST_APPLIED;
use gitops_core::compare::{Compared, Comparison};
use gitops_core::diff::{Change, Diff, Reason};
use gitops_core::plan::{Options, Prune, plan};
use serde_json::{Value, json};

const SIZES: [usize; 4] = [10, 1_000, 10_000, 100_000];

const KINDS: [(&str, &str); 5] = [
    ("v1", "ConfigMap"),
    ("v1", "ServiceAccount"),
    ("v1", "Service"),
    ("apps/v1", "Deployment"),
    ("example.com/v1", "Widget"),
];

fn target(number: usize) -> Object {
    let (api_version, kind) = KINDS[number % KINDS.len()];
    let mut annotations = json!({
        "argocd.argoproj.io/tracking-id": format!("shop:{kind}:team-{}/object-{number}", number % 100),
        "argocd.argoproj.io/sync-wave": (number % 7).to_string(),
    });
    if number.is_multiple_of(100) {
        annotations["argocd.argoproj.io/hook"] = json!("PreSync");
    }
    object(json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": format!("object-{number}"),
            "namespace": format!("team-{}", number % 100),
            "annotations": annotations,
            "labels": {"app.kubernetes.io/part-of": "shop"},
        },
        "spec": {"selector": {"app": format!("app-{number}")}, "replicas": 1},
    }))
}

fn live(target: &Object) -> Arc<Object> {
    let mut live = target.clone();
    live.set_annotation(LAST_APPLIED, Some("{}"));
    live.update(|value| value["metadata"]["uid"] = json!(format!("uid-{}", target.name())))
        .expect("it keeps its name");
    Arc::new(live)
}

fn namespace(number: usize) -> Object {
    let name = format!("team-{number}");
    object(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
}

fn definition() -> Object {
    object(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "names": {"kind": "Widget"}},
    }))
}

fn object(value: Value) -> Object {
    Object::new(value).expect("it has a name")
}

fn compared(number: usize) -> Compared {
    let target = target(number);
    let live = live(&target);
    let change = |path: &str| Change::new(path, Some(json!(2)), Some(json!(1)), Reason::NewInGit);
    let differs = Diff::new(vec![change(".spec.replicas"), change(".spec.selector.app")]);
    match number % 10 {
        1 => Compared::new(Some(Arc::new(target)), None, Diff::default()),
        2 => Compared::new(Some(Arc::new(target)), Some(live), differs),
        3 => Compared::new(None, Some(live), Diff::default()),
        _ => Compared::new(Some(Arc::new(target)), Some(live), Diff::default()),
    }
}

fn comparison(size: usize) -> Comparison {
    let mut resources: Vec<Compared> = (0..size).map(compared).collect();
    let needed = (0..100).map(namespace).chain([definition()]);
    let needed = needed.take(size / 10);
    resources.extend(needed.map(|needed| {
        let live = live(&needed);
        Compared::new(Some(Arc::new(needed)), Some(live), Diff::default())
    }));
    Comparison::new(resources)
}

fn planning(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    let options = Options::default().namespace("shop").prune(Prune::Delete);
    for size in SIZES {
        let comparison = comparison(size);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| plan(black_box(&comparison), &options));
        });
    }
    group.finish();
}

criterion_group!(benches, planning);
criterion_main!(benches);
