use std::fmt::Write as _;

use gitops_core::TreePath;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{build, tree};
use crate::kustomize::patch::{json, schema::Schema, strategic};
use crate::kustomize::{Node, Options};

fn value() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "a", "b", "name", "$patch", "delete", "replace", "", "1",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_i64..9).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn pod(containers: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}})
}

proptest! {
    #[test]
    fn strategic_merge_never_panics(old in value(), patch in value()) {
        let schema = Schema::built_in();
        let _ = strategic::merge(Node::from_value(&old), &Node::from_value(&patch), &schema);
        let (old, patch) = (Node::from_value(&pod(&old)), Node::from_value(&pod(&patch)));
        let _ = strategic::merge(old, &patch, &schema);
    }

    #[test]
    fn json_patches_never_panic(
        mut document in value(),
        op in prop::sample::select(vec!["add", "remove", "replace", "test", "move", "copy", "x"]),
        path in "[/a01~-]{0,8}",
        from in "[/a01~-]{0,8}",
        value in value(),
    ) {
        let operation = json::Operation { op: op.into(), path: Some(path), from, value };
        let _ = json::apply(&mut document, &[operation]);
    }

    #[test]
    fn a_tree_and_its_json_are_the_same(value in value()) {
        prop_assert_eq!(Node::from_value(&value).to_value().unwrap(), value);
    }

    #[test]
    fn a_layer_that_says_nothing_changes_nothing(
        prefix in "[a-z]{1,4}-", count in 1_usize..6, namespace in prop::option::of("[a-z]{1,5}"),
    ) {
        let mut base = format!("namePrefix: {prefix}\nconfigMapGenerator:\n");
        for at in 0..count {
            writeln!(base, "- {{name: m{at}, literals: [a={at}]}}").unwrap();
        }
        if let Some(namespace) = namespace {
            writeln!(base, "namespace: \"{namespace}\"").unwrap();
        }
        let files = tree(&[("base/kustomization.yaml", &base), ("top/kustomization.yaml", "resources: [../base]\n")]);
        let built = |path: &str| {
            build(&files, &TreePath::new(path).unwrap(), &Options::default()).unwrap().to_string()
        };
        let once = built("base");
        prop_assert_eq!(built("top"), once.as_str());
        let again = tree(&[("kustomization.yaml", "resources: [all.yaml]\n"), ("all.yaml", &once)]);
        let again = build(&again, &TreePath::root(), &Options::default()).unwrap().to_string();
        prop_assert_eq!(again, once);
    }

    #[test]
    fn no_kustomization_makes_it_panic(text in "[a-zA-Z:{}\\[\\], \n'\"-]{0,80}") {
        let files = tree(&[("kustomization.yaml", &text)]);
        let _ = build(&files, &TreePath::root(), &Options::default());
    }
}
