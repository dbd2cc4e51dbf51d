//! The three-way merge: what is wanted, what is live and what was applied last.
//!
//! The live object is not copied until something in it has to change, so that
//! an object in sync costs a walk and nothing else. The rules are those of the
//! API server: a strategic merge where the kind's shape is known, a JSON merge
//! where it is not.

mod copy;
mod list;
mod map;
mod place;

use serde_json::Value;

use super::scalar::same;
use crate::schema::Patch;

pub(crate) use copy::{canonical, document};
pub(crate) use place::Place;

/// How values are read before they are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As the server would write them: zero values that it leaves out do not
    /// count, amounts have their canonical form, and what the server sets by
    /// itself is not compared.
    Canonical,
    /// As [`Reading::Canonical`], with the empty structs that stand there.
    Document,
    /// As they stand, to be sent to the server.
    Raw,
}

/// The same place in what is wanted, what is live and what was applied last.
#[derive(Clone, Copy, Default)]
pub(crate) struct Versions<'a> {
    pub(crate) target: Option<&'a Value>,
    pub(crate) live: Option<&'a Value>,
    pub(crate) origin: Option<&'a Value>,
}

/// What a merge makes of a value, when it makes something else of it.
pub(crate) struct Merged {
    /// The whole value after the merge.
    pub(crate) value: Value,
    /// The patch that leads there; null where only a directive does.
    pub(crate) patch: Value,
    /// Directives for the map around it, by their prefix.
    pub(crate) directives: Vec<(&'static str, Value)>,
}

/// A three-way merge and what it met on its way.
pub(crate) struct Merge {
    reading: Reading,
    /// Whether the kind's shape is known, so that lists merge by key.
    strategic: bool,
    /// Lists whose elements cannot be told apart by the one key a strategic
    /// patch knows; such a patch would hit the wrong element.
    pub(crate) ambiguous: Vec<String>,
    /// Whether an empty value was met that is absent to the server: whether it takes
    /// something away depends on what was applied last.
    pub(crate) met_empty: bool,
}

impl Merged {
    fn replaced(value: Value) -> Self {
        Self {
            patch: value.clone(),
            value,
            directives: Vec::new(),
        }
    }
}

impl Merge {
    pub(crate) fn new(reading: Reading, strategic: bool) -> Self {
        Self {
            reading,
            strategic,
            ambiguous: Vec::new(),
            met_empty: false,
        }
    }

    /// Merges two values that are both there.
    fn values(
        &mut self,
        place: Place<'_>,
        live: &Value,
        target: &Value,
        origin: Option<&Value>,
    ) -> Option<Merged> {
        match (live, target) {
            (Value::Object(_), Value::Object(_)) if *place.patch() == Patch::Replace => {
                let (live, target) = (place.without_skipped(live), place.without_skipped(target));
                self.replace(place, &live, &target)
            }
            (Value::Object(live), Value::Object(target)) => {
                self.maps(place, live, target, origin.and_then(Value::as_object))
            }
            (Value::Array(live), Value::Array(target)) => {
                self.lists(place, live, target, origin.and_then(Value::as_array))
            }
            _ => self.replace(place, live, target),
        }
    }

    /// Whether the merge would change an element of the list at `list`.
    pub(crate) fn changes_element(&mut self, list: Place<'_>, versions: Versions<'_>) -> bool {
        let is_merged = self.strategic && matches!(list.patch(), Patch::Key(_) | Patch::Set);
        match (versions.live, versions.target) {
            (Some(live), Some(target)) => {
                let merged = self.values(list.element(), live, target, versions.origin);
                merged.is_some()
            }
            (Some(_), None) => !is_merged || versions.origin.is_some(),
            (None, target) => target.is_some(),
        }
    }

    /// Takes the target whole where it is not the same.
    fn replace(&self, place: Place<'_>, live: &Value, target: &Value) -> Option<Merged> {
        if same(live, target) {
            return None;
        }
        let wanted = self.copy(place.schema, target);
        let unchanged = match self.reading {
            Reading::Raw => same(live, &wanted),
            _ => same(&self.copy(place.schema, live), &wanted),
        };
        (!unchanged).then(|| Merged::replaced(wanted))
    }
}
