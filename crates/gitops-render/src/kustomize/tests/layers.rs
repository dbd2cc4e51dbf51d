use super::{built, fails, gives};

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n";

#[test]
fn names_are_followed_through_all_layers() {
    gives(
        &[
            (
                "base/kustomization.yaml",
                "namePrefix: b-\nconfigMapGenerator: [{name: m, literals: [a=b]}]\nresources: [pod.yaml]\n",
            ),
            (
                "base/pod.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  volumes: [{name: v, configMap: {name: m}}]\n",
            ),
            (
                "top/kustomization.yaml",
                "namePrefix: t-\nnamespace: shop\nresources: [../base]\n",
            ),
        ],
        "top",
        "
apiVersion: v1
data:
  a: b
kind: ConfigMap
metadata:
  name: t-b-m-4h2mbtbbt6
  namespace: shop
---
apiVersion: v1
kind: Pod
metadata:
  name: t-b-p
  namespace: shop
spec:
  volumes:
  - configMap:
      name: t-b-m-4h2mbtbbt6
    name: v
",
    );
}

#[test]
fn components_run_before_their_parents_transformers() {
    gives(
        &[
            (
                "c/kustomization.yaml",
                "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nnameSuffix: -c\n",
            ),
            (
                "top/kustomization.yaml",
                "nameSuffix: -t\nresources: [map.yaml]\ncomponents: [../c]\n",
            ),
            ("top/map.yaml", MAP),
        ],
        "top",
        "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: a-c-t\n",
    );
}

#[test]
fn an_unknown_field_is_named_with_its_line_and_the_nearest_name() {
    fails(
        &[("kustomization.yaml", "resources: []\nnamePrefx: a-\n")],
        "",
        "kustomization.yaml:2: invalid Kustomization: json: unknown field \"namePrefx\" at namePrefx, did you mean namePrefix?",
    );
    fails(
        &[("kustomization.yaml", "patches:\n- path: a\n  targt: {}\n")],
        "",
        "kustomization.yaml:3: invalid Kustomization: json: unknown field \"targt\" at patches[0].targt, did you mean target?",
    );
}

#[test]
fn files_outside_the_layer_need_leave() {
    let files = [
        ("top/kustomization.yaml", "resources: [../map.yaml]\n"),
        ("map.yaml", MAP),
    ];
    fails(
        &files,
        "top",
        "security; file '/map.yaml' is not in or below '/top'",
    );
    let options = super::Options::default().load_restrictor(crate::kustomize::LoadRestrictor::None);
    let path = gitops_core::TreePath::new("top").unwrap();
    assert!(super::build(&super::tree(&files), &path, &options).is_ok());
}

#[test]
fn cycles_and_doubles_are_told() {
    fails(
        &[
            ("a/kustomization.yaml", "resources: [../b]\n"),
            ("b/kustomization.yaml", "resources: [../a]\n"),
        ],
        "a",
        "cycle detected: candidate root '/a' contains visited root '/a'",
    );
    fails(
        &[
            ("kustomization.yaml", "resources: [a.yaml, b.yaml]\n"),
            ("a.yaml", MAP),
            ("b.yaml", MAP),
        ],
        "",
        "may not add resource with an already registered id: ConfigMap.v1.[noGrp]/a.[noNs]",
    );
}

#[test]
fn remote_bases_are_asked_for_and_refused_clearly() {
    fails(
        &[(
            "kustomization.yaml",
            "resources: ['https://example.org/org/repo//deploy?ref=v1']\n",
        )],
        "",
        "remote base https://example.org/org/repo cannot be read",
    );
}

#[test]
fn a_programs_own_plugin_takes_the_place_of_an_executable() {
    let files = [
        (
            "kustomization.yaml",
            "resources: [map.yaml]\ntransformers: [plugin.yaml]\n",
        ),
        ("map.yaml", MAP),
        (
            "plugin.yaml",
            "apiVersion: example.org/v1\nkind: Upper\nmetadata: {name: x}\n",
        ),
    ];
    fails(&files, "", "unable to load external plugin 'Upper'");
    let options = super::Options::default().plugin(
        "Upper",
        std::sync::Arc::new(|_, mut objects: Vec<serde_json::Value>| {
            objects[0]["data"]["k"] = "V".into();
            Ok(objects)
        }),
    );
    let path = gitops_core::TreePath::root();
    let output = super::build(&super::tree(&files), &path, &options).unwrap();
    assert_eq!(output.into_values()[0]["data"]["k"], "V");
}

#[test]
fn deprecated_fields_are_warned_of() {
    let output = built(
        &[
            (
                "kustomization.yaml",
                "commonLabels: {a: b}\nresources: [map.yaml]\n",
            ),
            ("map.yaml", MAP),
        ],
        "",
    );
    assert!(output.unwrap().warnings[0].contains("'commonLabels' is deprecated"));
}
