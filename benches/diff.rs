//! Comparing Deployments of 3 KB that need no change: two pointer rules and one jq
//! rule each.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::diff::{self, Settings};
use gitops_core::ignore::Rules;
use gitops_core::{Object, compare};
use serde_json::{Value, json};

type Pair = (Arc<Object>, Arc<Object>);

/// A target of about 3 KB and what a cluster makes of it.
fn deployment(index: usize) -> Pair {
    let name = format!("app-{index}");
    let environment: Vec<Value> = (0..20)
        .map(|at| json!({"name": format!("SETTING_{at}"), "value": format!("value-{index}-{at}")}))
        .collect();
    let id = format!("bench:apps/Deployment:default/{name}");
    let target = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": name, "namespace": "default",
            "labels": {"app": name, "team": "platform"},
            "annotations": {"argocd.argoproj.io/tracking-id": id},
        },
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{
                    "name": "main", "image": "example.org/app:1.2.3", "env": environment,
                    "ports": [{"containerPort": 8080}],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"},
                    },
                }]},
            },
        },
    });
    let live = as_the_server_has_it(&target, index);
    let object = |value| Arc::new(Object::new(value).expect("it has kind and name"));
    (object(target), object(live))
}

fn as_the_server_has_it(target: &Value, index: usize) -> Value {
    let mut live = target.clone();
    let metadata = &mut live["metadata"];
    metadata["annotations"][gitops_core::patch::LAST_APPLIED] = target.to_string().into();
    metadata["uid"] = format!("00000000-0000-0000-0000-{index:012}").into();
    metadata["resourceVersion"] = "12345".into();
    metadata["generation"] = 3.into();
    metadata["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
    let spec = &mut live["spec"];
    spec["replicas"] = 5.into();
    spec["progressDeadlineSeconds"] = 600.into();
    spec["revisionHistoryLimit"] = 10.into();
    let rolling = json!({"maxSurge": "25%", "maxUnavailable": "25%"});
    spec["strategy"] = json!({"type": "RollingUpdate", "rollingUpdate": rolling});
    let pod = &mut spec["template"]["spec"];
    pod["dnsPolicy"] = "ClusterFirst".into();
    pod["restartPolicy"] = "Always".into();
    pod["schedulerName"] = "default-scheduler".into();
    pod["securityContext"] = json!({});
    pod["terminationGracePeriodSeconds"] = 30.into();
    let container = &mut pod["containers"][0];
    container["imagePullPolicy"] = "IfNotPresent".into();
    container["terminationMessagePath"] = "/dev/termination-log".into();
    container["terminationMessagePolicy"] = "File".into();
    container["ports"] = json!([{"containerPort": 8080, "protocol": "TCP"}]);
    live["status"] = json!({
        "observedGeneration": 3, "replicas": 3, "readyReplicas": 3,
        "availableReplicas": 3, "updatedReplicas": 3,
    });
    live
}

fn settings() -> Settings {
    let mut rule = ResourceIgnoreDifferences::default();
    rule.group = "apps".into();
    rule.kind = "Deployment".into();
    rule.json_pointers = vec![
        "/spec/replicas".into(),
        "/spec/template/metadata/annotations".into(),
    ];
    let sidecar = ".spec.template.spec.containers[] | select(.name == \"sidecar\")";
    rule.jq_path_expressions = vec![sidecar.into()];
    Settings::default().ignore(Rules::compile([rule]).expect("the rule compiles"))
}

fn unchanged(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("diff unchanged");
    group.sample_size(10);
    let settings = settings();
    let distinct: Vec<Pair> = (0..10_000).map(deployment).collect();
    for count in [10, 1_000, 10_000, 100_000] {
        let pairs: Vec<Pair> = distinct.iter().cycle().take(count).cloned().collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(count),
            &pairs,
            |bencher, pairs| {
                bencher.iter(|| {
                    for (target, live) in pairs {
                        black_box(diff::diff(Some(target), Some(live), &settings));
                    }
                });
            },
        );
    }
    group.finish();
}

/// One Deployment, with rules for this many other kinds.
fn rules(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("diff rules of kinds");
    let (target, live) = deployment(0);
    for kinds in [5, 50, 500, 5_000] {
        let other = |index| {
            let mut rule = ResourceIgnoreDifferences::default();
            rule.group = format!("group-{index}.example.org");
            rule.kind = "Thing".into();
            rule.json_pointers = vec!["/spec/size".into()];
            rule
        };
        let rules = Rules::compile((0..kinds).map(other)).expect("the rules compile");
        let settings = Settings::default().ignore(rules);
        group.bench_function(BenchmarkId::from_parameter(kinds), |bencher| {
            bencher.iter(|| black_box(diff::diff(Some(&target), Some(&live), &settings)));
        });
    }
    group.finish();
}

fn application(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compare application");
    group.sample_size(10);
    let settings = compare::Settings::new("bench", "default").diff(settings());
    for count in [10, 1_000, 10_000] {
        let (targets, live): (Vec<_>, Vec<_>) = (0..count).map(deployment).unzip();
        let targets: Vec<Object> = targets.iter().map(|target| (**target).clone()).collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter_batched(
                || targets.clone(),
                |targets| compare::compare(targets, live.iter().cloned(), &settings),
                criterion::BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, unchanged, rules, application);
criterion_main!(benches);
