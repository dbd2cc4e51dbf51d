//! Building overlays: real ones, a large one, and how the cost grows with objects and with layers.
//!
//! The real overlays are read from `../shared/data/kustomize-real` and left out where it is missing.

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gitops_core::TreePath;
use gitops_render::directory::DirectoryTree;
use gitops_render::kustomize::{LoadRestrictor, Options, build};
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

/// Definitions of four megabytes, with a namespace, labels and an object to patch.
fn definitions() -> MemoryTree {
    let mut all = String::new();
    for number in 0..40 {
        let _ = write!(
            all,
            "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: kind{number}.example.com\nspec:\n  group: example.com\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n"
        );
        for field in 0..560 {
            let _ = write!(
                all,
                "          field{field}:\n            description: What field {field} of this kind is for, told in one long line that readers skip.\n            type: object\n            properties:\n              name:\n                type: string\n"
            );
        }
    }
    all += "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n";
    let kustomization = "namespace: shop\nresources: [all.yaml]\ncommonLabels: {app: shop}\npatches:\n- patch: '{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"m\"}, \"data\": {\"a\": \"b\"}}'\n";
    let tree = MemoryTree::new().with_file("kustomization.yaml", kustomization);
    tree.and_then(|tree| tree.with_file("all.yaml", all))
        .expect("two files")
}

/// A real overlay: its files, its folder, how it may load.
struct Overlay {
    name: String,
    root: PathBuf,
    folder: TreePath,
    options: Options,
}

impl Overlay {
    fn all() -> Vec<Self> {
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/kustomize-real");
        let Ok(index) = std::fs::read_to_string(suite.join("index.tsv")) else {
            println!(
                "kustomize: real overlays left out, none at {}",
                suite.display()
            );
            return Vec::new();
        };
        let overlay = |line: &str| {
            let columns: Vec<&str> = line.split('\t').collect();
            let restrictor = match columns[3] {
                "LoadRestrictionsNone" => LoadRestrictor::None,
                _ => LoadRestrictor::RootOnly,
            };
            Self {
                name: columns[0].to_owned(),
                root: suite.join(columns[0]).join("input"),
                folder: TreePath::new(columns[2]).expect("a folder of the suite"),
                options: Options::default().load_restrictor(restrictor),
            }
        };
        index.lines().skip(1).map(overlay).collect()
    }

    /// From files to the stream.
    fn build(&self) -> usize {
        let tree = DirectoryTree::new(self.root.clone());
        let output = build(&tree, &self.folder, &self.options);
        output.map_or(0, |output| output.to_string().len())
    }
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kustomize");
    group.sample_size(10);
    let overlays = Overlay::all();
    let middle = "manifests--applications-pipeline-upstream-env-plain-multi-user";
    if let Some(overlay) = overlays.iter().find(|overlay| overlay.name == middle) {
        group.bench_function("real, 25 layers and 117 objects", |bencher| {
            bencher.iter(|| overlay.build());
        });
    }
    if !overlays.is_empty() {
        group.bench_function(BenchmarkId::new("real, all", overlays.len()), |bencher| {
            bencher.iter(|| overlays.iter().map(Overlay::build).sum::<usize>());
        });
    }
    let large = definitions();
    group.bench_function("4 MB with definitions", |bencher| {
        bencher.iter(|| {
            let output = build(black_box(&large), &TreePath::root(), &Options::default());
            output.map_or(0, |output| output.to_string().len())
        });
    });
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
