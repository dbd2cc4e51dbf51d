//! Values with fields and methods of their own.

use std::any::Any;
use std::sync::Arc;

use super::{Kind, Value};
use crate::gotemplate::function;

/// A value of a type that templates know only by its name, fields and methods:
/// a struct, a pointer to one, or a map, list or number with methods.
///
/// Only [`Object::type_name`] and [`Object::as_any`] are required.
///
/// ```
/// use gitops_render::gotemplate::{Functions, Limits, Object, Templates, Value};
///
/// struct Version { major: i64 }
///
/// impl Object for Version {
///     fn type_name(&self) -> &str { "*main.Version" }
///     fn as_any(&self) -> &dyn std::any::Any { self }
///     fn field(&self, name: &str) -> Option<Value> {
///         (name == "Major").then_some(Value::Int(self.major))
///     }
/// }
///
/// let mut templates = Templates::new(Functions::builtin());
/// templates.parse("t", "v{{ .Major }}")?;
/// let text = templates.render("t", &Value::object(Version { major: 2 }), &Limits::default())?;
/// assert_eq!(text, "v2");
/// # Ok::<(), gitops_render::gotemplate::Error>(())
/// ```
pub trait Object {
    /// Go's name of the type.
    fn type_name(&self) -> &str;

    /// The value itself, so that functions can find the type they know.
    fn as_any(&self) -> &dyn Any;

    /// Go's kind of the type.
    fn kind(&self) -> Kind {
        Kind::Struct
    }

    /// Whether `if` takes the value for true; structs always are.
    fn is_true(&self) -> bool {
        self.underlying().is_none_or(|value| value.is_true())
    }

    /// What the type's `String` or `Error` method gives.
    fn text(&self) -> Option<String> {
        None
    }

    /// The value of a field.
    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    /// What an action writes of the value itself, if that is not what it prints as
    /// when a function gets it: in Go the `String` method of its address.
    fn action_text(&self) -> Option<String> {
        self.text()
    }

    /// What the type's `MarshalJSON` or `MarshalText` method gives, if that is text.
    fn json_text(&self) -> Option<String> {
        self.text()
    }

    /// All fields in the order of their declaration, for printing.
    fn fields(&self) -> Vec<(Arc<str>, Value)> {
        Vec::new()
    }

    /// The fields under the names that they have in JSON.
    fn json_fields(&self) -> Vec<(Arc<str>, Value)> {
        self.fields()
    }

    /// Calls a method; `None` where there is no such method.
    fn call(&self, _name: &str, _arguments: &[Value]) -> Option<Result<Value, function::Error>> {
        None
    }

    /// The plain map, list, string or number of a type that is one with methods.
    fn underlying(&self) -> Option<Value> {
        None
    }
}
