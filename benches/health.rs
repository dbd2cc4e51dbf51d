//! What judging one object costs, and how it grows with its size and with threads.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::{HealthCheck, Object};
use gitops_health::lua::{Libraries, Limits, Runtime};
use gitops_health::{Builtin, Chain, Memo};
use serde_json::{Value, json};

const SCRIPT: &str = r#"
local hs = {status = "Progressing", message = "Waiting for certificate"}
if obj.status ~= nil and obj.status.conditions ~= nil then
    for _, condition in ipairs(obj.status.conditions) do
        if condition.type == "Ready" then
            hs.message = condition.message
            if condition.status == "True" then hs.status = "Healthy" else hs.status = "Degraded" end
            return hs
        end
    end
end
return hs
"#;

fn condition(kind: &str) -> Value {
    json!({
        "type": kind, "status": "True", "reason": "AsExpected", "observedGeneration": 3,
        "message": "everything is as it should be", "lastTransitionTime": "2026-01-01T00:00:00Z",
    })
}

/// Environment variables, to make an object as large as wanted.
fn variables(count: usize) -> Value {
    (0..count)
        .map(|i| json!({"name": format!("VARIABLE_{i}"), "value": format!("the value number {i}")}))
        .collect()
}

fn deployment(size: usize) -> Object {
    Object::new(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "generation": 3, "uid": "b1", "resourceVersion": "17",
            "labels": {"app": "web"}, "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "web", "image": "web:1", "env": variables(size)},
        ]}}},
        "status": {
            "observedGeneration": 3, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3,
            "conditions": [condition("Available"), condition("Progressing")],
        },
    }))
    .expect("a Deployment")
}

fn certificate(size: usize) -> Object {
    Object::new(json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": {"name": "web", "namespace": "shop", "generation": 3},
        "spec": {"variables": variables(size)},
        "status": {"conditions": [condition("Issued"), condition("Ready")]},
    }))
    .expect("a Certificate")
}

fn compiled(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("health/compiled");
    for size in [1, 10, 100] {
        let object = deployment(size);
        group.bench_with_input(
            BenchmarkId::new("deployment", size),
            &object,
            |bencher, object| {
                bencher.iter(|| Builtin.check(black_box(object)));
            },
        );
    }
    let chain = Chain::standard();
    let object = certificate(60);
    group.bench_function("bundled certificate", |bencher| {
        bencher.iter(|| chain.judge(black_box(&object)));
    });
    let memo = Memo::new(Chain::standard());
    let object = deployment(100);
    group.bench_function("unchanged deployment", |bencher| {
        bencher.iter(|| memo.check(black_box(&object)));
    });
    group.finish();
}

fn lua(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("health/lua");
    let runtime = Runtime::default();
    let script = runtime
        .compile(SCRIPT, Libraries::Restricted)
        .expect("it is Lua");
    for size in [1, 60, 600] {
        let object = certificate(size);
        group.bench_with_input(
            BenchmarkId::new("pooled", size),
            &object,
            |bencher, object| {
                bencher.iter(|| script.health(black_box(object)));
            },
        );
    }
    let object = certificate(60);
    group.bench_function("fresh machine and compile", |bencher| {
        bencher.iter(|| {
            let runtime = Runtime::new(Limits::default());
            let script = runtime.compile(SCRIPT, Libraries::Restricted);
            script.and_then(|script| script.health(black_box(&object)))
        });
    });
    group.finish();
}

fn threads(criterion: &mut Criterion) {
    const RUNS: u32 = 200;
    let mut group = criterion.benchmark_group("health/threads");
    let runtime = Runtime::default();
    let script = runtime
        .compile(SCRIPT, Libraries::Restricted)
        .expect("it is Lua");
    let object = certificate(60);
    for threads in [1_u32, 2, 8] {
        group.throughput(Throughput::Elements((threads * RUNS).into()));
        group.bench_function(BenchmarkId::from_parameter(threads), |bencher| {
            bencher.iter(|| {
                std::thread::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| {
                            (0..RUNS).for_each(|_| drop(black_box(script.health(&object))))
                        });
                    }
                });
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = compiled, lua, threads
}
criterion_main!(benches);
