//! Building overlays: how the cost grows with objects and with layers.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::TreePath;
use gitops_render::kustomize::{Options, build};
use gitops_render::memory::MemoryTree;

/// A layer of `count` deployments that each name a configuration, with a prefix and a namespace.
fn objects(count: usize) -> MemoryTree {
    let mut kustomization = String::from(
        "namePrefix: my-\nnamespace: shop\nresources: [all.yaml]\nconfigMapGenerator:\n",
    );
    let mut all = String::new();
    for number in 0..count {
        let _ = writeln!(
            kustomization,
            "- {{name: config-{number}, literals: [number={number}]}}"
        );
        let _ = write!(
            all,
            "---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: web-{number}}}}}
  template:
    metadata: {{labels: {{app: web-{number}}}}}
    spec:
      containers:
      - name: web
        image: web:1
        envFrom: [{{configMapRef: {{name: config-{number}}}}}]
"
        );
    }
    let tree = MemoryTree::new().with_file("kustomization.yaml", kustomization);
    tree.and_then(|tree| tree.with_file("all.yaml", all))
        .expect("two files")
}

/// Layers one on top of the other around ten objects.
fn layers(count: usize) -> MemoryTree {
    let text = (0..10).fold(String::new(), |text, number| {
        text + &format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{number}}}\n")
    });
    let mut tree = MemoryTree::new()
        .with_file("l0/all.yaml", text)
        .expect("a file");
    for layer in 0..count {
        let base = match layer {
            0 => "all.yaml".to_owned(),
            layer => format!("../l{}", layer - 1),
        };
        let kustomization = format!("nameSuffix: -l{layer}\nresources: [{base}]\n");
        tree = tree
            .with_file(&format!("l{layer}/kustomization.yaml"), kustomization)
            .expect("a file");
    }
    tree
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kustomize");
    group.sample_size(10);
    for count in [10, 100, 1_000, 10_000] {
        let tree = objects(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("objects", count), |bencher| {
            bencher
                .iter(|| build(black_box(&tree), &TreePath::root(), &Options::default()).is_ok());
        });
    }
    for count in [1, 10, 90] {
        let tree = layers(count);
        let path = TreePath::new(&format!("l{}", count - 1)).expect("a path");
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("layers", count), |bencher| {
            bencher.iter(|| build(black_box(&tree), &path, &Options::default()).is_ok());
        });
    }
}

criterion_group!(all, benches);
criterion_main!(all);
