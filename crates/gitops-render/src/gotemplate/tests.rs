mod hostile;
mod language;
mod printing;
mod properties;

use serde_json::{Value as Json, json};

use super::{Error, Functions, Limits, Templates, Value};

fn data() -> Json {
    json!({
        "s": "str", "n": 5, "f": 1.5, "big": 1_000_000.0, "t": true, "none": null,
        "l": ["a", "b"], "m": {"b": 1, "a": "x"}, "deep": {"x": {"y": "found"}},
    })
}

fn render_within(template: &str, limits: &Limits) -> Result<String, Error> {
    let mut templates = Templates::new(Functions::builtin());
    templates.parse("t", template)?;
    templates.render("t", &Value::from(data()), limits)
}

#[track_caller]
fn check(template: &str, expected: &str) {
    let rendered = render_within(template, &Limits::default());
    match rendered {
        Ok(text) => assert_eq!(text, expected, "{template}"),
        Err(error) => panic!("{template}: {error}"),
    }
}

/// The error after the place, which is that of the first line of template `t`.
#[track_caller]
fn fails(template: &str, expected: &str) {
    let error = render_within(template, &Limits::default()).expect_err(template);
    let text = error.to_string();
    assert_eq!(
        text.strip_prefix("template: t:1:"),
        Some(expected),
        "{template}: {text}"
    );
}
