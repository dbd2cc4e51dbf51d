//! Go's `text/template`, natively.
//!
//! A set of [`Templates`] is parsed once, with the [`Functions`] that its actions
//! may call, and renders [`Value`]s as often as wanted, from many threads. Values
//! have Go's types and print as Go prints them; errors have Go's words, with the
//! template, the line, the column and the action. A render has bounds ([`Limits`])
//! on steps, output, memory, nesting and time, so that a hostile template can do
//! no more than fail.
//!
//! ```
//! use gitops_render::gotemplate::{Functions, Limits, Templates, Value};
//! use serde_json::json;
//!
//! let mut templates = Templates::new(Functions::builtin());
//! templates.parse("ports", "{{ range .ports }}- {{ .name | printf \"%-5s\" }}{{ .port }}\n{{ end }}")?;
//!
//! let data = Value::from(json!({"ports": [{"name": "http", "port": 80}]}));
//! let text = templates.render("ports", &data, &Limits::default())?;
//! assert_eq!(text, "- http 80\n");
//!
//! templates.parse("wrong", "{{ .ports.name }}")?;
//! let error = templates.render("wrong", &data, &Limits::default()).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "template: wrong:1:9: executing \"wrong\" at <.ports.name>: \
//!      can't evaluate field name in type interface {}"
//! );
//! # Ok::<(), gitops_render::gotemplate::Error>(())
//! ```
//!
//! Functions of one's own are added with their Go types, by which arguments are
//! checked before the function sees them:
//!
//! ```
//! use gitops_render::gotemplate::function::{Error, Signature, Type};
//! use gitops_render::gotemplate::{Functions, Limits, Templates, Value};
//!
//! let mut functions = Functions::builtin();
//! functions.add("half", Signature::new(&[Type::Int]), |call| match call.int(0) {
//!     odd if odd % 2 == 1 => Err(Error::new(format!("{odd} is odd"))),
//!     even => Ok(Value::Int(even / 2)),
//! });
//! let mut templates = Templates::new(functions);
//! templates.parse("t", "{{ half 8 }} {{ half 3 }}")?;
//! let error = templates.render("t", &Value::Nil, &Limits::default()).unwrap_err();
//! assert!(error.to_string().ends_with("at <half 3>: error calling half: 3 is odd"));
//! # Ok::<(), gitops_render::gotemplate::Error>(())
//! ```
//!
//! What is Go's: constants without a type, `int` against `float64`, nil with and
//! without a type, maps in the order of their keys and shared when assigned,
//! `and` and `or` that stop early, `%v`, `%q`, `%T` and the other verbs, trimming.
//! What is left out stands in the repository's list of deliberate differences.

pub mod error;
pub mod function;

mod ast;
mod builtin;
mod exec;
mod json;
mod lexer;
mod limits;
pub(crate) mod number;
mod parser;
pub(crate) mod print;
pub(crate) mod quote;
mod template;
#[cfg(test)]
mod tests;
mod value;

pub use error::{Error, Failure, Reason};
pub use function::{Call, Functions};
pub use limits::{Interrupt, Limit, Limits};
pub use template::{MissingKey, Parsed, Session, Templates};
pub use value::{
    Deferred, Kind, List, ListType, MAX_DEPTH, Map, MapType, Method, NamedType, Object, Text,
    Value, WeakMap,
};

pub use json::{Floats, JsonError};
#[cfg(feature = "helm")]
pub(crate) use parser::Stacks;
pub(crate) use quote::quote;
