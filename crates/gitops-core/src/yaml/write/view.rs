//! What can be written.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// A value as a writer sees it; what it holds is of the value's own type.
#[derive(Debug)]
pub enum View<'a, T> {
    /// Null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Cow<'a, Number>),
    /// Text.
    Text(Cow<'a, str>),
    /// Values one after the other.
    List(&'a [T]),
    /// Values by their keys, in any order.
    Map(Vec<(&'a str, &'a T)>),
}

/// A type of values that can be written without a copy of them as JSON.
///
/// ```
/// use gitops_core::yaml::{self, View, Viewed};
///
/// enum Tree {
///     Leaf(bool),
///     Fork([(&'static str, Box<Tree>); 2]),
/// }
///
/// impl Viewed for Tree {
///     fn view(&self) -> View<'_, Self> {
///         match self {
///             Self::Leaf(green) => View::Bool(*green),
///             Self::Fork(twigs) => View::Map(twigs.iter().map(|(key, it)| (*key, &**it)).collect()),
///         }
///     }
/// }
///
/// let leaf = |green| Box::new(Tree::Leaf(green));
/// let tree = Tree::Fork([("upper", leaf(true)), ("lower", leaf(false))]);
/// assert_eq!(yaml::write(&tree), "lower: false\nupper: true\n");
/// ```
pub trait Viewed: Sized {
    /// What this is.
    fn view(&self) -> View<'_, Self>;
}

impl Viewed for Value {
    fn view(&self) -> View<'_, Self> {
        match self {
            Self::Null => View::Null,
            Self::Bool(truth) => View::Bool(*truth),
            Self::Number(number) => View::Number(Cow::Borrowed(number)),
            Self::String(text) => View::Text(Cow::Borrowed(text)),
            Self::Array(list) => View::List(list),
            Self::Object(map) => View::Map(map.iter().map(|(key, item)| (&**key, item)).collect()),
        }
    }
}
