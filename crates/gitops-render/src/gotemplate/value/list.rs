//! Lists: Go's slices, as values that never change.

use std::ops::Deref;
use std::rc::Rc;

use super::{Value, drop_nested};

/// A list; cloning it shares the items.
#[derive(Clone)]
pub struct List(Rc<Cell>);

struct Cell {
    list_type: ListType,
    /// Go tells a slice that was never made from an empty one in JSON.
    nil: bool,
    items: Vec<Value>,
}

/// The type of a list, which `typeOf` and `%T` show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListType {
    /// `[]interface {}`.
    #[default]
    Any,
    /// `[]string`.
    Strings,
    /// `[]int`.
    Ints,
    /// A slice of slices, `[][]interface {}`.
    Lists,
    /// A slice of maps, `[]map[string]interface {}`.
    Maps,
}

impl ListType {
    /// The type as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::Strings => "[]string",
            Self::Ints => "[]int",
            Self::Lists => "[][]interface {}",
            Self::Maps => "[]map[string]interface {}",
        }
    }
}

impl List {
    /// A list of a type.
    pub fn new(list_type: ListType, items: Vec<Value>) -> Self {
        Self(Rc::new(Cell {
            list_type,
            nil: false,
            items,
        }))
    }

    /// The nil slice of a type: empty, and `null` in JSON.
    pub fn nil(list_type: ListType) -> Self {
        Self(Rc::new(Cell {
            list_type,
            nil: true,
            items: Vec::new(),
        }))
    }

    /// The list's type.
    pub fn list_type(&self) -> ListType {
        self.0.list_type
    }

    /// Whether this is a nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    pub(super) fn dismantle(self, rest: &mut Vec<Value>) {
        if let Some(mut cell) = Rc::into_inner(self.0) {
            rest.extend(cell.items.drain(..).filter(Value::holds_values));
        }
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if self.items.iter().any(Value::holds_values) {
            drop_nested(self.items.drain(..));
        }
    }
}

impl Deref for List {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0.items
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(ListType::Any, items.into_iter().collect())
    }
}
