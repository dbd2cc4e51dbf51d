//! Section 3 and 7: namespaces, names, labels, annotations, images, replicas.

use super::{built, fails, gives};

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, image: 'web:1'}]}}}\n";

fn value(files: &[(&str, &str)], path: &str) -> serde_json::Value {
    let output = built(files, path).unwrap_or_else(|error| panic!("{error}"));
    output.into_values().swap_remove(0)
}

fn one(kustomization: &str, object: &str) -> serde_json::Value {
    let kustomization = format!("resources: [a.yaml]\n{kustomization}");
    value(
        &[("kustomization.yaml", &kustomization), ("a.yaml", object)],
        "",
    )
}

#[test]
fn unknown_kinds_get_a_namespace_and_cluster_kinds_do_not() {
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\n";
    assert_eq!(
        one("namespace: shop", widget)["metadata"]["namespace"],
        "shop"
    );
    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n";
    assert!(
        one("namespace: shop", role)["metadata"]
            .get("namespace")
            .is_none()
    );
}

#[test]
fn only_subjects_named_default_get_the_namespace() {
    let binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: a}\nroleRef: {kind: Role, name: r, apiGroup: rbac.authorization.k8s.io}\nsubjects: [{kind: ServiceAccount, name: default}, {kind: ServiceAccount, name: other}]\n";
    let binding = one("namespace: shop", binding);
    assert_eq!(binding["subjects"][0]["namespace"], "shop");
    assert!(binding["subjects"][1].get("namespace").is_none());
}

#[test]
fn one_namespace_for_two_objects_of_a_name_is_a_conflict() {
    let two = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: x}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: y}\n";
    fails(
        &[
            ("kustomization.yaml", "resources: [a.yaml]\nnamespace: z\n"),
            ("a.yaml", two),
        ],
        "",
        "namespace transformation produces ID conflict",
    );
}

#[test]
fn definitions_and_namespaces_keep_their_names() {
    let object = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";
    assert_eq!(one("namePrefix: x-", object)["metadata"]["name"], "a");
}

#[test]
fn a_quoted_name_stays_text_and_an_unquoted_one_means_what_it_looks_like() {
    let object = "apiVersion: v1\nkind: Pod\nmetadata: {name: '10'}\n";
    assert_eq!(one("namePrefix: '1'", object)["metadata"]["name"], "110");
    let object = "apiVersion: v1\nkind: Pod\nmetadata: {name: 10}\n";
    assert_eq!(one("namePrefix: '1'", object)["metadata"]["name"], 110);
}

#[test]
fn common_labels_reach_selectors_and_templates() {
    let web = one("commonLabels: {app: web}", WEB);
    for path in [
        "/metadata/labels/app",
        "/spec/selector/matchLabels/app",
        "/spec/template/metadata/labels/app",
    ] {
        assert_eq!(web.pointer(path).unwrap(), "web", "{path}");
    }
}

#[test]
fn labels_go_where_their_entry_says() {
    let web = one(
        "labels: [{pairs: {a: b}, includeTemplates: true}, {pairs: {num: '5'}}]",
        WEB,
    );
    assert_eq!(web["metadata"]["labels"]["num"], "5");
    assert_eq!(web["spec"]["template"]["metadata"]["labels"]["a"], "b");
    assert!(
        web["spec"]["template"]["metadata"]["labels"]
            .get("num")
            .is_none()
    );
    assert!(web["spec"].get("selector").is_none());
}

#[test]
fn a_label_added_in_several_places_is_one_label_from_then_on() {
    let web = value(
        &[
            (
                "base/kustomization.yaml",
                "resources: [a.yaml]\ncommonLabels: {app: base}\n",
            ),
            ("base/a.yaml", WEB),
            (
                "top/kustomization.yaml",
                "resources: [../base]\nlabels: [{pairs: {app: top}}]\n",
            ),
        ],
        "top",
    );
    assert_eq!(web["metadata"]["labels"]["app"], "top");
    assert_eq!(web["spec"]["selector"]["matchLabels"]["app"], "top");
}

#[test]
fn annotations_are_text_and_vanish_when_empty() {
    let object =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {n: 5, t: true, z: null}}\n";
    let pod = one("", object);
    assert_eq!(
        pod["metadata"]["annotations"],
        serde_json::json!({"n": "5", "t": "true", "z": "null"})
    );
    let object = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {}}\n";
    assert!(one("", object)["metadata"].get("annotations").is_none());
}

#[test]
fn images_are_renamed_by_pattern() {
    let image = |entry: &str| {
        let web = one(&format!("images: [{entry}]"), WEB);
        web["spec"]["template"]["spec"]["containers"][0]["image"].clone()
    };
    assert_eq!(image("{name: web, newName: shop, newTag: '2'}"), "shop:2");
    assert_eq!(image("{name: w.b, digest: 'sha256:ab'}"), "web@sha256:ab");
    assert_eq!(image("{name: other, newTag: '2'}"), "web:1");
    // Pod templates are reached in two ways, so a suffix is added twice.
    assert_eq!(image("{name: web, tagSuffix: -dev}"), "web:1-dev-dev");
}

#[test]
fn replicas_need_a_workload_of_that_name() {
    assert_eq!(
        one("replicas: [{name: web, count: 3}]", WEB)["spec"]["replicas"],
        3
    );
    fails(
        &[
            (
                "kustomization.yaml",
                "resources: [a.yaml]\nreplicas: [{name: wbe, count: 3}]\n",
            ),
            ("a.yaml", WEB),
        ],
        "",
        "resource with name wbe does not match a config with the following GVK",
    );
}

#[test]
fn configured_fields_are_added_to_the_built_in_ones() {
    gives(
        &[
            (
                "kustomization.yaml",
                "resources: [a.yaml]\nnamePrefix: x-\nconfigurations: [config.yaml]\n",
            ),
            (
                "config.yaml",
                "nameReference: [{kind: ConfigMap, fieldSpecs: [{kind: Widget, path: spec/map}]}]\n",
            ),
            (
                "a.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {map: m}\n",
            ),
        ],
        "",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x-m\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: x-w\nspec:\n  map: x-m\n",
    );
}

#[test]
fn a_configured_kind_that_contradicts_the_built_in_fields_is_an_error() {
    fails(
        &[
            (
                "kustomization.yaml",
                "resources: [a.yaml]\nconfigurations: [config.yaml]\n",
            ),
            (
                "config.yaml",
                "commonLabels: [{kind: Deployment, path: metadata/labels}]\n",
            ),
            ("a.yaml", WEB),
        ],
        "",
        "failed to merge CommonLabels fieldSpec: conflicting fieldspecs",
    );
}

#[test]
fn schemas_of_custom_resources_mark_fields() {
    let crd = r#"{"com.example.v1.Widget": {"Schema": {"properties": {
        "apiVersion": {}, "kind": {}, "metadata": {},
        "map": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap"}}}}}"#;
    gives(
        &[
            (
                "kustomization.yaml",
                "resources: [a.yaml]\nnamePrefix: x-\ncrds: [crd.json]\n",
            ),
            ("crd.json", crd),
            (
                "a.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n---\napiVersion: example.com/v1\nkind: Widget\nmap: {name: m}\nmetadata: {name: w}\n",
            ),
        ],
        "",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x-m\n---\napiVersion: example.com/v1\nkind: Widget\nmap:\n  name: x-m\nmetadata:\n  name: x-w\n",
    );
}

#[test]
fn a_count_keeps_the_quotes_it_stands_in() {
    for (written, expected) in [("2", "3"), ("'2'", "\"3\""), ("null", "3")] {
        let web = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {written}}}\n"
        );
        gives(
            &[
                (
                    "kustomization.yaml",
                    "resources: [web.yaml]\nreplicas: [{name: web, count: 3}]\n",
                ),
                ("web.yaml", &web),
            ],
            "",
            &format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: {expected}\n"
            ),
        );
    }
}
