//! From two documents to the list of changed fields.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::path::{self, identity, key_names, push_key};
use super::scalar::{holds_nothing, same};
use super::{Change, Reason};
use crate::fieldset::{Element, FieldSet, keys_of};
use crate::schema::Schema;

/// The same place in what was applied last and in what is wanted, which tell why a
/// value differs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Background<'a> {
    pub(crate) target: Option<&'a Value>,
    pub(crate) origin: Option<&'a Value>,
    /// Whether it is known what was applied last.
    pub(crate) has_origin: bool,
    /// Whether what goes away was applied before: a structured merge removes nothing
    /// else.
    pub(crate) removes_own: bool,
    /// The fields of other managers below here.
    pub(crate) others: Option<&'a FieldSet>,
    /// Whether another manager owns this very place.
    pub(crate) is_others: bool,
}

/// The changed fields between `live` and `predicted`, ordered by path.
pub(crate) fn changes(
    schema: Option<Schema<'_>>,
    live: &Value,
    predicted: &Value,
    background: Background<'_>,
) -> Vec<Change> {
    let mut walk = Walk {
        path: String::new(),
        changes: Vec::new(),
    };
    walk.both(schema, live, predicted, background);
    walk.changes
        .sort_by(|left, right| left.path.cmp(&right.path));
    walk.changes
}

struct Walk {
    path: String,
    changes: Vec<Change>,
}

impl<'a> Background<'a> {
    fn field(self, key: &str) -> Self {
        Self {
            target: self.target.and_then(|value| value.get(key)),
            origin: self.origin.and_then(|value| value.get(key)),
            ..self.owned_by(self.others.map(|_| Element::field(key)))
        }
    }

    /// The owners one step further.
    fn owned_by(self, element: Option<Element>) -> Self {
        let step = self.others.zip(element);
        Self {
            others: step
                .as_ref()
                .and_then(|(others, element)| others.below(element)),
            is_others: step.is_some_and(|(others, element)| others.has(&element)),
            ..self
        }
    }

    fn element(self, find: impl Fn(&'a [Value]) -> Option<&'a Value>) -> Self {
        let element = |value: Option<&'a Value>| find(value?.as_array()?);
        Self {
            target: element(self.target),
            origin: element(self.origin),
            is_others: false,
            ..self
        }
    }

    fn reason(self, old: Option<&Value>, new: Option<&Value>) -> Reason {
        match (self.target, self.origin) {
            (None, None) if new.is_some() => Reason::Defaulted,
            (None, None) if self.removes_own => Reason::RemovedFromGit,
            (Some(_), _) if self.is_others && old.is_some() => Reason::OtherManager,
            (None, Some(_)) => Reason::RemovedFromGit,
            (Some(target), Some(origin)) if !same(target, origin) => Reason::NewInGit,
            (Some(_), None) if self.has_origin || old.is_none() => Reason::NewInGit,
            _ => Reason::Drift,
        }
    }
}

impl Walk {
    fn both(&mut self, schema: Option<Schema<'_>>, old: &Value, new: &Value, why: Background<'_>) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.maps(schema, old, new, why),
            (Value::Array(old), Value::Array(new)) => self.lists(schema, old, new, why),
            _ if same(old, new) => {}
            _ => self.push(Some(old), Some(new), why),
        }
    }

    fn maps(
        &mut self,
        schema: Option<Schema<'_>>,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
        why: Background<'_>,
    ) {
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let length = self.path.len();
            push_key(&mut self.path, key);
            let schema = schema.and_then(|schema| schema.get(key));
            self.one(schema, old.get(key), new.get(key), why.field(key));
            self.path.truncate(length);
        }
    }

    fn one(
        &mut self,
        schema: Option<Schema<'_>>,
        old: Option<&Value>,
        new: Option<&Value>,
        why: Background<'_>,
    ) {
        match (old, new) {
            (Some(old), Some(new)) => self.both(schema, old, new, why),
            // The server writes such a struct or leaves it out as it likes.
            (Some(one), None) | (None, Some(one)) if holds_nothing(schema, one) => {}
            (None, None) => {}
            _ => self.push(old, new, why),
        }
    }

    fn lists(
        &mut self,
        schema: Option<Schema<'_>>,
        old: &[Value],
        new: &[Value],
        why: Background<'_>,
    ) {
        let element = schema.and_then(Schema::element);
        if let Some(keys) = schema.and_then(key_names)
            && let (Some(old), Some(new)) = (by_key(&keys, old), by_key(&keys, new))
        {
            return self.by_key(schema, &keys, &old, &new, why);
        }
        if old.len() == new.len() {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                let length = self.path.len();
                let _ = write!(self.path, "[{index}]");
                self.both(element, old, new, why.element(|list| list.get(index)));
                self.path.truncate(length);
            }
        } else {
            let (old, new) = (Value::from(old), Value::from(new));
            self.push(Some(&old), Some(&new), why);
        }
    }

    fn by_key(
        &mut self,
        list: Option<Schema<'_>>,
        keys: &[&str],
        old: &Elements<'_>,
        new: &Elements<'_>,
        why: Background<'_>,
    ) {
        let schema = list.and_then(Schema::element);
        let ids: BTreeSet<&String> = old.by_id.keys().chain(new.by_id.keys()).collect();
        for id in ids {
            let length = self.path.len();
            self.path.push_str(id);
            let known = old.by_id.get(id).or_else(|| new.by_id.get(id));
            let owner = |one: &Value| keys_of(list, std::slice::from_ref(one));
            let element = known.and_then(|one| owner(one));
            // A manifest may leave a key out that has a default.
            let is_it = |one: &&Value| match &element {
                Some(element) => owner(one).as_ref() == Some(element),
                None => identity(keys, one).as_ref() == Some(id),
            };
            let why = why
                .element(|list| list.iter().find(is_it))
                .owned_by(element.clone().and_then(|mut found| found.pop()));
            let (old, new) = (old.by_id.get(id).copied(), new.by_id.get(id).copied());
            self.one(schema, old, new, why);
            self.path.truncate(length);
        }
        let shared = |one: &Elements<'_>, other: &Elements<'_>| -> Vec<String> {
            let order = one.order.iter().filter(|id| other.by_id.contains_key(*id));
            order.cloned().collect()
        };
        let (before, after) = (shared(old, new), shared(new, old));
        if before != after {
            let texts = |order: &[String]| Value::from(order.to_vec());
            self.push(Some(&texts(&before)), Some(&texts(&after)), why);
        }
    }

    fn push(&mut self, old: Option<&Value>, new: Option<&Value>, why: Background<'_>) {
        let path = if self.path.is_empty() {
            path::ROOT
        } else {
            &self.path
        };
        let reason = why.reason(old, new);
        self.changes
            .push(Change::new(path, old.cloned(), new.cloned(), reason));
    }
}

/// A list's elements by what tells them apart.
struct Elements<'a> {
    by_id: BTreeMap<String, &'a Value>,
    order: Vec<String>,
}

/// `None` when an element lacks every key or two have the same.
fn by_key<'a>(keys: &[&str], list: &'a [Value]) -> Option<Elements<'a>> {
    let mut elements = Elements {
        by_id: BTreeMap::new(),
        order: Vec::with_capacity(list.len()),
    };
    for element in list {
        let id = identity(keys, element)?;
        elements.order.push(id.clone());
        if elements.by_id.insert(id, element).is_some() {
            return None;
        }
    }
    Some(elements)
}
