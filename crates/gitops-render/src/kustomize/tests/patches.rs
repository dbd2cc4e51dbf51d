use super::{fails, gives};

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: web, image: 'web:1', args: [a, b]}
      - {name: log}
";

#[track_caller]
fn patched(patch: &str, containers: &str) {
    gives(
        &[
            (
                "kustomization.yaml",
                "resources: [web.yaml]\npatches: [{path: patch.yaml, target: {kind: Deployment}}]\n",
            ),
            ("web.yaml", DEPLOYMENT),
            ("patch.yaml", patch),
        ],
        "",
        &format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:{containers}"
        ),
    );
}

fn strategic(containers: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: any}}\nspec: {{template: {{spec: {{containers: {containers}}}}}}}\n"
    )
}

#[test]
fn elements_merge_by_name_and_plain_lists_are_replaced() {
    patched(
        &strategic("[{name: new}, {name: web, args: [c]}]"),
        "\n      - name: new\n      - args:\n        - c\n        image: web:1\n        name: web\n      - name: log\n",
    );
}

#[test]
fn an_element_is_deleted_by_directive() {
    patched(
        &strategic("[{name: web, $patch: delete}]"),
        "\n      - name: log\n",
    );
}

#[test]
fn a_json_patch_needs_a_target() {
    patched(
        "- {op: remove, path: /spec/template/spec/containers/0}\n",
        "\n      - name: log\n",
    );
    fails(
        &[(
            "kustomization.yaml",
            "resources: []\npatches: [{patch: '[{\"op\": \"remove\", \"path\": \"/a\"}]'}]\n",
        )],
        "",
        "must specify a target for JSON patch",
    );
}

#[test]
fn a_patch_for_nothing_names_what_it_looked_for() {
    fails(
        &[
            (
                "kustomization.yaml",
                "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n",
            ),
            ("web.yaml", DEPLOYMENT),
            ("patch.yaml", &strategic("[]")),
        ],
        "",
        "kustomization.yaml:2: no resource matches strategic merge patch \"Deployment.v1.apps/any.[noNs]\": no matches for Id",
    );
}

#[test]
fn a_field_keeps_its_quotes_and_so_its_type() {
    gives(
        &[
            (
                "kustomization.yaml",
                "resources: [map.yaml]\npatches: [{path: patch.yaml}]\n",
            ),
            (
                "map.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {port: '8080', on: \"true\"}\n",
            ),
            (
                "patch.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {port: 9090, on: false}\n",
            ),
        ],
        "",
        "apiVersion: v1\ndata:\n  \"on\": \"false\"\n  port: \"9090\"\nkind: ConfigMap\nmetadata:\n  name: a\n",
    );
}

#[test]
fn bad_patterns_and_paths_are_errors() {
    let with = |patches: &str| format!("resources: [web.yaml]\n{patches}");
    let check = |text: &str, message: &str| {
        fails(
            &[("kustomization.yaml", text), ("web.yaml", DEPLOYMENT)],
            "",
            message,
        );
    };
    check(
        &with(
            "patches: [{patch: '[{\"op\": \"remove\", \"path\": \"/a\"}]', target: {kind: '['}}]\n",
        ),
        "error parsing regexp",
    );
    check(
        &with(
            "patches: [{patch: '[{\"op\": \"remove\", \"path\": \"/a/b\"}]', target: {kind: Deployment}}]\n",
        ),
        "missing path: \"/a/b\"",
    );
    check(
        &with(
            "replacements: [{source: {kind: Deployment, fieldPath: spec.x}, targets: [{select: {kind: Deployment}}]}]\n",
        ),
        "fieldPath `spec.x` is missing",
    );
}

#[test]
fn a_json_patch_may_replace_the_object_and_must_name_a_path() {
    let kustomization = |operation: &str| {
        format!(
            "resources: [web.yaml]\npatches:\n- target: {{kind: Deployment}}\n  patch: |-\n    - {operation}\n"
        )
    };
    let with = |operation: &str, message: &str| {
        let text = kustomization(operation);
        fails(
            &[("kustomization.yaml", &text), ("web.yaml", DEPLOYMENT)],
            "",
            message,
        );
    };
    with(
        "{op: replace, path: '', value: [1]}",
        "cannot become a list",
    );
    with(
        "{op: replace, value: {a: b}}",
        "replace operation failed to decode path",
    );
    with("{path: /a}", "Unexpected kind: unknown");
    let text = kustomization(
        "{op: replace, path: '', value: {apiVersion: v1, kind: A, metadata: {name: a}}}",
    );
    gives(
        &[("kustomization.yaml", &text), ("web.yaml", DEPLOYMENT)],
        "",
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n",
    );
}

#[test]
fn a_patch_in_brackets_is_json() {
    let text = "resources: [web.yaml]\npatches: [{target: {kind: Deployment}, patch: '[{op: remove, path: /spec}]'}]\n";
    fails(
        &[("kustomization.yaml", text), ("web.yaml", DEPLOYMENT)],
        "",
        "unable to parse SM or JSON patch",
    );
}

#[test]
fn numbers_of_a_json_patch_are_floats() {
    for (value, text, annotation) in [
        ("1000000", "1000000", "1e+06"),
        (
            "123456789012345678",
            "123456789012345680",
            "1.2345678901234568e+17",
        ),
        (
            "18446744073709551615",
            "1.8446744073709552e+19",
            "1.8446744073709552e+19",
        ),
    ] {
        let kustomization = format!(
            "resources: [a.yaml]\npatches:\n- target: {{kind: A}}\n  patch: |-\n    - {{op: add, path: /v, value: {value}}}\n    - {{op: add, path: /metadata/annotations, value: {{v: {value}}}}}\n"
        );
        let files = [
            ("kustomization.yaml", kustomization.as_str()),
            ("a.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: a}\n"),
        ];
        let expected = format!(
            "apiVersion: v1\nkind: A\nmetadata:\n  annotations:\n    v: \"{annotation}\"\n  name: a\nv: {text}\n"
        );
        gives(&files, "", &expected);
    }
}

#[test]
fn the_hash_counts_numbers_as_floats() {
    let kustomization = "secretGenerator: [{name: a}]\npatches: [{patch: '{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {x: 18446744073709551615}}'}]\n";
    gives(
        &[("kustomization.yaml", kustomization)],
        "",
        "apiVersion: v1\ndata:\n  x: 18446744073709551615\nkind: Secret\nmetadata:\n  name: a-29h597m22f\ntype: Opaque\n",
    );
}
