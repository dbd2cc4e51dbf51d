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
pub use value::{Kind, List, ListType, MAX_DEPTH, Map, MapType, Object, Text, Value, WeakMap};

pub use json::{Floats, JsonError};
pub(crate) use quote::quote;
