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
        .skip_schema_validation(on("skip_schema_validation"))
        .strict(on("strict"));
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
    check_charts(include_str!("../../../testdata/helm/charts.jsonl"));
}

/// Random trees of charts, with all that decides which of them take part and how.
#[test]
fn random_charts_render_as_helm_renders_them() {
    check_charts(include_str!("../../../testdata/helm/charts-corners.jsonl"));
}

#[track_caller]
fn check_charts(vectors: &str) {
    let mut failures = Vec::new();
    let mut count = 0;
    for line in vectors.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
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
    assert_eq!(
        error,
        "chart dependencies processing failed: import-values: the table \"a\" would hold itself"
    );
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
    let Err(Error::Dependencies(error)) = importing(&values, &imports) else {
        panic!("the values are taken");
    };
    assert!(
        matches!(*error, Error::TooLarge { what: "values", .. }),
        "{error}"
    );
}

/// Renders a chart `p` of these files for a Helm.
fn render_for(helm_version: HelmVersion, files: &[(&str, &str)]) -> Result<String, String> {
    let chart = ("Chart.yaml", "apiVersion: v2\nname: p\nversion: 1.0.0\n");
    let tree = MemoryTree::try_from([&[chart], files].concat()).unwrap();
    let chart = Chart::load(&tree, &TreePath::root()).map_err(|error| error.to_string())?;
    let release = Release::new("r", "ns").helm_version(helm_version);
    let output = release.render(&Arc::new(chart), &Values::new());
    output
        .map(|output| output.to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn helm_3_is_followed_where_it_is_asked_for() {
    let both = |files: &[(&str, &str)]| {
        [HelmVersion::V3, HelmVersion::V4].map(|version| render_for(version, files))
    };
    let [three, four] = both(&[
        ("values.yaml", "a: null\nb: {c: null}\n"),
        ("templates/v.yaml", "v: {{ toJson .Values }}\n"),
    ]);
    assert!(
        three
            .unwrap()
            .ends_with("v: {\"a\":null,\"b\":{\"c\":null}}\n")
    );
    assert!(four.unwrap().ends_with("v: {\"b\":{}}\n"));
    let webhook = "ValidatingWebhookConfiguration";
    let template = format!("kind: Aardvark\n---\nkind: {webhook}\n---\nkind: Secret\n\n---\n");
    let [three, four] = both(&[("templates/v.yaml", &template)]);
    let documents = |documents: [&str; 3]| {
        documents.map(|text| format!("---\n# Source: p/templates/v.yaml\n{text}\n"))
    };
    let webhook = format!("kind: {webhook}");
    let expected = documents(["kind: Secret", "kind: Aardvark", &webhook]);
    assert_eq!(three.unwrap(), expected.concat());
    let webhook = format!("{webhook}\n");
    let expected = documents(["kind: Secret\n\n", &webhook, "kind: Aardvark"]);
    assert_eq!(four.unwrap(), expected.concat());
    let [three, four] = both(&[("templates/v.yaml", "v: {{ .Chart.Nope }}\n")]);
    assert_eq!(
        three.unwrap_err(),
        "template: p/templates/v.yaml:1:12: executing \"p/templates/v.yaml\" at <.Chart.Nope>: \
         can't evaluate field Nope in type interface {}"
    );
    assert!(four.is_ok());
}

#[test]
fn errors_tell_file_line_column_and_the_path_of_a_missing_value() {
    let error = |template: &str| {
        let files = [
            ("templates/v.yaml", template),
            (
                "templates/_h.tpl",
                "{{ define \"h\" }}{{ .Values.image.tag }}{{ end }}",
            ),
        ];
        render_for(HelmVersion::V4, &files).unwrap_err()
    };
    assert_eq!(
        error("a: 1\nb: {{ .Values.image.tag }}\n"),
        "p/templates/v.yaml:2:13\n  executing \"p/templates/v.yaml\" at <.Values.image.tag>:\n    \
         nil pointer evaluating interface {}.tag"
    );
    assert_eq!(
        error("b: {{ include \"h\" . }}\n"),
        "p/templates/v.yaml:1:6\n  executing \"p/templates/v.yaml\" at <include \"h\" .>:\n    \
         error calling include:\np/templates/_h.tpl:1:26\n  executing \"h\" at <.Values.image.tag>:\n    \
         nil pointer evaluating interface {}.tag"
    );
    assert_eq!(
        error("b: {{ .Values.image\n"),
        "parse error at (p/templates/v.yaml:2): unclosed action started at p/templates/v.yaml:1"
    );
    assert_eq!(
        error("{{ required \"an image is needed\" .Values.image }}"),
        "execution error at (p/templates/v.yaml:1:3): an image is needed"
    );
    assert_eq!(
        error("a: b: c\n"),
        "YAML parse error on p/templates/v.yaml: error converting YAML to JSON: \
         yaml: line 1: mapping values are not allowed in this context"
    );
}

#[test]
fn notes_are_the_charts_own() {
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: p\nversion: 1.0.0\n"),
        ("templates/NOTES.txt", "Thank you, {{ .Release.Name }}."),
        (
            "charts/s/Chart.yaml",
            "apiVersion: v2\nname: s\nversion: 1.0.0\n",
        ),
        ("charts/s/templates/NOTES.txt", "not shown"),
    ];
    let tree = MemoryTree::try_from(files.to_vec()).unwrap();
    let chart = Arc::new(Chart::load(&tree, &TreePath::root()).unwrap());
    let output = Release::new("r", "ns")
        .render(&chart, &Values::new())
        .unwrap();
    assert_eq!(output.notes, "Thank you, r.");
    assert_eq!(output.to_string(), "\n");
}

#[test]
fn what_templates_set_is_seen_by_the_next_template_but_not_by_the_next_render() {
    let files = [
        (
            "Chart.yaml",
            "apiVersion: v2\nname: p\nversion: 1.0.0\n\
             dependencies: [{name: s, version: 1.0.0, repository: ''}]\n",
        ),
        (
            "values.yaml",
            "a: {b: {c: 1}, l: [{x: 1}]}\ns: {in: {m: 1}}\nglobal: {g: {h: 1}}\n",
        ),
        (
            "charts/s/Chart.yaml",
            "apiVersion: v2\nname: s\nversion: 1.0.0\n",
        ),
        ("charts/s/values.yaml", "in: {own: 1}\n"),
        (
            "charts/s/templates/s.yaml",
            "first: {{ .Values.in.m }} {{ .Values.in.own }} {{ .Values.global.g.h }}\n\
             {{- $_ := set .Values.in \"m\" 2 }}\n\
             {{- $_ := set .Values.global.g \"h\" 2 }}\n",
        ),
        (
            "templates/b.yaml",
            "second: {{ .Values.a.b.c }} {{ (index .Values.a.l 0).x }} \
             {{ .Values.s.in.m }} {{ .Values.global.g.h }}\n\
             {{- $_ := set .Values.a.b \"c\" 2 }}\n\
             {{- $_ := set (index .Values.a.l 0) \"x\" 2 }}\n",
        ),
        (
            "templates/a.yaml",
            "third: {{ .Values.a.b.c }} {{ (index .Values.a.l 0).x }}\n",
        ),
    ];
    let tree = MemoryTree::try_from(files.to_vec()).unwrap();
    let chart = Arc::new(Chart::load(&tree, &TreePath::root()).unwrap());
    let release = Release::new("r", "ns");
    let render = || release.render(&chart, &Values::new()).unwrap().text();
    let first = render();
    for line in ["first: 1 1 1\n", "second: 1 1 2 1\n", "third: 2 2\n"] {
        assert!(first.contains(line), "{first}");
    }
    assert_eq!(first, render());
}
