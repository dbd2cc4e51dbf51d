//! Sets of fields, as `metadata.managedFields` writes them down.

mod change;
mod merge;
mod prune;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::schema::{Keys, Place};

pub(super) use change::{Changes, changes};
pub(super) use merge::merge;
pub(super) use prune::prune;

/// A set of fields of one object, as a tree of path elements.
///
/// An element is written as the server writes it: `f:spec` for a field,
/// `k:{"name":"web"}` and `v:"x"` for an element of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet {
    /// Whether the place itself is in the set.
    member: bool,
    children: BTreeMap<String, FieldSet>,
}

impl FieldSet {
    /// The fields that `value` sets.
    pub(super) fn of(place: Place<'_>, value: &Value) -> Self {
        let mut set = Self::default();
        set.add(place, value, Parents::Passed);
        set
    }

    /// The set that `fieldsV1` holds; what it does not understand is left out.
    pub(super) fn from_json(json: &Value) -> Self {
        let mut set = Self::default();
        for (name, child) in json.as_object().into_iter().flatten() {
            if name == "." {
                set.member = true;
                continue;
            }
            let mut child = Self::from_json(child);
            child.member |= child.children.is_empty();
            set.children.insert(name.clone(), child);
        }
        set
    }

    /// The set as `fieldsV1` holds it.
    pub(super) fn to_json(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".into(), Value::Object(Map::new()));
        }
        for (name, child) in &self.children {
            map.insert(name.clone(), child.to_json());
        }
        Value::Object(map)
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.member && self.children.is_empty()
    }

    /// What is in either set.
    pub(super) fn union(&mut self, other: &Self) {
        self.member |= other.member;
        for (name, child) in &other.children {
            self.children.entry(name.clone()).or_default().union(child);
        }
    }

    /// Takes out what is in `other`.
    pub(super) fn subtract(&mut self, other: &Self) {
        self.member &= !other.member;
        for (name, child) in &other.children {
            if let Some(own) = self.children.get_mut(name) {
                own.subtract(child);
                if own.is_empty() {
                    self.children.remove(name);
                }
            }
        }
    }

    /// What is in both sets.
    pub(super) fn intersection(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(name, child)| {
            let both = child.intersection(other.children.get(name)?);
            (!both.is_empty()).then(|| (name.clone(), both))
        });
        Self {
            member: self.member && other.member,
            children: children.collect(),
        }
    }

    /// Takes out a field of the root, or of the field before it, with all below.
    pub(super) fn remove(&mut self, path: &[&str]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let name = format!("f:{first}");
        if rest.is_empty() {
            self.children.remove(&name);
        } else if let Some(child) = self.children.get_mut(&name) {
            child.remove(rest);
            if child.is_empty() {
                self.children.remove(&name);
            }
        }
    }

    /// Whether the annotation is in the set.
    pub(super) fn has_annotation(&self, name: &str) -> bool {
        let metadata = self.children.get("f:metadata");
        let annotations = metadata.and_then(|it| it.children.get("f:annotations"));
        annotations.is_some_and(|it| it.children.contains_key(&format!("f:{name}")))
    }

    /// Leaves only the root's field `name`, with all below.
    pub(super) fn retain(&mut self, name: &str) {
        let name = format!("f:{name}");
        self.children.retain(|own, _| *own == name);
    }

    /// Every member's path, as errors show it: `.spec.replicas`.
    pub(super) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect_paths("", &mut paths);
        paths
    }

    fn collect_paths(&self, prefix: &str, paths: &mut Vec<String>) {
        if self.member {
            paths.push(prefix.to_owned());
        }
        for (name, child) in &self.children {
            child.collect_paths(&format!("{prefix}{}", shown(name)), paths);
        }
    }

    fn add(&mut self, place: Place<'_>, value: &Value, parents: Parents) {
        match value {
            Value::Object(map) if !place.is_atomic(value) => {
                for (name, value) in map {
                    let child = self.children.entry(format!("f:{name}")).or_default();
                    child.add_field(place.field(name), value, parents);
                }
            }
            Value::Array(list) if !place.is_atomic(value) => {
                for (element, item) in elements(place, list) {
                    let child = self.children.entry(element).or_default();
                    child.add(place.items(), item, parents);
                    child.member = true;
                }
            }
            _ => self.member = true,
        }
    }

    fn add_field(&mut self, place: Option<Place<'_>>, value: &Value, parents: Parents) {
        let Some(place) = place else {
            self.member = true;
            return;
        };
        self.add(place, value, parents);
        // A set that holds nothing of an empty map would say that nobody owns it.
        let is_empty = value.as_object().is_some_and(Map::is_empty);
        self.member |= is_empty || parents == Parents::Owned;
    }
}

/// Whether who sets a field owns the maps and lists that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parents {
    /// They are only on the way, as in a server-side apply.
    Passed,
    /// They are, as in an update that adds them.
    Owned,
}

/// The first list with two elements that nothing tells apart.
pub(super) fn repeated(place: Place<'_>, value: &Value) -> Option<String> {
    match value {
        Value::Object(map) => map.iter().find_map(|(name, value)| {
            let below = repeated(place.field(name)?, value)?;
            Some(format!(".{name}{below}"))
        }),
        Value::Array(list) => {
            let is_atomic = place.is_atomic(value);
            let mut seen = BTreeSet::new();
            elements(place, list).find_map(|(element, item)| {
                let name = shown(&element);
                if !is_atomic && !seen.insert(element) {
                    return Some(String::new());
                }
                repeated(place.items(), item).map(|below| format!("{name}{below}"))
            })
        }
        _ => None,
    }
}

/// The list's elements, each with the path element that tells it apart.
fn elements<'a>(place: Place<'a>, list: &'a [Value]) -> impl Iterator<Item = (String, &'a Value)> {
    let keys = place.keys();
    list.iter()
        .enumerate()
        .map(move |(index, item)| (element(keys, item, index), item))
}

fn element(keys: &Keys, item: &Value, index: usize) -> String {
    match keys {
        Keys::Set => format!("v:{item}"),
        Keys::Fields(names) => {
            let key: Map<String, Value> = names
                .iter()
                .filter_map(|(name, default)| {
                    let value = item.get(name).or(default.as_ref())?;
                    Some((name.clone(), value.clone()))
                })
                .collect();
            if key.is_empty() {
                format!("i:{index}")
            } else {
                format!("k:{}", Value::Object(key))
            }
        }
        Keys::Atomic => format!("i:{index}"),
    }
}

fn shown(element: &str) -> String {
    let (kind, text) = element.split_at_checked(2).unwrap_or((element, ""));
    match kind {
        "k:" => {
            let key: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
            let parts: Vec<String> = key.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("[{}]", parts.join(","))
        }
        "v:" => format!("[={text}]"),
        "i:" => format!("[{text}]"),
        _ => format!(".{text}"),
    }
}
