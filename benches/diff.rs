//! Comparing Deployments of 3 KB that need no change: two pointer rules and one jq
//! rule each.

#[path = "diff/deployment.rs"]
mod deployment;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::diff::{self, Settings};
use gitops_core::ignore::Rules;
use gitops_core::{Object, compare};

use deployment::{Pair, deployment, settings};

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
