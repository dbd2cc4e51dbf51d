use serde_json::json;

use super::{Functions, Limits, Templates};

fn render(template: &str) -> String {
    let mut templates = Templates::new(Functions::builtin());
    let data = json!({"s": "str", "n": 5, "l": ["a", "b"], "m": {"a": 1}, "f": 1.5});
    let parsed = templates.parse("t", template);
    let rendered = parsed.and_then(|()| templates.render("t", &data.into(), &Limits::default()));
    rendered.unwrap_or_else(|error| format!("ERROR {error}"))
}

#[track_caller]
fn check(template: &str, expected: &str) {
    assert_eq!(render(template), expected, "{template}");
}

#[test]
fn values_print_as_in_go() {
    check(
        "{{ .m }} {{ .l }} {{ .f }} {{ nil | print }}",
        "map[a:1] [a b] 1.5 <nil>",
    );
}
