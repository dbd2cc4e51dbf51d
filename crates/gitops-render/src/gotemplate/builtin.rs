//! The functions that Go's templates have by themselves.

mod compare;
mod escape;
mod index;

use super::function::{Call, Error, Functions, Implementation, Signature, Type};
use super::{Text, Value, print};

const REFLECT: Type = Type::Reflect;

/// A function with its name and types.
type Entry = (
    &'static str,
    Signature,
    fn(&Call<'_>) -> Result<Value, Error>,
);

const FUNCTIONS: &[Entry] = &[
    ("not", Signature::new(&[REFLECT]), not),
    ("len", Signature::new(&[REFLECT]), index::len),
    (
        "index",
        Signature::variadic(&[REFLECT], REFLECT),
        index::index,
    ),
    (
        "slice",
        Signature::variadic(&[REFLECT], REFLECT),
        index::slice,
    ),
    ("eq", Signature::variadic(&[REFLECT], REFLECT), compare::eq),
    ("ne", Signature::new(&[REFLECT, REFLECT]), compare::ne),
    ("lt", Signature::new(&[REFLECT, REFLECT]), compare::lt),
    ("le", Signature::new(&[REFLECT, REFLECT]), compare::le),
    ("gt", Signature::new(&[REFLECT, REFLECT]), compare::gt),
    ("ge", Signature::new(&[REFLECT, REFLECT]), compare::ge),
    ("html", Signature::variadic(&[], Type::Any), escape::html),
    ("js", Signature::variadic(&[], Type::Any), escape::js),
    (
        "urlquery",
        Signature::variadic(&[], Type::Any),
        escape::urlquery,
    ),
    ("print", Signature::variadic(&[], Type::Any), print_all),
    ("println", Signature::variadic(&[], Type::Any), print_line),
    (
        "printf",
        Signature::variadic(&[Type::String], Type::Any),
        print_format,
    ),
];

pub(super) fn add_to(functions: &mut Functions) {
    let any = Signature::variadic(&[REFLECT], REFLECT);
    functions.insert("and", any, Implementation::And);
    functions.insert("or", any, Implementation::Or);
    functions.insert("call", any, Implementation::Call);
    for (name, signature, body) in FUNCTIONS {
        functions.add(name, *signature, *body);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "has the form of all functions")]
fn not(call: &Call<'_>) -> Result<Value, Error> {
    Ok(Value::Bool(!call.value(0).is_true()))
}

fn print_all(call: &Call<'_>) -> Result<Value, Error> {
    text(&print::sprint(call.arguments(), call.output_limit())?)
}

fn print_line(call: &Call<'_>) -> Result<Value, Error> {
    text(&print::sprintln(call.arguments(), call.output_limit())?)
}

fn print_format(call: &Call<'_>) -> Result<Value, Error> {
    let values = call.arguments().get(1..).unwrap_or_default();
    text(&print::sprintf(call.bytes(0), values, call.output_limit())?)
}

#[expect(clippy::unnecessary_wraps, reason = "ends functions")]
fn text(bytes: &[u8]) -> Result<Value, Error> {
    Ok(Value::String(Text::from_bytes(bytes)))
}
