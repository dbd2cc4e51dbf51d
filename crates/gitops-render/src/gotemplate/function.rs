//! Functions that templates call.

use rustc_hash::FxHashMap;
use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use super::exec::Scope;
use super::{Limit, List, Map, Text, Value, builtin};

/// Why a function failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// With a message.
    #[error("{0}")]
    Failed(String),
    /// Because a template it executed or parsed failed.
    #[error("{context}{source}")]
    Template {
        /// What the function adds before the template's own message.
        context: String,
        /// The template's failure.
        source: Box<super::Error>,
    },
    /// Because a bound was reached.
    #[error(transparent)]
    Limit(#[from] Limit),
}

impl Error {
    /// A failure with a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }
}

impl From<super::Error> for Error {
    fn from(source: super::Error) -> Self {
        Self::Template {
            context: String::new(),
            source: Box::new(source),
        }
    }
}

/// What a function takes or gives: the type that Go's signature would name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// `interface {}`: any value.
    Any,
    /// `reflect.Value`: any value, and nil told apart; Go's own functions take it.
    Reflect,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `uint32`, which no value has: only constants fit.
    Uint32,
    /// `float64`.
    Float,
    /// `string`.
    String,
    /// `map[string]interface {}`.
    Map,
    /// `[]interface {}`.
    List,
    /// A type that only an [`Object`](super::Object) of that name has.
    Object(&'static str),
}

impl Type {
    /// The type as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Float => "float64",
            Self::String => "string",
            Self::Map => "map[string]interface {}",
            Self::List => "[]interface {}",
            Self::Object(name) => name,
        }
    }

    pub(super) fn can_be_nil(self) -> bool {
        matches!(self, Self::Any | Self::Reflect | Self::Map | Self::List)
    }

    /// Whether the type takes the value as it is.
    pub(super) fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any | Self::Reflect, _)
            | (Self::Bool, Value::Bool(_))
            | (Self::Int, Value::Int(_))
            | (Self::Int64, Value::Int64(_))
            | (Self::Float, Value::Float(_))
            | (Self::String, Value::String(_)) => true,
            (Self::Map, Value::Map(map)) => map.map_type() != super::MapType::Strings,
            (Self::List, Value::List(list)) => list.list_type() == super::ListType::Any,
            (Self::Object(name), Value::Object(object)) => {
                object.type_name().trim_start_matches('*') == name
            }
            _ => false,
        }
    }
}

/// The types of a function's arguments.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    pub(super) fixed: &'static [Type],
    pub(super) variadic: Option<Type>,
}

impl Signature {
    /// Exactly these arguments.
    pub const fn new(types: &'static [Type]) -> Self {
        Self {
            fixed: types,
            variadic: None,
        }
    }

    /// These arguments, and any number of one more type.
    pub const fn variadic(fixed: &'static [Type], rest: Type) -> Self {
        Self {
            fixed,
            variadic: Some(rest),
        }
    }
}

/// What a function does.
pub type Body = dyn Fn(&Call<'_>) -> Result<Value, Error> + Send + Sync;

/// A function with its name and types.
pub struct Function {
    pub(super) name: Arc<str>,
    pub(super) signature: Signature,
    pub(super) body: Implementation,
}

/// The engine carries out some functions itself: they do not evaluate all arguments,
/// or look at how an argument is written.
pub(super) enum Implementation {
    And,
    Or,
    Call,
    Body(Box<Body>),
}

/// The functions that templates of a set may call.
#[derive(Clone)]
pub struct Functions(Arc<FxHashMap<Arc<str>, Arc<Function>>>);

impl Functions {
    /// Go's own functions: `and`, `or`, `not`, `eq`, `printf`, `index` and so on.
    pub fn builtin() -> Self {
        let mut functions = Self(Arc::default());
        builtin::add_to(&mut functions);
        functions
    }

    /// Adds a function, in place of one of the same name.
    ///
    /// ```
    /// use gitops_render::gotemplate::function::{Functions, Signature, Type};
    /// use gitops_render::gotemplate::{Limits, Templates, Value};
    ///
    /// let mut functions = Functions::builtin();
    /// functions.add("upper", Signature::new(&[Type::String]), |call| {
    ///     Ok(Value::string(call.text(0).to_uppercase()))
    /// });
    /// let mut templates = Templates::new(functions);
    /// templates.parse("t", "{{ . | upper }}")?;
    /// let text = templates.render("t", &Value::from("a"), &Limits::default())?;
    /// assert_eq!(text, "A");
    /// # Ok::<(), gitops_render::gotemplate::Error>(())
    /// ```
    pub fn add(
        &mut self,
        name: &str,
        signature: Signature,
        body: impl Fn(&Call<'_>) -> Result<Value, Error> + Send + Sync + 'static,
    ) {
        self.insert(name, signature, Implementation::Body(Box::new(body)));
    }

    pub(super) fn insert(&mut self, name: &str, signature: Signature, body: Implementation) {
        let name: Arc<str> = name.into();
        let function = Function {
            name: Arc::clone(&name),
            signature,
            body,
        };
        Arc::make_mut(&mut self.0).insert(name, Arc::new(function));
    }

    /// Removes a function, so that templates that name it do not parse.
    pub fn remove(&mut self, name: &str) {
        Arc::make_mut(&mut self.0).remove(name);
    }

    pub(super) fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.0.get(name)
    }
}

/// One call of a function: its arguments, which have the types of its signature,
/// and the render it is part of.
pub struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: &'a [Value],
    pub(super) scope: &'a Scope<'a>,
    pub(super) depth: usize,
}

impl<'a> Call<'a> {
    /// The name the function was called by.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// All arguments.
    pub fn arguments(&self) -> &'a [Value] {
        self.arguments
    }

    /// An argument of any type; nil where there is none.
    pub fn value(&self, index: usize) -> &'a Value {
        const NIL: &Value = &Value::Nil;
        self.arguments.get(index).unwrap_or(NIL)
    }

    /// A [`Type::String`] argument, invalid UTF-8 replaced.
    pub fn text(&self, index: usize) -> Cow<'a, str> {
        match self.value(index) {
            Value::String(text) => text.to_str(),
            _ => Cow::Borrowed(""),
        }
    }

    /// The bytes of a [`Type::String`] argument.
    pub fn bytes(&self, index: usize) -> &'a [u8] {
        self.value(index).as_text().map_or(&[], Text::as_bytes)
    }

    /// A [`Type::Int`] or [`Type::Int64`] argument.
    pub fn int(&self, index: usize) -> i64 {
        match self.value(index) {
            Value::Int(value) | Value::Int64(value) => *value,
            _ => 0,
        }
    }

    /// A [`Type::Float`] argument.
    pub fn float(&self, index: usize) -> f64 {
        match self.value(index) {
            Value::Float(value) => *value,
            _ => 0.0,
        }
    }

    /// A [`Type::Bool`] argument.
    pub fn bool(&self, index: usize) -> bool {
        matches!(self.value(index), Value::Bool(true))
    }

    /// A [`Type::Map`] argument; `None` for a nil map.
    pub fn map(&self, index: usize) -> Option<&'a Map> {
        self.value(index).as_map()
    }

    /// A [`Type::List`] argument; `None` for a nil list.
    pub fn list(&self, index: usize) -> Option<&'a List> {
        self.value(index).as_list()
    }

    /// What the render was started with for its functions, if it is a `T`.
    pub fn host<T: Any>(&self) -> Option<&'a T> {
        self.scope.run.host.downcast_ref()
    }

    /// Counts bytes about to be made against the render's bounds.
    ///
    /// # Errors
    ///
    /// When the bound is reached; the function should then give up.
    pub fn reserve(&self, bytes: usize) -> Result<(), Error> {
        Ok(self.scope.run.budget.allocate(bytes)?)
    }

    /// Counts one step of a loop against the render's bounds.
    ///
    /// # Errors
    ///
    /// When the bound is reached; the function should then give up.
    pub fn step(&self) -> Result<(), Error> {
        Ok(self.scope.run.budget.step()?)
    }

    /// How many bytes a text may have, for functions that make one.
    pub fn output_limit(&self) -> usize {
        self.scope.run.budget.limits().output
    }

    /// Executes another template of the set and gives what it writes.
    ///
    /// # Errors
    ///
    /// When there is no such template, or it fails.
    pub fn execute(&self, name: &str, data: &Value) -> Result<Text, super::Error> {
        self.scope.execute(name, data, self.depth + 1)
    }

    /// Parses a text as a template that sees all others of the set, and executes it.
    ///
    /// What the text defines is not seen outside.
    ///
    /// # Errors
    ///
    /// The outer error when it does not parse, the inner one when it fails.
    pub fn evaluate(
        &self,
        text: &str,
        data: &Value,
    ) -> Result<Result<Text, super::Error>, super::Error> {
        self.scope.evaluate(text, data, self.depth + 1)
    }
}
