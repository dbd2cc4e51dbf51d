use serde_json::Value;

use crate::yaml::{Dialect, Options, read, to_yaml, to_yaml_pretty, write};

const READ: &str = include_str!("../../../testdata/yaml/yaml-read.jsonl");
const WRITE: &str = include_str!("../../../testdata/yaml/yaml-write.jsonl");

fn lines(text: &str) -> impl Iterator<Item = Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

/// Prints `N of M` and fails with the cases that differ.
#[track_caller]
fn report(what: &str, total: usize, failed: &[String]) {
    println!("{what}: {} of {total}", total - failed.len());
    let shown = &failed[..failed.len().min(8)];
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        shown.join("\n")
    );
}

/// All numbers as floats, as Helm's values hold them.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().unwrap().into(),
        Value::Array(list) => list.iter().map(floats).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, item)| (key.clone(), floats(item)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn values_files_read_as_helm_reads_them() {
    let options = Options::default().dialect(Dialect::Helm);
    let mut failed = Vec::new();
    let cases: Vec<_> = lines(READ).collect();
    for case in &cases {
        let text = case["yaml"].as_str().unwrap();
        // A values file must be a map; none at all counts as an empty one.
        let read = match read(text, &options) {
            Ok(Value::Null) => Ok(serde_json::json!({})),
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err("not a map".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let passed = match (&read, case.get("json")) {
            (Ok(value), Some(expected)) => floats(value) == floats(expected),
            (Err(_), None) => true,
            _ => false,
        };
        if !passed {
            failed.push(format!("{case}\n    {read:?}"));
        }
    }
    report("yaml-read", cases.len(), &failed);
}

#[track_caller]
fn written(field: &str, writer: impl Fn(&Value) -> String) {
    let cases: Vec<_> = lines(WRITE).collect();
    let failed: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let text = writer(&case["v"]);
            let expected = case[field].as_str().unwrap();
            (text != expected).then(|| format!("--- wanted\n{expected}\n--- got\n{text}"))
        })
        .collect();
    report(field, cases.len(), &failed);
}

#[test]
fn values_are_written_as_helm_writes_them() {
    written("toYaml", |value| to_yaml(&floats(value)));
}

#[test]
fn values_are_written_pretty_as_helm_writes_them() {
    written("toYamlPretty", |value| to_yaml_pretty(&floats(value)));
}

#[test]
fn what_is_written_reads_back() {
    let options = Options::default();
    let failed: Vec<_> = lines(WRITE)
        .filter(|case| !case["v"].to_string().contains(['\u{2028}', '\u{2029}']))
        .filter(|case| {
            read(&write(&case["v"]), &options).map(|it| floats(&it)) != Ok(floats(&case["v"]))
        })
        .map(|case| {
            format!(
                "{}\n{}\n{:?}",
                case["v"],
                write(&case["v"]),
                read(&write(&case["v"]), &options)
            )
        })
        .collect();
    report("written and read", lines(WRITE).count(), &failed);
}
