//! The table of built-in kinds, from its text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Empty, Field, Keys, Scalar, Schema, Struct, Type};

const TEXT: &str = include_str!("builtin.txt");

/// A built-in kind, as the table has it.
pub(in crate::memory) struct KindLine {
    pub(in crate::memory) api_version: &'static str,
    pub(in crate::memory) kind: &'static str,
    pub(in crate::memory) plural: &'static str,
    pub(in crate::memory) namespaced: bool,
    /// Whether `status` is changed on its own.
    pub(in crate::memory) status: bool,
    pub(in crate::memory) type_name: &'static str,
}

/// The built-in kinds, in the server's order.
pub(in crate::memory) fn kinds() -> impl Iterator<Item = KindLine> {
    lines("kind ").filter_map(|line| {
        let mut words = line.split(' ');
        Some(KindLine {
            api_version: words.next()?,
            kind: words.next()?,
            plural: words.next()?,
            namespaced: words.next()? == "namespaced",
            status: words.next()? == "status",
            type_name: words.next()?,
        })
    })
}

/// The types of the built-in kinds.
pub(super) fn builtin() -> Schema {
    let indices: BTreeMap<&str, usize> = lines("type ").map(name).zip(0..).collect();
    let structs = lines("type ")
        .map(|line| structure(line, &indices))
        .collect();
    let names = indices
        .iter()
        .map(|(name, index)| ((*name).to_owned(), Type::Struct(*index)))
        .collect();
    Schema { structs, names }
}

fn lines(prefix: &'static str) -> impl Iterator<Item = &'static str> {
    TEXT.lines()
        .filter_map(move |line| line.strip_prefix(prefix))
}

fn name(line: &'static str) -> &'static str {
    let name = line.split(' ').next().unwrap_or_default();
    name.trim_end_matches('!')
}

fn structure(line: &'static str, indices: &BTreeMap<&str, usize>) -> Struct {
    let mut words = line.split(' ');
    let atomic = words.next().is_some_and(|name| name.ends_with('!'));
    let fields = words
        .filter_map(|word| word.split_once(':'))
        .map(|(name, ty)| field(name, ty, indices))
        .collect();
    Struct {
        fields,
        atomic,
        open: false,
    }
}

fn field(name: &str, ty: &str, indices: &BTreeMap<&str, usize>) -> (String, Field) {
    let empty = match name.as_bytes().last() {
        Some(b'?') => Empty::Omitted,
        Some(b'+') => Empty::Written,
        _ => Empty::Kept,
    };
    let ty = parse(ty, indices);
    let name = name.trim_end_matches(['?', '+']).to_owned();
    (name, Field { ty, empty })
}

fn parse(text: &str, indices: &BTreeMap<&str, usize>) -> Type {
    if let Some(inner) = between(text, '[', ']') {
        let (items, keys) = match inner.rsplit_once('|') {
            None => (inner, Keys::Atomic),
            Some((items, "")) => (items, Keys::Set),
            Some((items, keys)) => (items, Keys::Fields(keys.split(',').map(key).collect())),
        };
        let items = Box::new(parse(items, indices));
        return Type::List { items, keys };
    }
    let atomic = text.ends_with('!');
    if let Some(inner) = between(text.trim_end_matches('!'), '{', '}') {
        let values = Box::new(parse(inner, indices));
        return Type::Map { values, atomic };
    }
    match text {
        "s" => Type::Scalar(Scalar::String),
        "i" => Type::Scalar(Scalar::Integer),
        "n" => Type::Scalar(Scalar::Number),
        "b" => Type::Scalar(Scalar::Boolean),
        "q" => Type::Scalar(Scalar::Quantity),
        "t" => Type::Scalar(Scalar::IntegerOrString),
        name => indices
            .get(name.trim_end_matches('~'))
            .map_or(Type::Any, |index| Type::Struct(*index)),
    }
}

fn between(text: &str, open: char, close: char) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

fn key(text: &str) -> (String, Option<Value>) {
    match text.split_once('=') {
        Some((name, default)) => (name.to_owned(), Some(default.into())),
        None => (text.to_owned(), None),
    }
}
