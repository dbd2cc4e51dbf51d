//! Which fields differ between two states of an object.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{FieldSet, Parents, elements};
use crate::memory::schema::Place;

/// How one state of an object differs from another.
#[derive(Debug, Default)]
pub(in crate::memory) struct Changes {
    /// What is only in the later state.
    pub(in crate::memory) added: FieldSet,
    /// What has another value in the later state.
    pub(in crate::memory) modified: FieldSet,
    /// What is only in the earlier state.
    pub(in crate::memory) removed: FieldSet,
}

/// How `new` differs from `old`.
pub(in crate::memory) fn changes(place: Place<'_>, old: &Value, new: &Value) -> Changes {
    let mut changes = Changes::default();
    compare(place, old, new, &mut changes);
    changes
}

fn compare(place: Place<'_>, old: &Value, new: &Value, changes: &mut Changes) {
    match (old, new) {
        (Value::Object(old_map), Value::Object(new_map)) if !place.is_atomic(new) => {
            compare_parts(entries(place, old_map), entries(place, new_map), changes);
        }
        (Value::Array(old_list), Value::Array(new_list)) if !place.is_atomic(new) => {
            let items = Some(place.items());
            let sides = |(element, value)| (element, (items, value));
            let old = elements(place, old_list).map(sides).collect();
            let new = elements(place, new_list).map(sides).collect();
            compare_parts(old, new, changes);
        }
        _ if old == new => {}
        // What was always written as null was there, only what it holds was not.
        (Value::Null, _) => changes.added.add(place, new, Parents::Owned),
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_))
            if !place.is_atomic(old) || !place.is_atomic(new) =>
        {
            changes.removed.add(place, old, Parents::Owned);
            changes.added.add(place, new, Parents::Owned);
        }
        _ => changes.modified.member = true,
    }
}

/// The parts of a map or list by path element; a part that can have no type is one value.
type Parts<'a> = BTreeMap<String, (Option<Place<'a>>, &'a Value)>;

fn entries<'a>(place: Place<'a>, map: &'a Map<String, Value>) -> Parts<'a> {
    let entries = map.iter();
    entries
        .map(|(name, value)| (format!("f:{name}"), (place.field(name), value)))
        .collect()
}

fn compare_parts(mut old: Parts<'_>, new: Parts<'_>, changes: &mut Changes) {
    for (element, (place, new)) in new {
        let mut child = Changes::default();
        match (old.remove(&element), place) {
            (Some((_, old)), Some(place)) => compare(place, old, new, &mut child),
            (Some((_, old)), None) => child.modified.member = old != new,
            (None, _) => add_part(&mut child.added, place, new),
        }
        changes.keep(&element, child);
    }
    for (element, (place, old)) in old {
        let mut child = Changes::default();
        add_part(&mut child.removed, place, old);
        changes.keep(&element, child);
    }
}

fn add_part(set: &mut FieldSet, place: Option<Place<'_>>, value: &Value) {
    set.add_field(place, value, Parents::Owned);
    set.member = true;
}

impl Changes {
    fn keep(&mut self, element: &str, child: Self) {
        let pairs = [
            (&mut self.added, child.added),
            (&mut self.modified, child.modified),
            (&mut self.removed, child.removed),
        ];
        for (set, child) in pairs {
            if !child.is_empty() {
                set.children.insert(element.to_owned(), child);
            }
        }
    }
}
