//! The functions that charts call: sprig's, with Helm's additions and changes.

#![expect(clippy::unnecessary_wraps, reason = "all functions have one form")]

mod case;
mod certificate;
mod crypto;

mod date;
mod decimal;
mod encoding;
mod json;
mod list;
mod logic;
mod map;
mod merge;
mod number;
mod own;
mod password;
mod pem;

pub(super) mod path;

mod random;
mod regex;
mod string;
mod toml;
mod url;
mod version;
mod wrap;
pub(super) mod yaml;

#[cfg(feature = "http")]
pub(crate) use encoding::hexadecimal;

use std::sync::LazyLock;

#[cfg(test)]
pub(super) use json::with_floats;
pub(super) use own::DEMAND;

use crate::gotemplate::function::{Call, Error, Functions, Signature, Type};
use crate::gotemplate::{List, Text, Value, print};

/// A function with its names and types.
type Entry = (&'static str, Signature, fn(&Call<'_>) -> Outcome);

type Outcome = Result<Value, Error>;

const ANY: Type = Type::Any;
const BOOL: Type = Type::Bool;
const FLOAT: Type = Type::Float;
const INT: Type = Type::Int;
const LIST: Type = Type::List;
const MAP: Type = Type::Map;
const STRING: Type = Type::String;
const TIME: Type = Type::Object("time.Time");

/// All functions of a chart's templates.
///
/// The set is made once; cloning it is cheap.
pub fn functions() -> Functions {
    static FUNCTIONS: LazyLock<Functions> = LazyLock::new(|| {
        let mut functions = Functions::builtin();
        let modules = [
            case::FUNCTIONS,
            certificate::FUNCTIONS,
            crypto::FUNCTIONS,
            password::FUNCTIONS,
            date::FUNCTIONS,
            decimal::FUNCTIONS,
            encoding::FUNCTIONS,
            json::FUNCTIONS,
            list::FUNCTIONS,
            logic::FUNCTIONS,
            map::FUNCTIONS,
            merge::FUNCTIONS,
            number::FUNCTIONS,
            own::FUNCTIONS,
            path::FUNCTIONS,
            random::FUNCTIONS,
            regex::FUNCTIONS,
            string::FUNCTIONS,
            toml::FUNCTIONS,
            url::FUNCTIONS,
            version::FUNCTIONS,
            wrap::FUNCTIONS,
            yaml::FUNCTIONS,
        ];
        for (name, signature, body) in modules.into_iter().flatten() {
            functions.add(name, *signature, *body);
        }
        functions
    });
    FUNCTIONS.clone()
}

const fn takes(types: &'static [Type]) -> Signature {
    Signature::new(types)
}

const fn takes_many(fixed: &'static [Type], rest: Type) -> Signature {
    Signature::variadic(fixed, rest)
}

fn failed<T>(message: impl Into<String>) -> Result<T, Error> {
    Err(Error::new(message))
}

/// What Go says where a nil is used as a list.
fn nil_pointer() -> Error {
    Error::new("runtime error: invalid memory address or nil pointer dereference")
}

/// What Go says where it looks for the type of a nil.
fn zero_value() -> Error {
    Error::new("reflect: call of reflect.Value.Type on zero Value")
}

/// A value as text, as `toString` gives it.
fn to_text(call: &Call<'_>, value: &Value) -> Result<Text, Error> {
    if let Value::Bytes(bytes) = value {
        return Ok(Text::from_bytes(bytes));
    }
    if let Value::String(text) = value {
        return Ok(text.clone());
    }
    let printed = print::print_value(value, call.output_limit())?;
    Ok(Text::from_bytes(&printed))
}

/// The items of an argument that must be a list; `refusal` begins the error.
fn items(value: &Value, refusal: &str) -> Result<List, Error> {
    match value.underlying() {
        Value::Nil => Err(nil_pointer()),
        Value::List(list) => Ok(list),
        Value::Bytes(bytes) => Ok(bytes.iter().map(|byte| Value::Uint8(*byte)).collect()),
        other => failed(format!("{refusal} {}", other.kind().name())),
    }
}
