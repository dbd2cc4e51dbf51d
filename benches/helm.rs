//! Rendering charts: one of the size that people begin with, and one of a hundred
//! templates.
//!
//! `GITOPS_BENCH_CHART` may name the folder of a chart to measure besides these.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gitops_core::TreePath;
use gitops_render::directory::DirectoryTree;
use gitops_render::gotemplate::{Limits, Value};
use gitops_render::helm::{Chart, Engine, Release, Sources, Values};
use gitops_render::memory::MemoryTree;
use serde_json::json;

const HELPERS: &str = r#"
{{- define "web.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "web.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (include "web.name" .) | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}
{{- define "web.selector" -}}
app.kubernetes.io/name: {{ include "web.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "web.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "web.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
"#;

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.fullname" . }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "web.selector" . | nindent 6 }}
  template:
    metadata:
      {{- with .Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels:
        {{- include "web.labels" . | nindent 8 }}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          ports:
            {{- range .Values.ports }}
            - name: {{ .name }}
              containerPort: {{ .port }}
            {{- end }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
      {{- with .Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
"#;

const SERVICE: &str = r#"apiVersion: v1
kind: Service
metadata:
  name: {{ include "web.fullname" . }}
  labels:
    {{- include "web.labels" . | nindent 4 }}
spec:
  type: {{ .Values.service.type }}
  ports:
    {{- range .Values.ports }}
    - port: {{ .port }}
      targetPort: {{ .name }}
    {{- end }}
  selector:
    {{- include "web.selector" . | nindent 4 }}
"#;

const VALUES: &str = r#"
replicas: 2
image: {repository: registry.example.com/shop/web, tag: ""}
nameOverride: ""
fullnameOverride: ""
podAnnotations: {prometheus.io/scrape: "true"}
ports: [{name: http, port: 8080}, {name: metrics, port: 9090}]
service: {type: ClusterIP}
resources: {limits: {cpu: 500m, memory: 256Mi}, requests: {cpu: 100m, memory: 128Mi}}
tolerations: [{key: dedicated, operator: Equal, value: shop, effect: NoSchedule}]
autoscaling: {enabled: false}
"#;

/// A chart with `count` pairs of a Deployment and a Service.
fn chart(count: usize) -> MemoryTree {
    let file = |tree: MemoryTree, path: &str, text: &str| tree.with_file(path, text).unwrap();
    let mut tree = MemoryTree::new();
    tree = file(
        tree,
        "Chart.yaml",
        "{apiVersion: v2, name: web, version: 1.2.3, appVersion: '4.5'}",
    );
    tree = file(tree, "values.yaml", VALUES);
    tree = file(tree, "templates/_helpers.tpl", HELPERS);
    for number in 0..count {
        tree = file(
            tree,
            &format!("templates/deployment-{number}.yaml"),
            DEPLOYMENT,
        );
        tree = file(tree, &format!("templates/service-{number}.yaml"), SERVICE);
    }
    tree
}

/// A chart from its files to its manifests.
fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("helm");
    let root = TreePath::root();
    for count in [1, 50] {
        let tree = chart(count);
        group.bench_with_input(
            BenchmarkId::new("load and render", count),
            &tree,
            |bench, tree| {
                bench.iter(|| {
                    let chart = Arc::new(Chart::load(tree, &root).unwrap());
                    black_box(
                        Release::new("shop", "prod")
                            .render(&chart, &Values::new())
                            .unwrap(),
                    )
                });
            },
        );
    }
    if let Some(folder) = std::env::var_os("GITOPS_BENCH_CHART") {
        let tree = DirectoryTree::new(folder);
        group.bench_function("load and render a given chart", |bench| {
            bench.iter(|| {
                let chart = Arc::new(Chart::load(&tree, &root).unwrap());
                black_box(
                    Release::new("shop", "prod")
                        .render(&chart, &Values::new())
                        .unwrap(),
                )
            });
        });
    }
    group.finish();
}

/// What parsing once saves.
fn engine(criterion: &mut Criterion) {
    let files = [
        ("web/templates/_helpers.tpl", HELPERS),
        ("web/templates/deployment.yaml", DEPLOYMENT),
        ("web/templates/service.yaml", SERVICE),
    ];
    let values = gitops_core::yaml::read(VALUES, &gitops_core::yaml::Options::default()).unwrap();
    let data = || {
        Value::from(json!({
            "Values": values,
            "Chart": {"Name": "web", "Version": "1.2.3", "AppVersion": "4.5"},
            "Release": {"Name": "shop", "Namespace": "prod"},
        }))
    };
    let (limits, sources) = (Limits::default(), Sources::default());
    let render = |engine: &Engine| engine.render(&limits, &sources, |_| data()).unwrap();
    criterion.bench_function("templates parsed and rendered", |bench| {
        bench.iter(|| black_box(render(&Engine::parse(files).unwrap())));
    });
    let engine = Engine::parse(files).unwrap();
    criterion.bench_function("templates rendered again", |bench| {
        bench.iter(|| black_box(render(&engine)));
    });
}

criterion_group!(benches, whole, engine);
criterion_main!(benches);
