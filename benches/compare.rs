//! How comparing grows with the number of unchanged objects.

use std::sync::Arc;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::apply::LAST_APPLIED;
use gitops_core::compare::{Settings, compare};
use gitops_core::{Object, tracking::Tracking};
use serde_json::json;

const SIZES: [usize; 3] = [10, 1_000, 100_000];

/// A Service as Git holds it.
fn target(number: usize) -> Object {
    Object::new(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": format!("service-{number}"),
            "namespace": "shop",
            "labels": {"app": format!("app-{}", number % 100), "part-of": "shop"},
        },
        "spec": {
            "selector": {"app": format!("app-{}", number % 100)},
            "ports": [{"name": "http", "port": 80, "targetPort": 8080}],
        },
    }))
    .expect("it has a name")
}

/// The same Service as the cluster holds it after client-side apply.
fn live(target: &Object, tracking: &Tracking) -> Arc<Object> {
    let mut live = target.clone();
    tracking
        .mark(&mut live, "shop", "shop")
        .expect("a short name");
    let applied = live.value().to_string();
    live.set_annotation(LAST_APPLIED, Some(&applied));
    live.update(|value| {
        value["metadata"]["uid"] = json!(format!("uid-{}", target.name()));
        value["metadata"]["resourceVersion"] = json!("1");
        value["spec"]["clusterIP"] = json!("10.0.0.1");
        value["spec"]["type"] = json!("ClusterIP");
        value["spec"]["sessionAffinity"] = json!("None");
        value["spec"]["ports"][0]["protocol"] = json!("TCP");
        value["status"] = json!({"loadBalancer": {}});
    })
    .expect("it keeps its name");
    Arc::new(live)
}

fn inputs(size: usize) -> (Vec<Object>, Vec<Arc<Object>>, Settings) {
    let settings = Settings::new("shop", "shop");
    let targets: Vec<Object> = (0..size).map(target).collect();
    let live = targets
        .iter()
        .map(|target| live(target, &settings.tracking))
        .collect();
    (targets, live, settings)
}

fn comparing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compare unchanged");
    group.sample_size(10);
    for size in SIZES {
        let (targets, live, settings) = inputs(size);
        group.throughput(Throughput::Elements(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_batched(
                || (targets.clone(), live.clone()),
                |(targets, live)| compare(targets, live, &settings),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, comparing);
criterion_main!(benches);
