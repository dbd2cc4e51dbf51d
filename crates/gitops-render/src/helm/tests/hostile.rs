use serde_json::json;

use super::{render, render_within};
use crate::gotemplate::Limits;

#[track_caller]
fn fails(template: &str, expected: &str) {
    let limits = Limits::default()
        .steps(1_000_000)
        .output(1 << 22)
        .allocation(1 << 26);
    let error = render_within(template, &json!({}), &limits).expect_err(template);
    assert!(error.contains(expected), "{template}: {error}");
}

#[test]
fn functions_that_make_much_of_little_are_bounded() {
    for template in [
        r#"{{ repeat 1000000000 "x" }}"#,
        r"{{ until 1000000000000 }}",
        r"{{ untilStep 0 9000000000000000000 1 }}",
        r"{{ seq 1 1000000000000 }}",
        r#"{{ indent 1000000000 "x" }}"#,
        r#"{{ nindent 100000 (repeat 10000 "\n") }}"#,
        r#"{{ replace "" (repeat 10000 "x") (repeat 100000 "y") }}"#,
        r#"{{ regexReplaceAll "" (repeat 100000 "y") (repeat 10000 "x") }}"#,
        r"{{ randAlphaNum 1000000000 }}",
        r#"{{ wrapWith 1 (repeat 10000 "x") (repeat 100000 "y") }}"#,
        r"{{ $l := list 1 }}{{ range until 100 }}{{ $l = concat $l $l }}{{ end }}",
        r#"{{ $x := "0123456789" }}{{ range until 100 }}{{ $x = cat $x $x }}{{ end }}"#,
        r#"{{ range until 1000 }}{{ $_ := bcrypt "x" }}{{ end }}"#,
    ] {
        fails(template, "bytes");
    }
}

#[test]
fn values_that_hold_themselves_are_found_and_freed() {
    let circle = r#"{{ $d := dict "a" 1 }}{{ $_ := set $d "self" $d }}"#;
    for action in [
        "toYaml $d",
        "toJson $d",
        "toString $d",
        "deepCopy $d",
        "toToml $d",
        "$d",
    ] {
        fails(&format!("{circle}{{{{ {action} }}}}"), "holds itself");
    }
    let two = r#"{{ $e := dict "a" 1 }}{{ $_ := set $e "self" $e }}"#;
    fails(
        &format!("{circle}{two}{{{{ deepEqual $d $e }}}}"),
        "holds itself",
    );
    fails(
        &format!("{circle}{two}{{{{ merge $d $e }}}}{{{{ $d }}}}"),
        "holds itself",
    );
}

#[test]
fn merging_a_map_with_itself_ends() {
    let text = r#"{{ $d := dict "a" (dict "b" 1) }}{{ merge $d $d | toJson }}"#;
    assert_eq!(render(text, &json!({})).unwrap(), r#"{"a":{"b":1}}"#);
}

#[test]
fn a_template_that_includes_itself_is_named() {
    let text = r#"{{ define "r" }}{{ include "r" . }}{{ end }}{{ include "r" . }}"#;
    let error = render(text, &json!({})).unwrap_err();
    assert!(
        error.contains("rendering template has a nested reference name: r"),
        "{error}"
    );
    assert!(error.len() < 1000, "{error}");
}

#[test]
fn what_never_ends_or_is_huge_is_told_with_its_place() {
    for (template, expected) in [
        (
            "a: 1\nb: {{ range 1000000000000 }}{{ end }}",
            "p/templates/x:2:12\n  executing \"p/templates/x\" at <1000000000000>:\n    \
             more than 1000000 actions executed; raise the limit on steps if the template \
             really ends",
        ),
        (
            "a: 1\nb: {{ repeat 1000000000 \"x\" }}",
            "template: p/templates/x:2:6: executing \"p/templates/x\" at <repeat 1000000000 \"x\">: \
             error calling repeat: one value takes more than 4194304 bytes, which is more \
             than may be written",
        ),
        (
            "{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}",
            "exceeded maximum template depth",
        ),
    ] {
        fails(template, expected);
    }
}

#[test]
fn a_text_that_evaluates_itself_is_stopped() {
    let values = json!({"t": "{{ tpl .Values.t . }}"});
    let error = render("{{ tpl .Values.t . }}", &values).unwrap_err();
    assert!(
        error.contains("maximum template depth"),
        "{}",
        &error[..200]
    );
}

#[test]
fn expressions_that_explode_are_refused_or_quick() {
    fails(
        r#"{{ mustRegexMatch "((a{1000}){1000}){1000}" "a" }}"#,
        "error parsing regexp",
    );
    let text = r#"{{ regexMatch "^(a+)+$" (print (repeat 10000 "a") "b") }}"#;
    assert_eq!(render(text, &json!({})).unwrap(), "false");
}

#[test]
fn slow_yaml_is_bounded() {
    let nested = r#"{{ fromYaml (repeat 100000 "[") }}"#;
    let rendered = render(nested, &json!({})).unwrap();
    assert!(rendered.contains("Error"), "{rendered}");
    let bomb = "{{ fromYaml \"a: &a [x,x]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\" | len }}";
    assert_eq!(render(bomb, &json!({})).unwrap(), "3");
}

#[test]
fn arguments_out_of_range_are_errors() {
    for (template, expected) in [
        (r#"{{ repeat -1 "x" }}"#, "negative Repeat count"),
        (r#"{{ indent -1 "x" }}"#, "negative Repeat count"),
        (r#"{{ substr 5 2 "abc" }}"#, "out of range"),
        (
            r#"{{ substr 0 9 "abc" }}{{ substr -1 9 "abc" }}"#,
            "out of range",
        ),
        (r"{{ slice (list 1) 2 1 }}", "out of bounds"),
        (r"{{ chunk 0 (list 1) }}", "out of range"),
        (r"{{ randInt 5 5 }}", "invalid argument"),
        (r"{{ mod 1 0 }}", "divide by zero"),
        (r"{{ divf 1 0 }}", "division by 0"),
        (
            r#"{{ (semver "18446744073709551615.0.0").IncMajor }}"#,
            "overflow",
        ),
        (r"{{ (now).AddDate 99999999 0 0 }}", "out of range"),
        (r#"{{ genCAWithKey "x" 1 "no key" }}"#, "no PEM data"),
    ] {
        fails(template, expected);
    }
    let minimum =
        r#"{{ div (int64 "-9223372036854775808") -1 }} {{ abbrev 5 "é" }} {{ trunc -9 "é" }}"#;
    assert_eq!(
        render(minimum, &json!({})).unwrap(),
        "-9223372036854775808 é é"
    );
}

#[test]
fn bytes_that_are_no_text_pass_through() {
    let text = r#"{{ "//79" | b64dec | b64enc }} {{ "//79" | b64dec | sha256sum | trunc 8 }} {{ trunc 1 "é" | quote }}"#;
    assert_eq!(render(text, &json!({})).unwrap(), r#"//79 8ca9f8c2 "\xc3""#);
}
