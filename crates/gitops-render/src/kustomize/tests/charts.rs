//! `helmCharts`, with charts beside the kustomization and from repositories.

use std::sync::Arc;

use gitops_core::render::{NoRemotes, Remotes};
use gitops_core::{Location, Tree, TreePath};
use serde_json::Value;

use super::tree;
use crate::kustomize::{Error, Options, Output, build_with};
use crate::memory::MemoryTree;

const CHART: [(&str, &str); 4] = [
    ("Chart.yaml", "apiVersion: v2\nname: motd\nversion: 1.2.3\n"),
    ("values.yaml", "text: hello\nlist: {a: 1}\n"),
    (
        "crds/crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: motds.example.com}\n",
    ),
    (
        "templates/map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\ndata: {text: {{ .Values.text }}, a: '{{ .Values.list.a }}'}\n",
    ),
];

/// The charts of one repository.
struct Charts;

impl Remotes for Charts {
    fn tree(&self, _: &Location) -> Result<Arc<dyn Tree>, gitops_core::source::Error> {
        Ok(Arc::new(tree(&CHART)))
    }
}

fn rendered(chart: &str, options: &Options, remotes: &dyn Remotes) -> Result<Vec<Value>, Error> {
    let text = format!("namePrefix: my-\nhelmCharts: [{{name: motd, releaseName: r, {chart}}}]\n");
    let files: MemoryTree = CHART.iter().fold(
        tree(&[("kustomization.yaml", &text)]),
        |tree, (path, text)| {
            tree.with_file(&format!("charts/motd/{path}"), *text)
                .unwrap()
        },
    );
    let files = files.with_file("own.yaml", "text: own\n").unwrap();
    build_with(&files, &TreePath::root(), options, remotes, |_| Ok(())).map(Output::into_values)
}

fn local(chart: &str) -> Vec<Value> {
    let options = Options::default().enable_helm(true);
    rendered(chart, &options, &NoRemotes).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn charts_need_a_switch() {
    let error = rendered("", &Options::default(), &NoRemotes)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("kustomization.yaml") && error.contains("must specify --enable-helm"),
        "{error}"
    );
}

#[test]
fn a_chart_beside_the_kustomization_is_rendered_and_transformed() {
    let map = &local("namespace: shop")[0];
    assert_eq!(map["metadata"]["name"], "my-r");
    assert_eq!(map["metadata"]["namespace"], "shop");
    assert_eq!(map["data"]["text"], "hello");
}

#[test]
fn inline_values_and_files_are_combined_as_asked() {
    assert_eq!(
        local("valuesInline: {text: inline}")[0]["data"]["text"],
        "inline"
    );
    let merged = local("valuesMerge: merge, valuesInline: {text: inline, list: {a: 2}}");
    assert_eq!(merged[0]["data"]["text"], "hello");
    assert_eq!(
        local("additionalValuesFiles: [own.yaml]")[0]["data"]["text"],
        "own"
    );
    assert_eq!(local("valuesFile: own.yaml")[0]["data"]["text"], "own");
}

#[test]
fn definitions_come_along_when_asked_for() {
    assert_eq!(local("").len(), 1);
    let all = local("includeCRDs: true");
    assert_eq!(all.len(), 2);
    assert_eq!(all[0]["kind"], "CustomResourceDefinition");
}

#[test]
fn a_chart_from_a_repository_is_asked_of_the_sources() {
    let options = Options::default().enable_helm(true);
    let chart = "repo: 'https://charts.example.org', version: 1.2.3";
    let error = rendered(chart, &options, &NoRemotes)
        .unwrap_err()
        .to_string();
    assert!(error.contains("charts.example.org"), "{error}");
    let all = rendered(chart, &options, &Charts).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(all[0]["data"]["text"], "hello");
}

#[test]
fn globals_and_the_deprecated_field_name_charts_too() {
    for (field, home) in [
        ("helmCharts", "helmGlobals: {chartHome: elsewhere}\n"),
        ("helmChartInflationGenerator", ""),
    ] {
        let folder = if home.is_empty() {
            "charts"
        } else {
            "elsewhere"
        };
        let text = format!("{home}{field}: [{{name: motd, releaseName: r}}]\n");
        let files = CHART.iter().fold(
            tree(&[("kustomization.yaml", &text)]),
            |tree, (path, text)| {
                tree.with_file(&format!("{folder}/motd/{path}"), *text)
                    .unwrap()
            },
        );
        let options = Options::default().enable_helm(true);
        let output = build_with(&files, &TreePath::root(), &options, &NoRemotes, |_| Ok(()));
        let values = output
            .unwrap_or_else(|error| panic!("{error}"))
            .into_values();
        assert_eq!(values[0]["data"]["text"], "hello", "{field}");
    }
}
