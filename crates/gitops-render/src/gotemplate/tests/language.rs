use serde_json::json;

use super::{check, fails};
use crate::gotemplate::{Functions, Limits, MissingKey, Session, Templates, Value};

#[test]
fn markers_trim_the_four_blanks_of_go() {
    check("a \t\r\n {{- 1 -}} \n b", "a1b");
    check("a\u{a0}{{- 1 }}", "a\u{a0}1");
    check("{{-3}}|{{- 3 -}}|", "-3|3|");
    check("{{/* c */ -}}  x {{- /* d\n */}}", "x");
}

#[test]
fn constants_have_the_types_of_go() {
    check(
        r"{{ printf `%T %T %T %T` 1 1.0 'a' `s` }}",
        "int float64 int string",
    );
    check(
        "{{ 0x1F }} {{ 0o17 }} {{ 017 }} {{ 0b11 }} {{ 1_000 }} {{ 'a' }}",
        "31 15 15 3 1000 97",
    );
    check("{{ 1e3 }} {{ .5 }} {{ 0x1p4 }} {{ +5 }}", "1000 0.5 16 5");
    check(r#"{{ "a\tb\x41\u00e9\101" }}"#, "a\tbAéA");
    check(r#"{{ "\"" }}{{ `\"` }}"#, r#""\""#);
}

#[test]
fn pipelines_pass_the_value_last() {
    check(r#"{{ 3 | printf "%d-%d" 2 }}"#, "2-3");
    check(r#"{{ (index .l 1) | printf "%s%s" .s }}"#, "strb");
    check("{{ (.deep).x.y }} {{ $.deep.x.y }}", "found found");
}

#[test]
fn variables_live_to_the_end_of_their_block() {
    check(
        "{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}",
        "21",
    );
    check(
        "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}",
        "2",
    );
    check("{{ with $x := 5 }}{{ $x }}{{ . }}{{ end }}", "55");
    fails(
        "{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}",
        r#" undefined variable "$x""#,
    );
}

#[test]
fn branches_chain() {
    let chain = "{{ if eq .n 1 }}a{{ else if eq .n 5 }}b{{ else }}c{{ end }}";
    check(chain, "b");
    check(
        "{{ with .none }}a{{ else with .s }}{{ . }}{{ else }}c{{ end }}",
        "str",
    );
    check("{{ if .none }}a{{ else }}{{ .s }}{{ end }}", "str");
}

#[test]
fn loops_run_over_lists_maps_and_numbers() {
    check(
        "{{ range $i, $v := .l }}{{ $i }}{{ $v }} {{ end }}",
        "0a 1b ",
    );
    check(
        "{{ range $k, $v := .m }}{{ $k }}{{ $v }} {{ end }}",
        "ax b1 ",
    );
    check(
        "{{ range 3 }}{{ . }}{{ end }}{{ range $i := 2 }}{{ $i }}{{ end }}",
        "01201",
    );
    check("{{ range .none }}x{{ else }}empty{{ end }}", "empty");
    check(
        "{{ range .l }}{{ if eq . `a` }}{{ continue }}{{ end }}{{ . }}{{ break }}{{ end }}",
        "b",
    );
    check("{{ $x := 0 }}{{ range $x = .l }}{{ end }}{{ $x }}", "b");
}

#[test]
fn templates_see_their_own_data_only() {
    let text = r#"{{ define "a" }}{{ . }}{{ $ }}{{ end }}{{ template "a" .s }}{{ template "a" }}"#;
    check(text, "strstr<no value><no value>");
    check(r#"{{ block "b" .s }}<{{ . }}>{{ end }}"#, "<str>");
}

#[test]
fn and_and_or_stop_at_the_deciding_argument() {
    check(
        "{{ or .none .s (index .l 99) }} {{ and .none (index .l 99) | print }}",
        "str <nil>",
    );
    check("{{ and 1 0 2 }} {{ or 0 `` }}|", "0 |");
}

#[test]
fn errors_name_the_place_and_the_action() {
    fails(
        "{{ .n.x }}",
        r#"5: executing "t" at <.n.x>: can't evaluate field x in type interface {}"#,
    );
    fails(
        "{{ .none.x.y }}",
        r#"8: executing "t" at <.none.x.y>: nil pointer evaluating interface {}.x"#,
    );
    fails(
        "{{ index .l 9 }}",
        r#"3: executing "t" at <index .l 9>: error calling index: index out of range: 9"#,
    );
    fails(
        "{{ template `z` }}",
        r#"12: executing "t" at <{{template "z"}}>: template "z" not defined"#,
    );
    fails("{{ 1 | 2 }}", " non executable command in pipeline stage 2");
    fails(
        "{{ nil }}",
        r#"3: executing "t" at <nil>: nil is not a command"#,
    );
    fails("{{ if }}{{ end }}", " missing value for if");
    fails("{{ range $x }}", r#" undefined variable "$x""#);
    fails("{{ if true }}", " unexpected EOF");
    fails("{{ (1 }}", " unclosed left paren");
    fails("{{ 1) }}", " unexpected right paren");
    fails("{{ 1 : 2 }}", " expected :=");
    fails("{{ 1a }}", r#" bad number syntax: "1a""#);
    fails("{{ é! }}", r" bad character U+0021 '!'");
    fails("{{/* x }}", " unclosed comment");
}

#[test]
fn errors_count_lines_and_bytes() {
    let error = super::render_within("é\n  {{ .s }}é{{ .n.x }}", &Limits::default()).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("template: t:2:17: executing"), "{text}");
    let error = super::render_within("\n{{ .s\n", &Limits::default()).unwrap_err();
    let text = error.to_string();
    assert_eq!(text, "template: t:3: unclosed action started at t:2");
}

#[test]
fn a_missing_key_gives_what_the_set_says() {
    let render = |missing_key, text: &str| {
        let mut templates = Templates::new(Functions::builtin()).missing_key(missing_key);
        templates.parse("t", text).unwrap();
        templates.render("t", &Value::from(json!({"m": {}})), &Limits::default())
    };
    assert_eq!(
        render(MissingKey::Invalid, "{{ .m.a.b }}").unwrap(),
        "<no value>"
    );
    assert!(render(MissingKey::Zero, "{{ .m.a.b }}").is_err());
    let error = render(MissingKey::Error, "{{ .m.a }}").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with(r#"map has no entry for key "a""#),
        "{error}"
    );
}

#[test]
fn a_blank_definition_never_replaces_another() {
    let mut templates = Templates::new(Functions::builtin());
    templates
        .parse("a", r#"{{ define "x" }}1{{ end }}"#)
        .unwrap();
    templates
        .parse("b", r#"{{ define "x" }} {{/* none */}} {{ end }}"#)
        .unwrap();
    templates.parse("c", r#"{{ template "x" }}"#).unwrap();
    let text = templates
        .render("c", &Value::Nil, &Limits::default())
        .unwrap();
    assert_eq!(text, "1");
    templates
        .parse("d", r#"{{ define "x" }}2{{ end }}"#)
        .unwrap();
    assert_eq!(
        templates
            .render("c", &Value::Nil, &Limits::default())
            .unwrap(),
        "2"
    );
}

#[test]
fn sets_are_shared_between_threads() {
    let mut templates = Templates::new(Functions::builtin());
    templates.parse("t", "{{ . }}").unwrap();
    let render = |number: i64| {
        let limits = Limits::default();
        Session::new(&templates, &limits, &())
            .render("t", &Value::Int(number))
            .unwrap()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| scope.spawn(move || render(number)))
            .collect();
        for (number, thread) in threads.into_iter().enumerate() {
            assert_eq!(thread.join().unwrap(), number.to_string());
        }
    });
}
