//! Sections 5 and 6: generators, replacements, variables.

use super::{built, fails, gives};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {host: none, list: [{name: a, at: '1'}, {name: ab, at: '2'}]}\n";
const MAP: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {host: db.shop, port: '80'}\n";

fn pod(kustomization: &str) -> serde_json::Value {
    let kustomization = format!("resources: [pod.yaml, map.yaml]\n{kustomization}");
    let files = [
        ("kustomization.yaml", kustomization.as_str()),
        ("pod.yaml", POD),
        ("map.yaml", MAP),
    ];
    let output = built(&files, "").unwrap_or_else(|error| panic!("{error}"));
    output.into_values().swap_remove(1)
}

#[test]
fn literals_files_and_env_files_become_data() {
    gives(
        &[
            (
                "kustomization.yaml",
                "generatorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: m, literals: [\"a='b'\"], files: [c=c.txt], envs: [e.env]}]\n",
            ),
            ("c.txt", "one\r\ntwo"),
            ("e.env", "\u{feff}# note\n  X=1=2\nY\n"),
        ],
        "",
        "apiVersion: v1\ndata:\n  X: 1=2\n  \"Y\": \"\"\n  a: b\n  c: \"one\\r\\ntwo\"\nkind: ConfigMap\nmetadata:\n  name: m\n",
    );
}

#[test]
fn long_secrets_are_broken_into_lines() {
    let long = format!(
        "secretGenerator: [{{name: s, literals: [a={}]}}]\n",
        "x".repeat(60)
    );
    let output = built(&[("kustomization.yaml", &long)], "").unwrap();
    let values = output.into_values();
    let data = values[0]["data"]["a"].as_str().unwrap();
    assert_eq!(data.lines().next().map(str::len), Some(70));
    assert!(data.ends_with('\n'));
}

#[test]
fn a_key_that_stands_twice_is_an_error() {
    fails(
        &[(
            "kustomization.yaml",
            "configMapGenerator: [{name: m, literals: [a=1, a=2]}]\n",
        )],
        "",
        "configmap m illegally repeats the key `a`",
    );
}

#[test]
fn merging_keeps_the_place_and_makes_everything_text() {
    gives(
        &[
            ("base/kustomization.yaml", "resources: [m.yaml]\n"),
            (
                "base/m.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: true, b: old}\n",
            ),
            (
                "top/kustomization.yaml",
                "resources: [../base]\nconfigMapGenerator: [{name: m, behavior: merge, literals: [b=new]}]\n",
            ),
        ],
        "top",
        "apiVersion: v1\ndata:\n  a: \"true\"\n  b: new\nkind: ConfigMap\nmetadata:\n  name: m\n",
    );
}

#[test]
fn there_must_be_something_to_merge_with_and_nothing_to_create_beside() {
    fails(
        &[(
            "kustomization.yaml",
            "configMapGenerator: [{name: m, behavior: merge}]\n",
        )],
        "",
        "does not exist; cannot merge or replace",
    );
    fails(
        &[
            (
                "kustomization.yaml",
                "resources: [m.yaml]\nconfigMapGenerator: [{name: m}]\n",
            ),
            ("m.yaml", MAP),
        ],
        "",
        "exists; behavior must be merge or replace",
    );
}

#[test]
fn a_replacement_copies_text_and_the_target_keeps_its_type() {
    let with = |target: &str| {
        pod(&format!(
            "replacements: [{{source: {{kind: ConfigMap, fieldPath: data.port}}, targets: [{{select: {{kind: Pod}}, {target}}}]}}]\n"
        ))
    };
    assert_eq!(with("fieldPaths: [spec.host]")["spec"]["host"], "80");
    // A value in brackets is a regular expression without anchors.
    let list = with("fieldPaths: ['spec.list.[name=a].at']");
    assert_eq!(list["spec"]["list"][1]["at"], "80");
    assert_eq!(
        with("fieldPaths: [spec.made.here], options: {create: true}")["spec"]["made"]["here"],
        80
    );
    assert_eq!(
        with("fieldPaths: [metadata.name], options: {delimiter: '-', index: 9}")["metadata"]["name"],
        "p-80"
    );
}

#[test]
fn a_field_path_that_leads_nowhere_is_an_error() {
    fails(
        &[
            (
                "kustomization.yaml",
                "resources: [pod.yaml]\nreplacements: [{source: {kind: Pod}, targets: [{select: {kind: Pod}, fieldPaths: [spec.nothing]}]}]\n",
            ),
            ("pod.yaml", POD),
        ],
        "",
        "unable to find field \"spec.nothing\" in replacement target",
    );
}

#[test]
fn namespaces_of_sources_are_compared_as_written() {
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r, namespace: shop}\n";
    let text = "resources: [pod.yaml, role.yaml]\nreplacements: [{source: {kind: ClusterRole, namespace: shop}, targets: [{select: {kind: Pod}, fieldPaths: [spec.host]}]}]\n";
    let files = [
        ("kustomization.yaml", text),
        ("pod.yaml", POD),
        ("role.yaml", role),
    ];
    let output = built(&files, "").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(output.into_values()[1]["spec"]["host"], "r");
}

#[test]
fn variables_are_replaced_in_the_fields_that_may_hold_some() {
    gives(
        &[
            (
                "kustomization.yaml",
                "resources: [pod.yaml, map.yaml]\nvars: [{name: HOST, objref: {apiVersion: v1, kind: ConfigMap, name: m}, fieldref: {fieldPath: data.host}}]\n",
            ),
            (
                "pod.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, args: ['$(HOST):1', '$$(HOST)', '$(OTHER)']}]}\n",
            ),
            (
                "map.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {host: db}\n",
            ),
        ],
        "",
        "apiVersion: v1\ndata:\n  host: db\nkind: ConfigMap\nmetadata:\n  name: m\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - args:\n    - db:1\n    - $(HOST)\n    - $(OTHER)\n    name: c\n",
    );
}

#[test]
fn a_variable_needs_an_object_and_a_field() {
    fails(
        &[(
            "kustomization.yaml",
            "resources: []\nvars: [{name: V, objref: {apiVersion: v1, kind: Pod, name: p}}]\n",
        )],
        "",
        "var '{V Pod.v1.[noGrp] {metadata.name}}' cannot be mapped to a field in the set of known resources",
    );
}
