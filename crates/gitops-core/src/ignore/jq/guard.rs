//! Rewrites a program so that everything that could repeat, recurse or grow counts.
//!
//! `__tick` takes a step from the budget, looks how deep the stack is and how large
//! its input is. It stands before every part of a program that is not a leaf, as
//! `__tick as $__tick | …`, which stays a path, and behind everything with many
//! outputs. `__size` looks at a whole value where one is built.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

const TICK: &str = "__tick";
const SIZE: &str = "__size";
const MULTIPLY: &str = "__multiply";
const COUNTED: &str = "$__tick";
const FACTOR: &str = "$__factor";

type T<'a> = Term<&'a str>;

/// A definition whose every call counts.
pub(super) fn definition<'a>(def: Def<&'a str, T<'a>>) -> Def<&'a str, T<'a>> {
    Def {
        body: before(term(def.body)),
        ..def
    }
}

/// `path(TERM)`.
pub(super) fn path_of(term: T<'_>) -> T<'_> {
    Term::Call("path", vec![term])
}

/// `__tick as $__tick | TERM`.
fn before(term: T<'_>) -> T<'_> {
    bind(Term::Call(TICK, Vec::new()), COUNTED, term)
}

/// `TERM | __tick as $__tick | .`: counts every output.
fn behind(term: T<'_>) -> T<'_> {
    pipe(term, before(Term::Id))
}

/// `TERM | __size as $__tick | .`: looks at the whole of every output.
fn sized(term: T<'_>) -> T<'_> {
    pipe(term, bind(Term::Call(SIZE, Vec::new()), COUNTED, Term::Id))
}

fn pipe<'a>(left: T<'a>, right: T<'a>) -> T<'a> {
    Term::BinOp(left.into(), BinaryOp::Pipe(None), right.into())
}

fn bind<'a>(value: T<'a>, name: &'a str, body: T<'a>) -> T<'a> {
    let pattern = Some(Pattern::Var(name));
    Term::BinOp(value.into(), BinaryOp::Pipe(pattern), body.into())
}

fn term(term: T<'_>) -> T<'_> {
    match term {
        Term::Id | Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Arr(None) => term,
        Term::Recurse => behind(Term::Recurse),
        Term::Str(format, parts) => {
            Term::Str(format, parts.into_iter().map(part_of_text).collect())
        }
        Term::Arr(Some(elements)) => sized(Term::Arr(Some(behind(inner(elements)).into()))),
        Term::Obj(entries) => sized(Term::Obj(entries.into_iter().map(entry).collect())),
        Term::Neg(operand) => Term::Neg(inner(operand).into()),
        Term::BinOp(left, op, right) => before(binary(inner(left), op, inner(right))),
        Term::Label(name, body) => Term::Label(name, before(inner(body)).into()),
        Term::Fold(name, values, pattern, steps) => before(Term::Fold(
            name,
            behind(inner(values)).into(),
            self::pattern(pattern),
            steps
                .into_iter()
                .map(|step| before(self::term(step)))
                .collect(),
        )),
        Term::TryCatch(body, handler) => {
            // The handler counts too: once the budget is gone, nothing is caught.
            let nothing = || Term::Call("empty", Vec::new());
            let handler = before(handler.map_or_else(nothing, inner));
            before(Term::TryCatch(inner(body).into(), Some(handler.into())))
        }
        Term::IfThenElse(cases, otherwise) => {
            let case = |(condition, body)| (self::term(condition), self::term(body));
            let otherwise = otherwise.map(|otherwise| inner(otherwise).into());
            before(Term::IfThenElse(
                cases.into_iter().map(case).collect(),
                otherwise,
            ))
        }
        Term::Def(definitions, body) => Term::Def(
            definitions.into_iter().map(definition).collect(),
            inner(body).into(),
        ),
        Term::Call(name, arguments) => {
            let arguments = arguments.into_iter().map(self::term).collect();
            let call = before(Term::Call(name, arguments));
            if name == "range" { behind(call) } else { call }
        }
        Term::Path(start, Path(parts)) => path(inner(start), parts),
    }
}

#[expect(
    clippy::boxed_local,
    reason = "the syntax tree holds its parts in boxes"
)]
fn inner(boxed: Box<T<'_>>) -> T<'_> {
    term(*boxed)
}

fn part_of_text<'a>(part: StrPart<&'a str, T<'a>>) -> StrPart<&'a str, T<'a>> {
    match part {
        StrPart::Term(interpolated) => StrPart::Term(before(term(interpolated))),
        other => other,
    }
}

/// A key without a value is short for a field or a variable and stays as it is.
fn entry<'a>((key, value): (T<'a>, Option<T<'a>>)) -> (T<'a>, Option<T<'a>>) {
    match value {
        None => (key, None),
        Some(value) => (term(key), Some(term(value))),
    }
}

fn binary<'a>(left: T<'a>, op: BinaryOp<&'a str>, right: T<'a>) -> T<'a> {
    let operation = |op| Term::BinOp(left.clone().into(), op, right.clone().into());
    match op {
        BinaryOp::Math(Math::Mul) => Term::Call(MULTIPLY, vec![left, right]),
        BinaryOp::UpdateMath(Math::Mul) => {
            let product = Term::Call(MULTIPLY, vec![Term::Id, Term::Var(FACTOR)]);
            let update = Term::BinOp(left.into(), BinaryOp::Update, before(product).into());
            sized(bind(right, FACTOR, update))
        }
        BinaryOp::Pipe(Some(pattern)) => operation(BinaryOp::Pipe(Some(self::pattern(pattern)))),
        BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
            sized(operation(op))
        }
        op => operation(op),
    }
}

fn pattern(pattern: Pattern<&str>) -> Pattern<&str> {
    match pattern {
        Pattern::Var(name) => Pattern::Var(name),
        Pattern::Arr(parts) => Pattern::Arr(parts.into_iter().map(self::pattern).collect()),
        Pattern::Obj(entries) => {
            let entry = |(key, value)| (term(key), self::pattern(value));
            Pattern::Obj(entries.into_iter().map(entry).collect())
        }
    }
}

fn path<'a>(start: T<'a>, parts: Vec<(Part<T<'a>>, jaq_core::path::Opt)>) -> T<'a> {
    let many = parts
        .iter()
        .any(|(part, _)| matches!(part, Part::Range(None, None)));
    let part = |(part, optional)| {
        let part = match part {
            Part::Index(index) => Part::Index(term(index)),
            Part::Range(from, to) => Part::Range(from.map(term), to.map(term)),
        };
        (part, optional)
    };
    let path = Term::Path(start.into(), Path(parts.into_iter().map(part).collect()));
    if many { behind(path) } else { path }
}
