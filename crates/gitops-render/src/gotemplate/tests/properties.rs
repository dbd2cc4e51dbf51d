use proptest::prelude::*;

use super::{data, render_within};
use crate::gotemplate::{Limits, Value};

/// Pieces that templates are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{{",
        "}}",
        "{{-",
        "-}}",
        " ",
        ".",
        ".s",
        ".l",
        "$",
        "$x",
        ":=",
        "=",
        "|",
        "(",
        ")",
        ",",
        "if ",
        "range ",
        "with ",
        "else",
        "end",
        "define ",
        "template ",
        "block ",
        "break",
        "continue",
        "\"a\"",
        "`b`",
        "'c'",
        "1",
        "1.5",
        "nil",
        "true",
        "print ",
        "printf ",
        "index ",
        "len ",
        "eq ",
        "and ",
        "or ",
        "/*",
        "*/",
        "é",
        "\n",
        "0x",
        "_",
        "%d",
        "text",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn limits() -> Limits {
    Limits::default()
        .steps(10_000)
        .output(1 << 16)
        .allocation(1 << 20)
}

proptest! {
    #[test]
    fn no_text_makes_the_engine_panic(text in pieces(), other in "\\PC{0,60}") {
        let _ = render_within(&text, &limits());
        let _ = render_within(&other, &limits());
        let _ = render_within(&format!("{{{{ {other} }}}}"), &limits());
    }

    #[test]
    fn no_format_makes_printf_panic(format in "[%#+0 .*a-zA-Z\\[\\]0-9é-]{0,20}") {
        let text = format!("{{{{ printf `{format}` .n .s .l .m .f .none }}}}");
        let _ = render_within(&text, &limits());
    }

    #[test]
    fn text_without_actions_is_written_as_it_is(text in "[^{]{0,200}") {
        prop_assert_eq!(render_within(&text, &limits()).unwrap(), text);
    }

    #[test]
    fn the_same_template_gives_the_same_text(text in pieces()) {
        let shown = |text: &str| match render_within(text, &limits()) {
            Ok(text) => text,
            Err(error) => error.to_string(),
        };
        prop_assert_eq!(shown(&text), shown(&text));
    }

    #[test]
    fn floats_print_so_that_they_read_back(float in any::<f64>().prop_filter("finite", |float| float.is_finite())) {
        let printed = Value::Float(float).to_string();
        prop_assert_eq!(printed.parse::<f64>().unwrap().to_bits(), float.to_bits());
    }
}

#[test]
fn json_survives_the_way_through_values() {
    let json = data();
    assert_eq!(Value::from(&json).to_json().unwrap()["deep"], json["deep"]);
}
