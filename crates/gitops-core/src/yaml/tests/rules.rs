use serde_json::{Value, json};

use crate::yaml::{Dialect, Options, decode, documents, objects, read};

#[track_caller]
fn gives(dialect: Dialect, text: &str, value: &Value) {
    let read = read(text, &Options::default().dialect(dialect));
    assert_eq!(read.as_ref(), Ok(value), "{text}");
}

#[track_caller]
fn fails(dialect: Dialect, text: &str, message: &str) {
    let error = read(text, &Options::default().dialect(dialect)).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn equal_keys_are_an_error_in_manifests_and_replaced_in_values() {
    let text = "a: 1\nb: {c: 1}\na: 2\n";
    fails(
        Dialect::Kubernetes,
        text,
        "line 3, column 1: key \"a\" is already set in this map",
    );
    fails(
        Dialect::Kustomize,
        text,
        "line 3, column 1: key \"a\" is already set in this map",
    );
    gives(Dialect::Helm, text, &json!({"a": 2, "b": {"c": 1}}));
    fails(
        Dialect::Kubernetes,
        "1: a\n\"1\": b",
        "line 2, column 1: key \"1\" is already set in this map",
    );
}

#[test]
fn a_merge_overrides_where_it_stands_in_version_2_and_never_in_version_3() {
    let text = "base: &base {a: 1, b: 2}\nuse:\n  a: 3\n  <<: *base\n  b: 4\n";
    let merged = |a| json!({"base": {"a": 1, "b": 2}, "use": {"a": a, "b": 4}});
    gives(Dialect::Kubernetes, text, &merged(1));
    gives(Dialect::Helm, text, &merged(1));
    gives(Dialect::Kustomize, text, &merged(3));
}

#[test]
fn the_earlier_of_merged_maps_wins() {
    for dialect in [Dialect::Helm, Dialect::Kustomize] {
        gives(
            dialect,
            "<<: [{a: 1}, {a: 2, b: 3}]",
            &json!({"a": 1, "b": 3}),
        );
    }
}

#[test]
fn a_quoted_merge_key_is_a_key() {
    gives(
        Dialect::Kubernetes,
        "'<<': {a: 1}",
        &json!({"<<": {"a": 1}}),
    );
}

#[test]
fn version_3_leaves_old_booleans_text_and_normalises_dates() {
    gives(
        Dialect::Kustomize,
        "[yes, on, n, true, 0o17, 2001-1-1, 019]",
        &json!(["yes", "on", "n", true, 15, "2001-01-01T00:00:00Z", 19]),
    );
    fails(
        Dialect::Kustomize,
        "1: a",
        "line 1, column 1: unsupported map key: a number",
    );
}

#[test]
fn integers_of_64_bits_stay_exact() {
    gives(
        Dialect::Kubernetes,
        "[9223372036854775807, 18446744073709551615, 1e3, 1.0]",
        &json!([i64::MAX, u64::MAX, 1000, 1]),
    );
}

#[test]
fn tags_decide_where_they_fit() {
    gives(
        Dialect::Kubernetes,
        "[!!str 12, !!int '3', !!float 1, !!binary aGk=, !other 12, ! 12]",
        &json!(["12", 3, 1, "hi", "12", "12"]),
    );
    fails(
        Dialect::Kubernetes,
        "a: !!int x",
        "line 1, column 10: cannot decode !!str as a !!int",
    );
}

#[test]
fn a_block_keeps_no_newline_it_does_not_have() {
    gives(Dialect::Kubernetes, "a: |\n  x", &json!({"a": "x"}));
    gives(Dialect::Kubernetes, "a: |+\n  x", &json!({"a": "x"}));
    gives(Dialect::Kubernetes, "a: >\n  x\n  y", &json!({"a": "x y"}));
    gives(Dialect::Kubernetes, "a: |\n  x\n", &json!({"a": "x\n"}));
    gives(
        Dialect::Kubernetes,
        "a: |\n  x\nb: 1",
        &json!({"a": "x\n", "b": 1}),
    );
}

#[test]
fn blanks_at_the_end_are_a_blocks_only_beyond_its_indent() {
    for (text, value) in [
        ("k: |\n  t\n ", "t\n"),
        ("k: >\n  t\n\n  u\n  ", "t\nu\n"),
        ("k: |+\n  t\n\n ", "t\n\n"),
        ("k: |\n  t\n   ", "t\n "),
        ("k: |-\n  t\n   ", "t\n "),
        ("k: |\n  t\n   \n ", "t\n \n"),
        ("k: |\n  t   ", "t   "),
    ] {
        gives(Dialect::Helm, text, &json!({"k": value}));
    }
}

#[test]
fn tabs_do_not_indent() {
    const STRAY: &str = "found character that cannot start any token";
    const INDENT: &str = "found a tab character that violates indentation";
    const BLOCK: &str = "found a tab character where an indentation space is expected";
    for (text, message) in [
        ("\ta: 1", STRAY),
        ("a:\n \tb: 1", STRAY),
        ("- \ta: 1", STRAY),
        ("a: 1 # c\n\t\nb: 2", STRAY),
        ("a: 'x'\n\t# c\n", STRAY),
        ("a: b\n\t# c\nd: e", INDENT),
        ("a:\n  - b\n \t\n", INDENT),
        ("a: |\n  \tx\n", BLOCK),
        ("a: >\n \t\n", BLOCK),
    ] {
        for dialect in [Dialect::Helm, Dialect::Kustomize] {
            let error = read(text, &Options::default().dialect(dialect)).unwrap_err();
            assert_eq!(error.problem.to_string(), message, "{text:?}");
        }
    }
    for (text, value) in [
        ("a:\t1\t# c", json!({"a": 1})),
        ("a: [\n\t1,\n\t{\n\tb: 2}]", json!({"a": [1, {"b": 2}]})),
        ("a: \"x\n \ty\"", json!({"a": "x y"})),
        ("a: b\n  \tc", json!({"a": "b c"})),
        ("a:\n  b\n   \t# c\n", json!({"a": "b"})),
        ("a: |\n  x\n  \ty\n", json!({"a": "x\n\ty\n"})),
        ("a: |2\n  \ty\n", json!({"a": "\ty\n"})),
        ("a: 1\n#\tb\n", json!({"a": 1})),
    ] {
        gives(Dialect::Helm, text, &value);
    }
}

#[test]
fn quoted_text_may_go_on_at_the_left_margin() {
    gives(
        Dialect::Kubernetes,
        "a:\n  b: \"one\ntwo\n\nthree\"\n  c: 'four\nfive'\n",
        &json!({"a": {"b": "one two\nthree", "c": "four five"}}),
    );
}

#[test]
fn every_document_is_read_whatever_the_others_are() {
    let text = "# head\n---\na: 1\n---  # two\na: [\n---\n\n--- a: b\nc: 3\n---\nd: 4";
    let options = Options::default();
    let read: Vec<_> = documents(text, &options)
        .map(|document| {
            (
                document.line,
                document.value.map_err(|error| error.to_string()),
            )
        })
        .collect();
    assert_eq!(read[0], (3, Ok(json!({"a": 1}))));
    assert_eq!(read[1].0, 5);
    assert!(
        read[1]
            .1
            .as_ref()
            .is_err_and(|error| error.starts_with("line 5, ")),
        "{read:?}"
    );
    assert!(
        read[2]
            .1
            .as_ref()
            .is_err_and(|error| error.starts_with("line 8, column 1: invalid"))
    );
    assert_eq!(
        read[3..],
        [(9, Ok(json!({"c": 3}))), (11, Ok(json!({"d": 4})))]
    );
}

#[test]
fn what_follows_the_first_document_is_not_looked_at() {
    gives(Dialect::Helm, "a: 1\n---\n[", &json!({"a": 1}));
    gives(Dialect::Helm, "a: 1\n...\n@garbage", &json!({"a": 1}));
}

#[test]
fn json_values_may_follow_each_other() {
    let text = "{\"a\": \"x\\/y\"}\n{\"b\": 2}\n";
    let options = Options::default();
    let lines: Vec<_> = documents(text, &options)
        .map(|it| (it.line, it.value.unwrap()))
        .collect();
    assert_eq!(lines, [(1, json!({"a": "x/y"})), (2, json!({"b": 2}))]);
}

#[test]
fn lists_are_unrolled_in_place() {
    let text = "
{apiVersion: v1, kind: List, items: [
  {apiVersion: v1, kind: ConfigMapList, items: [
    {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]},
  {apiVersion: v1, kind: Secret, metadata: {name: b}},
  12]}
---
{apiVersion: v1, kind: PodList, items: null}
---
null
---
{apiVersion: v1, kind: Pod, metadata: {name: c}}
";
    let read: Vec<_> = objects(text, &Options::default())
        .into_iter()
        .map(|object| object.map_or_else(|error| error.to_string(), |object| object.to_string()))
        .collect();
    assert_eq!(
        read,
        [
            "ConfigMap a",
            "Secret b",
            "line 1, column 1: items[2]: a Kubernetes object is a map, not a number",
            "Pod c",
        ]
    );
}

#[test]
fn errors_hold_no_values() {
    for text in [
        "a: !!int hunter2",
        "a: hunter2: x",
        "a: 'hunter2",
        "{hunter2: }: hunter2",
    ] {
        let error = read(text, &Options::default()).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn bytes_are_utf_8_or_marked_utf_16() {
    assert_eq!(decode(b"a: 1").unwrap(), "a: 1");
    assert_eq!(decode(b"\xff\xfea\0:\0").unwrap(), "a:");
    assert_eq!(decode(b"\xfe\xff\0a\0:").unwrap(), "a:");
    let error = decode(b"a: 1\nb: \xff").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 4: the text is not valid UTF-8"
    );
}
