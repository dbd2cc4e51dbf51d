//! The parts of a rule, and what they find in an object.

use std::borrow::Cow;

use serde_json::Value;

use crate::{field, number};

/// What a path can start from.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    object: &'a Value,
    entry: &'a Value,
}

impl<'a> Scope<'a> {
    pub(super) fn of(object: &'a Value) -> Self {
        Self {
            object,
            entry: object,
        }
    }

    pub(super) fn entry(self, entry: &'a Value) -> Self {
        Self { entry, ..self }
    }
}

/// A way to a value.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) root: Root,
    pub(super) segments: Vec<Segment>,
    /// Whether the value's length is meant.
    pub(super) is_length: bool,
}

#[derive(Debug)]
pub(super) enum Root {
    Object,
    Entry,
    /// The last condition of a type.
    Condition(&'static str),
}

#[derive(Debug)]
pub(super) enum Segment {
    Key(&'static str),
    /// A place in a list, from the end if negative.
    Index(isize),
}

impl Path {
    /// What stands there; null is nothing.
    pub(super) fn find<'a>(&self, scope: Scope<'a>) -> Option<&'a Value> {
        let root = match self.root {
            Root::Object => scope.object,
            Root::Entry => scope.entry,
            Root::Condition(kind) => {
                let conditions = field::list(scope.object, &["status", "conditions"]);
                conditions
                    .iter()
                    .rfind(|condition| field::text(condition, &["type"]) == kind)?
            }
        };
        self.segments
            .iter()
            .try_fold(root, |value, segment| segment.step(value))
            .filter(|value| !value.is_null())
    }

    /// The value, or its length where that is meant.
    fn value<'a>(&self, scope: Scope<'a>) -> Option<Cow<'a, Value>> {
        let found = self.find(scope);
        if !self.is_length {
            return found.map(Cow::Borrowed);
        }
        let length = match found {
            Some(Value::Array(list)) => list.len(),
            Some(Value::String(text)) => text.len(),
            _ => 0,
        };
        Some(Cow::Owned(Value::from(length)))
    }
}

impl Segment {
    fn step<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match self {
            Self::Key(key) => value.get(key),
            Self::Index(index) => {
                let list = value.as_array()?;
                let index = match usize::try_from(*index) {
                    Ok(index) => index,
                    Err(_) => list.len().checked_sub(index.unsigned_abs())?,
                };
                list.get(index)
            }
        }
    }
}

/// A question with a yes or no.
#[derive(Debug)]
pub(super) enum Test {
    Present(Path),
    Absent(Path),
    Truthy(Path),
    Falsy(Path),
    Compare {
        left: Path,
        operator: Operator,
        right: Vec<Operand>,
    },
    /// The object's status is of its latest generation, as far as it tells.
    Observed(bool),
    /// The entry is of the object's latest generation, as far as it tells.
    Current(bool),
    /// Any condition of a type has a status.
    Has {
        kind: &'static str,
        status: &'static str,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    NotGreater,
}

#[derive(Debug)]
pub(super) enum Operand {
    Text(&'static str),
    Number(f64),
    Bool(bool),
    Path(Path),
    Difference(Path, Path),
}

impl Test {
    pub(super) fn holds(&self, scope: Scope<'_>) -> bool {
        match self {
            Self::Present(path) => path.find(scope).is_some(),
            Self::Absent(path) => path.find(scope).is_none(),
            Self::Truthy(path) => is_truthy(path.find(scope)),
            Self::Falsy(path) => !is_truthy(path.find(scope)),
            Self::Compare {
                left,
                operator,
                right,
            } => compare(left.value(scope).as_deref(), *operator, right, scope),
            Self::Observed(expected) => {
                let status = field::at(scope.object, &["status"]);
                is_latest(status, scope).unwrap_or(false) == *expected
            }
            Self::Current(expected) => {
                is_latest(Some(scope.entry), scope).unwrap_or(true) == *expected
            }
            Self::Has { kind, status } => field::list(scope.object, &["status", "conditions"])
                .iter()
                .any(|condition| {
                    field::text(condition, &["type"]) == *kind
                        && field::text(condition, &["status"]) == *status
                }),
        }
    }
}

fn is_truthy(value: Option<&Value>) -> bool {
    !matches!(value, None | Some(Value::Bool(false)))
}

/// Whether `observedGeneration` is absent or the object's generation; `None`
/// where it is there and the object has no generation.
fn is_latest(holder: Option<&Value>, scope: Scope<'_>) -> Option<bool> {
    let Some(observed) = holder.and_then(|holder| field::at(holder, &["observedGeneration"]))
    else {
        return Some(true);
    };
    let generation = field::at(scope.object, &["metadata", "generation"])?;
    Some(is_equal(Some(observed), Some(generation)))
}

fn compare(left: Option<&Value>, operator: Operator, right: &[Operand], scope: Scope<'_>) -> bool {
    let is_any_equal = || right.iter().any(|operand| operand.is_equal(left, scope));
    let ordering = || right.first().and_then(|operand| operand.order(left, scope));
    match operator {
        Operator::Equal => is_any_equal(),
        Operator::NotEqual => !is_any_equal(),
        Operator::Less => ordering().is_some_and(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => ordering().is_some_and(std::cmp::Ordering::is_le),
        Operator::Greater => ordering().is_some_and(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => ordering().is_some_and(std::cmp::Ordering::is_ge),
        Operator::NotGreater => !ordering().is_some_and(std::cmp::Ordering::is_gt),
    }
}

impl Operand {
    fn is_equal(&self, left: Option<&Value>, scope: Scope<'_>) -> bool {
        match (self, left) {
            (Self::Text(text), Some(Value::String(left))) => left == text,
            (Self::Bool(flag), Some(Value::Bool(left))) => left == flag,
            (Self::Path(path), _) => is_equal(left, path.value(scope).as_deref()),
            _ => self.order(left, scope) == Some(std::cmp::Ordering::Equal),
        }
    }

    /// How `left` stands to the operand, where both are numbers or both texts.
    fn order(&self, left: Option<&Value>, scope: Scope<'_>) -> Option<std::cmp::Ordering> {
        match (self, left?) {
            (Self::Text(text), Value::String(left)) => Some(left.as_str().cmp(text)),
            (Self::Number(number), left) => left.as_f64()?.partial_cmp(number),
            (Self::Difference(minuend, subtrahend), left) => {
                let minuend = minuend.value(scope)?.as_f64()?;
                let difference = minuend - subtrahend.value(scope)?.as_f64()?;
                left.as_f64()?.partial_cmp(&difference)
            }
            (Self::Path(path), left) => match (left, path.value(scope)?.as_ref()) {
                (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
                (left, right) => left.as_f64()?.partial_cmp(&right.as_f64()?),
            },
            _ => None,
        }
    }
}

/// Equal values; numbers by what they are worth.
pub(crate) fn is_equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            left.as_f64().partial_cmp(&right.as_f64()) == Some(std::cmp::Ordering::Equal)
        }
        (Some(Value::Object(_) | Value::Array(_)), _) => false,
        _ => left == right,
    }
}

/// A message with places to fill in.
#[derive(Debug, Default)]
pub(super) struct Template(pub(super) Vec<Piece>);

#[derive(Debug)]
pub(super) enum Piece {
    Text(&'static str),
    Value {
        paths: Vec<Path>,
        fallback: Fallback,
    },
}

#[derive(Debug)]
pub(super) enum Fallback {
    Nothing,
    /// Where the value is absent.
    Absent(&'static str),
    /// Where the value is absent or an empty text.
    Empty(&'static str),
}

impl Template {
    /// Whether the message is one value alone, and that is a number or the like.
    pub(super) fn is_no_text(&self, scope: Scope<'_>) -> bool {
        let [Piece::Value { paths, .. }] = &self.0[..] else {
            return false;
        };
        let found = paths.iter().find_map(|path| path.find(scope));
        // The texts of a list are joined on purpose.
        !matches!(found, None | Some(Value::String(_) | Value::Array(_)))
    }

    pub(super) fn render(&self, scope: Scope<'_>) -> String {
        self.0.iter().map(|piece| piece.render(scope)).collect()
    }
}

impl Piece {
    fn render<'a>(&'a self, scope: Scope<'a>) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Value { paths, fallback } => {
                let found = paths.iter().find_map(|path| path.find(scope)).map(text);
                match (found, fallback) {
                    (Some(text), Fallback::Empty(fallback)) if text.is_empty() => {
                        Cow::Borrowed(fallback)
                    }
                    (Some(text), _) => text,
                    (None, Fallback::Absent(fallback) | Fallback::Empty(fallback)) => {
                        Cow::Borrowed(fallback)
                    }
                    (None, Fallback::Nothing) => Cow::Borrowed(""),
                }
            }
        }
    }
}

/// A value as it stands in a message; the texts of a list are joined.
pub(crate) fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Owned(number.as_f64().map_or_else(String::new, number::text)),
        Value::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        Value::Array(list) => {
            let texts: Vec<Cow<'_, str>> = list.iter().map(text).collect();
            Cow::Owned(texts.join(", "))
        }
        Value::Null | Value::Object(_) => Cow::Borrowed(""),
    }
}
