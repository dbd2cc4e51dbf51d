//! What holds for every object.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{diff, object, structured, without_rules};
use crate::mask::Masking;

/// JSON as people nest it.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..100).prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
        Just(json!("100m")),
    ];
    let key = prop_oneof![
        "[a-d]{1,2}",
        Just("name".to_owned()),
        Just("spec".to_owned()),
        Just("containers".to_owned()),
        Just("template".to_owned()),
        Just("ports".to_owned()),
        Just("env".to_owned()),
        Just("containerPort".to_owned()),
        Just("replicas".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec![
        ("v1", "Pod"),
        ("v1", "Service"),
        ("v1", "Secret"),
        ("apps/v1", "Deployment"),
        ("example.org/v1", "Thing"),
    ]);
    (kinds, json_value(), json_value()).prop_map(|((version, kind), spec, data)| {
        json!({
            "apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": spec, "data": data,
        })
    })
}

fn same_kind() -> impl Strategy<Value = (Value, Value)> {
    (any_object(), json_value(), json_value()).prop_map(|(object, spec, data)| {
        let mut other = object.clone();
        other["spec"] = spec;
        other["data"] = data;
        (object, other)
    })
}

proptest! {
    #[test]
    fn an_object_does_not_differ_from_itself(value in any_object()) {
        let one = object(&value);
        let diff = diff(Some(&one), Some(&one), &without_rules());
        prop_assert!(!diff.is_modified(), "{:?}", diff.changes);
    }

    #[test]
    fn what_is_predicted_is_in_sync((target, live) in same_kind()) {
        let target = object(&target);
        let first = diff(Some(&target), Some(&object(&live)), &without_rules());
        let predicted = first.predicted.unwrap();
        let second = diff(Some(&target), Some(&object(&predicted)), &without_rules());
        prop_assert!(!second.is_modified(), "{:?} then {:?}", first.changes, second.changes);
    }

    #[test]
    fn the_patch_of_an_apply_leads_to_what_it_predicts((target, live) in same_kind()) {
        if let Some(outcome) = crate::patch::three_way(None, &target, &live) {
            let again = crate::patch::three_way(None, &target, &outcome.predicted);
            prop_assert!(again.is_none(), "{} then {}", outcome.patch, again.unwrap().patch);
        }
    }

    #[test]
    fn a_structured_merge_of_the_result_changes_nothing((target, live) in same_kind()) {
        let settings = without_rules().choice(structured());
        let target = object(&target);
        let first = diff(Some(&target), Some(&object(&live)), &settings);
        let predicted = first.predicted.unwrap();
        let second = diff(Some(&target), Some(&object(&predicted)), &settings);
        prop_assert!(!second.is_modified(), "{:?} then {:?}", first.changes, second.changes);
    }

    #[test]
    fn rules_never_panic(value in any_object(), pointer in "(/[a-d0-9~-]{0,3}){0,4}", index in -3i64..4) {
        let mut value = value;
        crate::ignore::pointer::Pointer::parse(&pointer).map(|pointer| pointer.remove(&mut value));
        let pointer = format!("/spec/{index}");
        crate::ignore::pointer::Pointer::parse(&pointer).map(|pointer| pointer.remove(&mut value));
    }

    #[test]
    fn no_output_shows_what_a_secret_holds(keys in prop::collection::btree_map("[a-z]{1,4}", "[A-Z]{12}", 1..4), plain: bool) {
        let map: Map<String, Value> = keys.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        let field = if plain { "stringData" } else { "data" };
        let target = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, field: map});
        let mut live = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {"other": "T1RIRVJTRUNSRVQ="}});
        live["metadata"]["annotations"][crate::patch::LAST_APPLIED] = target.to_string().into();
        let masking = Masking::default();
        for live in [Some(object(&live)), None] {
            let diff = diff(Some(&object(&target)), live.as_ref(), &without_rules());
            let outputs = [
                diff.unified(&masking),
                diff.paths(&masking),
                diff.to_json(&masking).to_string(),
                format!("{diff:?}"),
                format!("{:?}", diff.warnings),
            ];
            for value in keys.values().map(String::as_str).chain(["T1RIRVJTRUNSRVQ="]) {
                use base64::Engine as _;
                let encoded = base64::engine::general_purpose::STANDARD.encode(value);
                for output in &outputs {
                    prop_assert!(!output.contains(value) && !output.contains(&encoded), "{output}");
                }
            }
        }
    }
}
