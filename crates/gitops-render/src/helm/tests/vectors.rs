use serde_json::Value as Json;

use super::render;

fn lines(name: &str) -> Vec<Json> {
    let path = format!("{}/testdata/helm/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[track_caller]
fn report(name: &str, cases: usize, failures: &[String]) {
    for failure in failures {
        println!("{failure}\n");
    }
    println!("{name}: {} of {cases}", cases - failures.len());
    assert!(
        failures.is_empty(),
        "{} cases of {name} differ",
        failures.len()
    );
}

#[test]
fn templates_render_as_the_reference_renders_them() {
    check_templates("templates.jsonl", "templates-values.json");
}

/// Random calls of every function, also with arguments of the wrong kind.
#[test]
fn odd_calls_give_what_the_reference_gives() {
    check_templates("templates-corners.jsonl", "templates-corners-values.json");
}

/// Renders the templates of a file; `values` is the file of those that say no others.
#[track_caller]
fn check_templates(name: &str, values: &str) {
    let path = format!("{}/testdata/helm/{values}", env!("CARGO_MANIFEST_DIR"));
    let default: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let cases = lines(name);
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let own = case["values"].is_object();
            let values = if own { &case["values"] } else { &default };
            let template = case["template"].as_str().unwrap();
            let found = render(template, values);
            let expected = match case.get("out") {
                Some(out) => Ok(out.as_str().unwrap().to_owned()),
                None => Err(case["err"].as_str().unwrap().to_owned()),
            };
            (found != expected)
                .then(|| format!("{template:?}\n  expected {expected:?}\n  found    {found:?}"))
        })
        .collect();
    report(name, cases.len(), &failures);
}

#[test]
fn values_are_written_as_the_reference_writes_them() {
    let cases = lines("yaml-write.jsonl");
    let functions = ["toYaml", "toYamlPretty", "toJson", "print", "quote"];
    let failures: Vec<String> = cases
        .iter()
        .flat_map(|case| functions.map(|function| (case, function)))
        .filter_map(|(case, function)| {
            let values = serde_json::json!({"v": case["v"]});
            let found = render(&format!("{{{{ {function} .Values.v }}}}"), &values);
            let expected = case[function].as_str().unwrap();
            (found.as_deref() != Ok(expected)).then(|| {
                format!(
                    "{function} of {}\n  expected {expected:?}\n  found    {found:?}",
                    case["v"]
                )
            })
        })
        .collect();
    report("yaml-write.jsonl", cases.len() * functions.len(), &failures);
}

#[test]
fn with_a_fixed_seed_every_template_renders_twice_the_same() {
    for case in lines("templates.jsonl") {
        let template = case["template"].as_str().unwrap();
        // Keys and slow hashes take their time, and have a test of their own.
        if ["gen", "bcrypt", "htpasswd", "derivePassword"]
            .iter()
            .any(|slow| template.contains(slow))
        {
            continue;
        }
        let values = serde_json::json!({"l": [1, "a"], "m": {"b": 2, "a": 1}});
        assert_eq!(
            render(template, &values),
            render(template, &values),
            "{template}"
        );
    }
}
