//! What holds for every object.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Settings, diff, object, rules, structured, without_rules};
use crate::ignore::pointer::Pointer;
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

/// A deployment whose containers and variables are told apart by name.
fn deployment(images: &[(String, String)]) -> Value {
    let container = |(name, image): &(String, String)| {
        let env = images
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}));
        json!({"name": name, "image": image, "env": env.collect::<Value>()})
    };
    let containers: Value = images.iter().map(container).collect();
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
        "spec": {"template": {"spec": {"containers": containers}}},
    })
}

/// Distinct names, each with a wanted, a live and a last applied image, and an order.
fn images() -> impl Strategy<Value = Vec<(String, [String; 3])>> {
    let three = [(); 3].map(|()| "[ab]");
    let named = prop::collection::btree_map("[a-f]", three, 1..6);
    named
        .prop_map(|named| named.into_iter().collect())
        .prop_shuffle()
}

/// The same text with the keys of every map in another order.
fn turned(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries = map.iter().rev();
            let texts = entries
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), turned(value)));
            format!("{{{}}}", texts.collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => {
            format!(
                "[{}]",
                list.iter().map(turned).collect::<Vec<_>>().join(",")
            )
        }
        other => other.to_string(),
    }
}

const EXPRESSIONS: [&str; 8] = [
    ".. | .a?",
    ".spec[]",
    ".spec.containers[] | select(.name == \"a\")",
    ".data[.spec | tostring]",
    "if .spec then .data.a else empty end",
    ".spec | paths | length",
    ".spec[1:][0]",
    ".spec // .data.b",
];

proptest! {
    #[test]
    fn the_order_of_a_list_with_keys_does_not_matter(images in images(), shuffled in any::<prop::sample::Selector>()) {
        let mut turned: Vec<_> = images.clone();
        turned.sort_by_key(|(name, _)| shuffled.select([name.len(), usize::from(name.as_bytes()[0] % 3)]));
        let side = |all: &[(String, [String; 3])], at: usize| {
            let one = all.iter().map(|(name, three)| (name.clone(), three[at].clone()));
            deployment(&one.collect::<Vec<_>>())
        };
        let changed = |all: &[(String, [String; 3])], last: &[(String, [String; 3])]| {
            let mut live = side(all, 1);
            live["metadata"]["annotations"] = json!({crate::patch::LAST_APPLIED: side(last, 2).to_string()});
            let settings = [without_rules(), without_rules().choice(structured())];
            let diffs = settings.map(|settings| diff(Some(&object(&side(all, 0))), Some(&object(&live)), &settings));
            diffs.map(|diff| diff.changes.iter().map(|change| format!("{change:?}")).collect::<Vec<_>>())
        };
        let first = changed(&images, &images);
        prop_assert_eq!(&first, &changed(&turned, &turned));
        prop_assert_eq!(&first, &changed(&images, &turned));
    }

    #[test]
    fn the_order_of_keys_does_not_matter((target, live) in same_kind()) {
        let read = |text: &str| object(&serde_json::from_str(text).unwrap());
        let changed = |target: &str, live: &str| {
            diff(Some(&read(target)), Some(&read(live)), &without_rules()).changes
        };
        prop_assert!(
            changed(&target.to_string(), &live.to_string()) == changed(&turned(&target), &turned(&live))
        );
    }

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
        for pointer in [pointer, format!("/spec/{index}")] {
            let place = Pointer::parse(&pointer).and_then(|pointer| pointer.place(&value));
            place.map(|place| place.remove(&mut value));
        }
    }

    #[test]
    fn expressions_never_panic((target, live) in same_kind(), expression in prop::sample::select(&EXPRESSIONS[..])) {
        let settings = Settings::default().ignore(rules(&[], &[expression], &[]));
        let diff = diff(Some(&object(&target)), Some(&object(&live)), &settings);
        prop_assert!(diff.warnings.len() <= 3, "{:?}", diff.warnings);
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
