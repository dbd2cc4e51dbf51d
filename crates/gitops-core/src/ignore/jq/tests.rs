use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

fn run(program: &str, document: &Value) -> Result<Value, String> {
    let program = Program::compile(program)?;
    let mut answers = run_all(&[(&program, document)], Limits::default());
    match answers.remove(0)? {
        Found::Document(document) => Ok(document),
        Found::Places(mut places) => {
            let mut document = document.clone();
            places.sort_by(delete::last_first);
            for place in places {
                place.remove(&mut document);
            }
            Ok(document)
        }
    }
}

#[track_caller]
fn check(program: &str, document: &Value, expected: &Value) {
    assert_eq!(run(program, document).as_ref(), Ok(expected), "{program}");
}

fn pod() -> Value {
    json!({"spec": {
        "initContainers": [{"name": "a"}, {"name": "b"}],
        "replicas": 3,
    }})
}

#[test]
fn paths_are_removed() {
    check(
        ".spec.replicas",
        &pod(),
        &json!({"spec": {"initContainers": [{"name": "a"}, {"name": "b"}]}}),
    );
    check(
        ".spec.initContainers[] | select(.name == \"a\")",
        &pod(),
        &json!({"spec": {"initContainers": [{"name": "b"}], "replicas": 3}}),
    );
    check(
        ".spec.initContainers[0,1]",
        &pod(),
        &json!({"spec": {"initContainers": [], "replicas": 3}}),
    );
    check(
        ".spec.initContainers[1:]",
        &pod(),
        &json!({"spec": {"initContainers": [{"name": "a"}], "replicas": 3}}),
    );
    check(
        ".. | .name?",
        &pod(),
        &json!({"spec": {"initContainers": [{}, {}], "replicas": 3}}),
    );
    check(
        "first(.spec.initContainers[])",
        &pod(),
        &json!({"spec": {"initContainers": [{"name": "b"}], "replicas": 3}}),
    );
    check(
        "if .spec.replicas > 2 then .spec.replicas else empty end, .spec.initContainers",
        &pod(),
        &json!({"spec": {}}),
    );
    check(".spec.missing // .spec.replicas | .[0]?", &pod(), &pod());
}

#[test]
fn what_is_not_there_stays_away() {
    let webhooks = json!({"webhooks": [{"clientConfig": {"caBundle": "x"}}, {}]});
    let expected = json!({"webhooks": [{"clientConfig": {}}, {}]});
    check(".webhooks[].clientConfig.caBundle", &webhooks, &expected);
    assert!(run(".spec.fakeField.foo[]", &pod()).is_err());
}

#[test]
fn a_program_may_close_its_bracket() {
    let program = ".nothing) | .data[\"c.yaml\"] |= (fromjson | del(.x) | tojson";
    let document = json!({"data": {"c.yaml": "{\"x\":1,\"y\":2}"}});
    check(
        program,
        &document,
        &json!({"data": {"c.yaml": "{\"y\":2}"}}),
    );
}

#[test]
fn what_does_not_compile_is_refused() {
    for program in [
        ".spec[",
        "nonexistent",
        "halt",
        "env",
        "$ENV.A",
        "now",
        "input",
        "debug",
        "halt_error",
        "1)",
    ] {
        assert!(Program::compile(program).is_err(), "{program}");
    }
    assert!(Program::compile(&"[".repeat(30_000)).is_err());
    assert!(Program::compile(&"[".repeat(200)).is_err());
    assert!(Program::compile(&"-".repeat(8_000)).is_err());
    assert!(Program::compile(&format!("{}.a", "try ".repeat(2_000))).is_err());
    assert!(Program::compile(&format!(".a{}", "|.a".repeat(2_500))).is_err());
}

#[test]
fn programs_at_the_bound_compile() {
    assert!(Program::compile(&format!("{}.a", "try ".repeat(1_000))).is_ok());
    assert!(Program::compile(&format!(".a{}", "|.a".repeat(1_000))).is_ok());
    assert!(Program::compile(&format!(".a{}", ",.a".repeat(1_000))).is_ok());
    assert!(Program::compile(&format!("{}1", "-".repeat(1_000))).is_ok());
    assert!(Program::compile(&format!("{}.{}", "(".repeat(100), ")".repeat(100))).is_ok());
    let defs = format!("{}.a", "def f: ".repeat(900));
    let _ = Program::compile(&defs);
    let ifs = "if . then ".repeat(400) + "." + &" end".repeat(400);
    let _ = Program::compile(&ifs);
}

#[test]
fn what_is_no_path_fails() {
    for program in ["keys[]", "1 + 1", "if false then .a else null end", "{}"] {
        assert!(run(program, &pod()).is_err(), "{program}");
    }
}

#[test]
fn errors_do_not_quote_the_document() {
    let secret = json!({"data": {"password": "hunter2"}});
    for program in [
        ".data.password.x",
        ".data.password[]",
        "error(.data.password)",
        ".data | .password + 1",
    ] {
        let error = run(program, &secret).unwrap_err();
        assert!(!error.contains("hunter2"), "{program}: {error}");
    }
}

#[test]
fn hostile_programs_end() {
    let programs = [
        "def f: f; f",
        "def f: [f]; f",
        "def f: f | f; f",
        "def f: try f catch f; f",
        "def f: (try f catch .), f; f",
        "def f: {a: f}; f",
        "def f(x): f(x | x); f(.)",
        "until(false; .)",
        "last(repeat(1))",
        "[repeat(1)]",
        "last(range(1e18))",
        "[range(1e18)]",
        "isempty(range(1e18) | empty)",
        "try last(range(1e18)) catch last(range(1e18))",
        "[limit(1e18; repeat(.))]",
        "reduce range(1e18) as $i (0; . + 1)",
        "foreach range(1e18) as $i (0; . + 1)",
        "reduce range(40) as $i (\"ab\"; . + .)",
        "reduce range(40) as $i ([1]; . + .)",
        "reduce range(40) as $i (1; [., .])",
        "reduce range(40) as $i (1; {a: ., b: .})",
        "reduce range(60) as $i ({}; .a = . | .b = .)",
        "reduce range(60) as $i (\"\\\"\"; tojson)",
        "reduce range(60) as $i (\"<\"; @html)",
        "reduce range(60) as $i (\"a\"; \"\\(.)\\(.)\")",
        "reduce range(100000) as $i (1; [.])",
        "reduce range(60) as $i (3; . * .)",
        "reduce range(60) as $i ({a: 3}; .a *= .a)",
        "\"a\" * 1e12",
        "1e12 * \"a\"",
        "{a: \"a\"} | .a *= 1e12",
        "(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|(.,.)|empty",
        "..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..|..",
        "[.[]?,.[]?]|[.[]?,.[]?]|[.[]?,.[]?]|..|..|..|..",
        "[limit(100; repeat([1,2,3,4,5,6,7,8,9]))] | combinations",
        "label $x | def f: f, break $x; f",
        "walk(last(repeat(.)))",
        "[.[]?] | sort_by(last(repeat(1)))",
        "def f: def g: f; g; f",
        ".. |= last(repeat(.))",
        "input_line_number",
        "[splits(\"a*\"; \"g\")]",
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" | test(\"(a*)*b\")",
        "\"a\" | test(\"((((a{100}){100}){100}){100})\")",
        "[range(100000)] | group_by(.) | length",
        "[range(50000)] | tojson | fromjson | tojson",
    ];
    for program in programs {
        #[expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
        let start = Instant::now();
        let _ = run(program, &pod());
        // Once more where it need not be a path, so that all of it runs.
        let _ = run(&format!("({program}) as $x | .spec"), &pod());
        let took = start.elapsed();
        println!("{took:?} {program:.60}");
        assert!(took < Duration::from_secs(20), "{program} took {took:?}");
    }
}
