use super::*;

/// Sets one expression and says what comes of it, numbers as they compare in JSON.
fn set(flag: &str, expression: &str) -> Result<Value, String> {
    let mut values = Values::new();
    let result = match flag {
        "--set" => values.set(expression),
        "--set-string" => values.set_string(expression),
        "--set-json" => values.set_json(expression),
        "--set-literal" => values.set_literal(expression),
        other => panic!("unknown flag {other}"),
    };
    result
        .map(|()| values.to_json())
        .map_err(|error| error.to_string())
}

#[test]
fn expressions_mean_what_helm_reads() {
    let mut failures = Vec::new();
    let vectors = include_str!("../../../testdata/helm/sets.jsonl");
    for line in vectors.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (flag, expression) = (
            case["flag"].as_str().unwrap(),
            case["expr"].as_str().unwrap(),
        );
        let found = set(flag, expression);
        let agrees = match (&found, case.get("out"), case.get("err")) {
            (Ok(found), Some(expected), _) => {
                with_floats(found.clone()) == with_floats(expected.clone())
            }
            (Err(found), None, Some(expected)) => found.contains(expected.as_str().unwrap()),
            _ => false,
        };
        if !agrees {
            failures.push(format!("{flag} {expression}: {found:?}, not {case}"));
        }
    }
    println!(
        "{} of {} --set cases",
        vectors.lines().count() - failures.len(),
        vectors.lines().count()
    );
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn numbers_of_set_are_integers_and_those_of_files_are_floats() {
    let mut values = Values::new();
    values.file("values.yaml", "a: 1").unwrap();
    values.set("b=1").unwrap();
    assert!(values.0["a"].is_f64());
    assert!(values.0["b"].is_i64());
}

#[test]
fn hostile_expressions_end() {
    for expression in [
        "a.".repeat(10_000),
        format!("a{}=1", "[0]".repeat(10_000)),
        format!("a{}=1", "[65536]".repeat(50)),
        (0..100)
            .map(|n| format!("a{n}[65536]=1"))
            .collect::<Vec<_>>()
            .join(","),
    ] {
        assert!(set("--set", &expression).is_err());
    }
}
