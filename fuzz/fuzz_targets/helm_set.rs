//! Any expression of `--set` and its siblings sets values or fails, twice the same.
#![no_main]

use gitops_render::helm::Values;
use libfuzzer_sys::fuzz_target;

/// The values after each expression, with what went wrong.
fn set(expressions: &[(u8, &str)]) -> (Values, Vec<String>) {
    let mut values = Values::new();
    let mut errors = Vec::new();
    for (flag, expression) in expressions {
        let outcome = match flag % 5 {
            0 => values.set(expression),
            1 => values.set_string(expression),
            2 => values.set_json(expression),
            3 => values.set_literal(expression),
            _ => values.set_file(expression, |path| Ok::<_, String>(path.to_uppercase())),
        };
        errors.extend(outcome.err().map(|error| error.to_string()));
    }
    (values, errors)
}

fuzz_target!(|expressions: Vec<(u8, &str)>| {
    assert_eq!(set(&expressions), set(&expressions));
});
