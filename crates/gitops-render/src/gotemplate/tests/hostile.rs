use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::render_within;
use crate::gotemplate::{Functions, Limit, Limits, Map, Templates, Value};

#[track_caller]
fn stops(template: &str, limits: &Limits, expected: &Limit) {
    let error = render_within(template, limits).expect_err(template);
    assert_eq!(error.limit(), Some(expected), "{template}: {error}");
}

#[test]
fn a_loop_without_end_is_stopped() {
    let limits = Limits::default().steps(10_000);
    stops(
        "{{ range 1000000000000 }}{{ end }}",
        &limits,
        &Limit::Steps(10_000),
    );
    let nested = "{{ range 99999 }}{{ range 99999 }}x{{ end }}{{ end }}";
    stops(nested, &limits, &Limit::Steps(10_000));
}

#[test]
fn a_deadline_stops_a_render() {
    let asked = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&asked);
    let limits = Limits::default().interrupt(move || seen.fetch_add(1, Ordering::Relaxed) > 2);
    stops(
        "{{ range 1000000000 }}{{ end }}",
        &limits,
        &Limit::Interrupted,
    );
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[test]
fn output_is_bounded() {
    let limits = Limits::default().output(1000);
    stops(
        "{{ range 1000000 }}0123456789{{ end }}",
        &limits,
        &Limit::Output(1000),
    );
    stops("{{ printf `%2000d` 1 }}", &limits, &Limit::Output(1000));
    stops("{{ printf `%.2000f` 1.0 }}", &limits, &Limit::Output(1000));
}

#[test]
fn strings_that_double_are_bounded() {
    let doubling = "{{ $x := `0123456789` }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}";
    let error = render_within(doubling, &Limits::default().output(1 << 20)).unwrap_err();
    assert!(error.limit().is_some(), "{error}");
    let limits = Limits::default().allocation(1 << 20);
    let hoard = "{{ range 1000000 }}{{ $x := printf `%1000d` 1 }}{{ end }}";
    stops(hoard, &limits, &Limit::Allocation(1 << 20));
}

#[test]
fn a_template_that_calls_itself_is_stopped() {
    let recursion = r#"{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}"#;
    let error = render_within(recursion, &Limits::default()).unwrap_err();
    assert!(
        matches!(error.limit(), Some(Limit::Depth(_) | Limit::Stack(_))),
        "{error}"
    );
    stops(recursion, &Limits::default().depth(10), &Limit::Depth(10));
}

#[test]
fn deep_nesting_does_not_parse() {
    for text in ["(".repeat(100_000), "(1 | ".repeat(100_000)] {
        let error = render_within(&format!("{{{{ {text}"), &Limits::default()).unwrap_err();
        assert!(
            error.to_string().ends_with("max expression depth exceeded"),
            "{error}"
        );
    }
    let blocks = "{{ if true }}".repeat(100_000);
    let error = render_within(&blocks, &Limits::default()).unwrap_err();
    assert!(error.to_string().contains("nested deeper"), "{error}");
}

#[test]
fn a_long_chain_of_else_if_is_no_nesting() {
    let chain = "{{ else if false }}".repeat(10_000);
    super::check(
        &format!("{{{{ if false }}}}{chain}{{{{ else }}}}x{{{{ end }}}}"),
        "x",
    );
}

#[test]
fn a_map_that_holds_itself_does_not_print() {
    let map = Map::new();
    map.insert("self", Value::Map(map.clone()));
    let mut templates = Templates::new(Functions::builtin());
    templates.parse("t", "{{ . }}").unwrap();
    let error = templates
        .render("t", &map.clone().into(), &Limits::default())
        .unwrap_err();
    assert!(matches!(error.limit(), Some(Limit::Nesting(_))), "{error}");
    map.clear();
}

#[test]
fn values_nested_without_end_are_dropped_flat() {
    let mut value = Value::Nil;
    for level in 0..300_000 {
        value = match level % 2 {
            0 => Value::list([value]),
            _ => Value::Map([("a", value)].into_iter().collect()),
        };
    }
    drop(value);
}

#[test]
fn shared_values_that_print_without_end_are_stopped() {
    let mut value = Value::from("leaf");
    for _ in 0..60 {
        value = Value::list([value.clone(), value]);
    }
    let mut templates = Templates::new(Functions::builtin());
    templates.parse("t", "{{ . }}").unwrap();
    let limits = Limits::default().output(1 << 16);
    let error = templates.render("t", &value, &limits).unwrap_err();
    assert_eq!(error.limit(), Some(&Limit::Output(1 << 16)));
}
