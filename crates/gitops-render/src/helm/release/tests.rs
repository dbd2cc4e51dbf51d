use gitops_core::TreePath;
use serde_json::Value as Json;
use std::fmt::Write as _;

use super::*;
use crate::memory::MemoryTree;

/// Renders a case of the vectors.
fn render(case: &Json) -> Result<String, Error> {
    let mut tree = MemoryTree::new();
    for (path, text) in case["files"].as_object().unwrap() {
        tree = tree.with_file(path, text.as_str().unwrap()).unwrap();
    }
    let chart = Arc::new(Chart::load(&tree, &TreePath::root())?);
    let options = &case["opts"];
    let on = |name: &str| options[name].as_bool().unwrap_or_default();
    let versions = options["api_versions"].as_array().into_iter().flatten();
    let release = Release::new("r", "ns")
        .kube_version(options["kube_version"].as_str().unwrap_or("1.34.0"))
        .api_versions(
            versions
                .map(|version| version.as_str().unwrap().to_owned())
                .collect(),
        )
        .is_upgrade(on("is_upgrade"))
        .include_crds(on("include_crds"))
        .skip_tests(on("skip_tests"))
        .skip_schema_validation(on("skip_schema_validation"));
    let values = Values::from(case["values"].as_object().cloned().unwrap_or_default());
    release
        .render(&chart, &values)
        .map(|output| output.to_string())
}

/// An error without what a YAML reader says in its own words.
fn place(error: &str) -> &str {
    let end = error
        .find("converting YAML to JSON:")
        .unwrap_or(error.len());
    error[..end].trim()
}

#[test]
fn charts_render_as_helm_renders_them() {
    let vectors = include_str!("../../../testdata/helm/charts.jsonl");
    let mut failures = Vec::new();
    let mut count = 0;
    for line in vectors.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        // Argo CD has no strict mode.
        if case["opts"].get("strict").is_some() {
            continue;
        }
        count += 1;
        let found = render(&case).map_err(|error| error.to_string());
        let agrees = match (&found, case["out"].as_str(), case["err"].as_str()) {
            (Ok(found), Some(expected), _) => found == expected,
            (Err(found), None, Some(expected)) => place(found) == place(expected),
            _ => false,
        };
        if !agrees {
            failures.push(format!(
                "{}:\n  found {found:?}\n  wants {} {}",
                case["case"], case["out"], case["err"]
            ));
        }
    }
    println!("{} of {count} charts", count - failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A chart whose subchart has these values and imports.
fn importing(values: &str, imports: &str) -> Result<String, Error> {
    let chart = format!(
        "apiVersion: v2\nname: p\nversion: 1.0.0\ndependencies:\n- name: sub\n  version: '*'\n  import-values:\n{imports}"
    );
    let files = serde_json::json!({
        "Chart.yaml": chart,
        "templates/v.yaml": "v: {{ toJson .Values }}\n",
        "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
        "charts/sub/values.yaml": values,
    });
    render(&serde_json::json!({"files": files, "values": {}, "opts": {}}))
}

#[test]
fn imports_that_make_a_table_hold_itself_are_refused() {
    let error = importing(
        "data: {a: {b: 1}}\n",
        "  - {child: data.a, parent: x}\n  - {child: data, parent: x}\n",
    );
    let error = error.unwrap_err().to_string();
    assert_eq!(error, "import-values: the table \"a\" would hold itself");
}

#[test]
fn imports_that_double_values_again_and_again_end() {
    let mut values = String::from("t0: {k: v}\n");
    let mut imports = String::new();
    for level in 1..60 {
        let below = level - 1;
        writeln!(values, "t{level}: {{k: v}}").unwrap();
        writeln!(imports, "  - {{child: t{level}, parent: t{level}}}").unwrap();
        writeln!(imports, "  - {{child: t{below}, parent: t{level}.p}}").unwrap();
        writeln!(imports, "  - {{child: t{below}, parent: t{level}.q}}").unwrap();
    }
    let error = importing(&values, &imports).unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { what: "values", .. }),
        "{error}"
    );
}
