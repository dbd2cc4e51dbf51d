use proptest::prelude::*;
use serde_json::Value;

use crate::yaml::{Dialect, Options, decode, documents, objects, read, to_yaml_pretty, write};

/// Text of every kind that needs care, but for the line breaks only YAML 1.1 had.
fn text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        "yes",
        "~",
        "1e3",
        "0x1F",
        "12:30",
        "2001-01-01",
        "<<",
        "- a",
        "a: b",
        "# c",
        "'",
        "\"",
        "|",
        "\n",
        "a\nb\n",
        " x",
        "x ",
        "\t",
        "---",
        "\u{feff}",
        "{{ x }}",
        "%",
        "\u{7f}",
        "",
        "\u{85}",
        "\\",
        "😀",
        "!!str",
        "&a",
        "*a",
        "?",
    ]);
    prop_oneof![
        "[ -~]{0,100}",
        "\\PC{0,20}",
        prop::collection::vec(awkward, 1..4).prop_map(|parts| parts.concat()),
        prop::collection::vec(any::<char>(), 0..12).prop_map(|all| all.into_iter().collect()),
    ]
    .prop_map(|text| text.replace(['\u{2028}', '\u{2029}'], ""))
}

pub(super) fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |it| it.is_finite())
            .prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Whether two values are the same, numbers by value.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, item)| b.get(key).is_some_and(|other| same(item, other)))
        }
        _ => a == b,
    }
}

/// Whether a key or a text is as asked for.
fn holds(value: &Value, is_wanted: &impl Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => is_wanted(text),
        Value::Array(list) => list.iter().any(|item| holds(item, is_wanted)),
        Value::Object(map) => map
            .iter()
            .any(|(key, item)| is_wanted(key) || holds(item, is_wanted)),
        _ => false,
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(value in value()) {
        let text = write(&value);
        let back = read(&text, &Options::default());
        prop_assert!(back.as_ref().is_ok_and(|back| same(back, &value)), "{text}\n{back:?}");
        prop_assert_eq!(write(&back.unwrap()), text);
    }

    /// But for a key `<<`, and for lines of which the first begins with a tab: go-yaml 3
    /// writes both in a way that it does not read itself.
    #[test]
    fn pretty_text_reads_back_the_same(value in value()) {
        prop_assume!(!value.to_string().contains("\"<<\":"));
        prop_assume!(!holds(&value, &|text| text.starts_with('\t') && text.contains('\n')));
        let text = to_yaml_pretty(&value) + "\n";
        let back = read(&text, &Options::default());
        prop_assert!(back.as_ref().is_ok_and(|back| same(back, &value)), "{text}\n{back:?}");
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(text) = decode(&bytes) {
            let _ = objects(&text, &Options::default());
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-{}\\[\\],:?&*!|>'\"%@#<a1 \n\t~.\\\\\u{feff}\u{85}]{0,80}") {
        for dialect in [Dialect::Kubernetes, Dialect::Helm, Dialect::Kustomize] {
            for document in documents(&text, &Options::default().dialect(dialect)) {
                if let Ok(value) = document.value {
                    let _ = write(&value);
                }
            }
        }
    }
}
