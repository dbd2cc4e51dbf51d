//! Sets of fields, as the API server records who owns what.
//!
//! `metadata.managedFields` holds one set a manager. [`Managers`] reads them,
//! [`FieldSet`] computes with them, and [`apply`] is the merge that a server-side
//! apply makes, with removal of what the manager applied before and with conflicts.
//!
//! ```
//! use gitops_core::fieldset::FieldSet;
//! use serde_json::json;
//!
//! let set = FieldSet::read(&json!({"f:spec": {"f:replicas": {}}})).unwrap();
//! assert_eq!(set.to_value(), json!({"f:spec": {"f:replicas": {}}}));
//! ```

mod apply;
mod element;
mod managers;
mod of;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub(crate) use apply::owned;
pub use apply::{Applied, Conflict, apply};
pub use element::Element;
pub use managers::{Managed, Managers, Operation};
pub(crate) use of::{all, keys_of, modified};
pub(crate) use value::{merge, remove};

/// A set of fields: of each, the path that leads to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// The elements that are in the set themselves.
    members: BTreeSet<Element>,
    /// What is in the set below an element; never empty.
    below: BTreeMap<Element, FieldSet>,
}

/// A text that is no set of fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: is no field of a field set")]
pub struct Error {
    /// Where in the set.
    pub path: String,
}

/// Sets are read no deeper than this; the server nests no deeper either.
const MAX_DEPTH: usize = 256;

impl FieldSet {
    /// Reads the form that `fieldsV1` has.
    ///
    /// # Errors
    ///
    /// Names the first key that is no path element.
    pub fn read(fields: &Value) -> Result<Self, Error> {
        Self::read_below(fields, "", 0)
    }

    fn read_below(fields: &Value, path: &str, depth: usize) -> Result<Self, Error> {
        let error = || Error {
            path: path.to_owned(),
        };
        let map = fields
            .as_object()
            .filter(|_| depth < MAX_DEPTH)
            .ok_or_else(error)?;
        let mut set = Self::default();
        for (key, child) in map.iter().filter(|(key, _)| *key != ".") {
            let path = format!("{path}/{key}");
            let element = Element::read(key).ok_or_else(|| Error { path: path.clone() })?;
            let below = Self::read_below(child, &path, depth + 1)?;
            if below.is_empty() || child.get(".").is_some() {
                set.members.insert(element.clone());
            }
            if !below.is_empty() {
                set.below.insert(element, below);
            }
        }
        Ok(set)
    }

    /// The form that `fieldsV1` has.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        for element in &self.members {
            map.insert(element.to_string(), Map::new().into());
        }
        for (element, below) in &self.below {
            let mut child = below.to_value();
            if let (true, Value::Object(child)) = (self.members.contains(element), &mut child) {
                child.insert(".".into(), Map::new().into());
            }
            map.insert(element.to_string(), child);
        }
        map.into()
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.below.is_empty()
    }

    /// Puts the end of a path into the set.
    pub fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.below.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Whether the end of a path is in the set.
    pub fn contains(&self, path: &[Element]) -> bool {
        match path {
            [] => false,
            [last] => self.members.contains(last),
            [first, rest @ ..] => self.below.get(first).is_some_and(|set| set.contains(rest)),
        }
    }

    /// What is below an element.
    pub fn below(&self, element: &Element) -> Option<&Self> {
        self.below.get(element)
    }

    /// Whether an element is in the set itself.
    pub fn has(&self, element: &Element) -> bool {
        self.members.contains(element)
    }

    /// The paths in the set, ordered.
    pub fn paths(&self) -> Vec<Vec<Element>> {
        let own = self.members.iter().map(|element| vec![element.clone()]);
        let mut paths: Vec<Vec<Element>> = own.collect();
        for (element, below) in &self.below {
            for mut path in below.paths() {
                path.insert(0, element.clone());
                paths.push(path);
            }
        }
        paths.sort();
        paths
    }

    /// What is in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.members.extend(other.members.iter().cloned());
        for (element, below) in &other.below {
            let mine = set.below.entry(element.clone()).or_default();
            *mine = mine.union(below);
        }
        set
    }

    /// What is in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let members = self.members.intersection(&other.members).cloned().collect();
        let shared = self.below.iter().filter_map(|(element, below)| {
            let both = below.intersection(other.below.get(element)?);
            (!both.is_empty()).then(|| (element.clone(), both))
        });
        Self {
            members,
            below: shared.collect(),
        }
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let members = self.members.difference(&other.members).cloned().collect();
        let rest = self.below.iter().filter_map(|(element, below)| {
            let rest = match other.below.get(element) {
                Some(other) => below.difference(other),
                None => below.clone(),
            };
            (!rest.is_empty()).then(|| (element.clone(), rest))
        });
        Self {
            members,
            below: rest.collect(),
        }
    }

    /// The set with every field and keyed element that leads to something in it.
    #[must_use]
    pub fn with_parents(&self) -> Self {
        let mut members = self.members.clone();
        let named = self.below.keys().filter(|element| element.is_named());
        members.extend(named.cloned());
        let below = self.below.iter();
        Self {
            members,
            below: below
                .map(|(element, set)| (element.clone(), set.with_parents()))
                .collect(),
        }
    }

    /// The set without what has something of `other` below it.
    #[must_use]
    pub(crate) fn without_parents_of(&self, other: &Self) -> Self {
        let is_kept = |element: &&Element| !other.below.contains_key(*element);
        let members = self.members.iter().filter(is_kept).cloned().collect();
        let below = self.below.iter().filter_map(|(element, set)| {
            let set = match other.below.get(element) {
                Some(other) => set.without_parents_of(other),
                None => set.clone(),
            };
            (!set.is_empty()).then(|| (element.clone(), set))
        });
        Self {
            members,
            below: below.collect(),
        }
    }

    /// The set without fields that are part of a key of several fields of an element
    /// around them.
    #[must_use]
    pub(crate) fn without_composite_keys(&self) -> Self {
        self.without_keys(&BTreeSet::new())
    }

    fn without_keys(&self, keys: &BTreeSet<String>) -> Self {
        let is_kept = |element: &&Element| match element {
            Element::Field(name) => !keys.contains(name),
            _ => true,
        };
        let below = self.below.iter().filter_map(|(element, set)| {
            let mut keys = keys.clone();
            if let Element::Key(_) = element {
                let names = element.key_names();
                keys.extend(names.into_iter().filter(|_| element.key_names().len() > 1));
            }
            let set = set.without_keys(&keys);
            (!set.is_empty()).then(|| (element.clone(), set))
        });
        Self {
            members: self.members.iter().filter(is_kept).cloned().collect(),
            below: below.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
