//! Sections 8 and 9: order, text, scalars.

use super::{built, fails, gives};

const THREE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: b}\n---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: c}\n";

fn order(sort: &str) -> Vec<String> {
    let text = format!("resources: [a.yaml]\n{sort}");
    let output = built(&[("kustomization.yaml", &text), ("a.yaml", THREE)], "").unwrap();
    let values = output.into_values();
    let names = values.iter();
    names
        .map(|it| it["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_core_group_comes_after_named_groups() {
    assert_eq!(order(""), ["b", "c", "a"]);
    assert_eq!(order("sortOptions: {order: fifo}"), ["a", "b", "c"]);
    assert_eq!(
        order("sortOptions: {order: legacy, legacySortOptions: {orderLast: [Namespace]}}"),
        ["c", "a", "b"]
    );
}

#[test]
fn an_unknown_order_is_an_error() {
    fails(
        &[(
            "kustomization.yaml",
            "resources: []\nsortOptions: {order: alphabet}\n",
        )],
        "",
        "the field 'sortOptions.order' must be one of [fifo, legacy]",
    );
}

#[test]
fn scalars_keep_their_type_and_change_their_spelling() {
    gives(
        &[
            ("kustomization.yaml", "resources: [a.yaml]\n"),
            (
                "a.yaml",
                "apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: [yes, True, ~, 0x10, 017, 1_000, 1.0, 1e3, 1e-7, 2001-01-01, '5', !!str 5]\n",
            ),
        ],
        "",
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nx:\n- \"yes\"\n- true\n- null\n- 16\n- 15\n- 1000\n- 1\n- 1000\n- 1e-07\n- \"2001-01-01T00:00:00Z\"\n- \"5\"\n- \"5\"\n",
    );
}

#[test]
fn anchors_and_merges_are_expanded() {
    gives(
        &[
            ("kustomization.yaml", "resources: [a.yaml]\n"),
            (
                "a.yaml",
                "apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\n",
            ),
        ],
        "",
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nx:\n  a: 1\n  b: 2\n\"y\":\n  a: 1\n  b: 3\n",
    );
}

#[test]
fn a_list_gives_way_to_its_items() {
    let text =
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n";
    gives(
        &[
            ("kustomization.yaml", "resources: [a.yaml]\n"),
            ("a.yaml", text),
        ],
        "",
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\n",
    );
}

#[test]
fn what_json_cannot_say_names_file_object_and_line() {
    let check = |line: &str, message: &str| {
        let text = format!("apiVersion: v1\nkind: A\nmetadata: {{name: a}}\n{line}\n");
        fails(
            &[
                ("kustomization.yaml", "resources: [a.yaml]\n"),
                ("a.yaml", &text),
            ],
            "",
            message,
        );
    };
    check(
        "x: 1\nx: 2",
        "a.yaml: A.v1.[noGrp]/a.[noNs]: line 5: mapping key \"x\" already defined at line 4",
    );
    check(
        "x: {1: 2}",
        "a.yaml: A.v1.[noGrp]/a.[noNs]: line 4: json: unsupported type",
    );
    check(
        "x: .inf",
        "a.yaml: A.v1.[noGrp]/a.[noNs]: line 4: json: unsupported value: .inf",
    );
}

#[test]
fn an_object_marked_local_takes_part_and_is_dropped() {
    gives(
        &[
            (
                "kustomization.yaml",
                "resources: [a.yaml]\nreplacements: [{source: {kind: B, fieldPath: v}, targets: [{select: {kind: A}, fieldPaths: [v]}]}]\n",
            ),
            (
                "a.yaml",
                "apiVersion: v1\nkind: A\nmetadata: {name: a}\nv: 1\n---\napiVersion: v1\nkind: B\nmetadata: {name: b, annotations: {config.kubernetes.io/local-config: 'true'}}\nv: 2\n",
            ),
        ],
        "",
        "apiVersion: v1\nkind: A\nmetadata:\n  name: a\nv: 2\n",
    );
}

#[test]
fn origins_are_noted_when_asked_for() {
    gives(
        &[
            (
                "kustomization.yaml",
                "buildMetadata: [originAnnotations]\nresources: [a.yaml]\n",
            ),
            ("a.yaml", "apiVersion: v1\nkind: A\nmetadata: {name: a}\n"),
        ],
        "",
        "apiVersion: v1\nkind: A\nmetadata:\n  annotations:\n    config.kubernetes.io/origin: |\n      path: a.yaml\n  name: a\n",
    );
}

#[test]
fn a_replaced_map_comes_from_what_replaces_it_and_a_merged_one_from_its_base() {
    for (behavior, configured_in) in [
        ("replace", "kustomization.yaml"),
        ("merge", "../base/kustomization.yaml"),
    ] {
        let base = "configMapGenerator: [{name: a, literals: [k=v], options: {disableNameSuffixHash: true}}]\n";
        let top = format!(
            "buildMetadata: [originAnnotations]\nresources: [../base]\nconfigMapGenerator: [{{name: a, behavior: {behavior}, literals: [k=w]}}]\n"
        );
        let files = [
            ("base/kustomization.yaml", base),
            ("top/kustomization.yaml", &top),
        ];
        let text = built(&files, "top").unwrap().to_string();
        let line = format!("      configuredIn: {configured_in}\n");
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn noting_origins_leaves_annotations_as_they_are_until_a_transformer_has_run() {
    let object = "apiVersion: v1\nkind: A\nmetadata: {name: a, annotations: {f: 1.50}}\n";
    let patch = "- target: {kind: A}\n  patch: '- {op: add, path: /v, value: w}'\n";
    let first = "- target: {kind: A}\n  patch: '{kind: A, metadata: {name: a}, u: x}'\n";
    for (patches, float) in [
        (patch.to_owned(), "1.5"),
        (format!("{first}{patch}"), "1.50"),
    ] {
        let text =
            format!("resources: [a.yaml]\nbuildMetadata: [managedByLabel]\npatches:\n{patches}");
        let output = built(&[("kustomization.yaml", &text), ("a.yaml", object)], "").unwrap();
        let values = output.into_values();
        assert_eq!(values[0]["metadata"]["annotations"]["f"], float);
    }
}
