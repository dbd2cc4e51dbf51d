//! The three-way merge: what is wanted, what is live and what was applied last.
//!
//! The live object is not copied until something in it has to change, so that
//! an object in sync costs a walk and nothing else. The rules are those of the
//! API server: a strategic merge where the kind's shape is known, a JSON merge
//! where it is not.

mod list;

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::scalar::{self, is_empty, is_empty_struct, is_omitted, same};
use super::skip::Skip;
use crate::schema::{Omit, Patch, Schema};

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

/// One place in the three objects.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) schema: Option<Schema<'a>>,
    /// What is not compared below here.
    pub(crate) skip: Option<&'a Skip>,
    /// How deep the place is; the root is 0.
    depth: usize,
    /// Whether this is the object's own `metadata`.
    metadata: bool,
    /// Whether this is inside the object's own `metadata`.
    in_metadata: bool,
    /// Whether keys that are not wanted go away when anything here is patched.
    retain_keys: bool,
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
    /// Differences that a rule hid, by the rule's number.
    pub(crate) hidden: Vec<usize>,
}

impl<'a> Place<'a> {
    pub(crate) fn root(schema: Option<Schema<'a>>, skip: Option<&'a Skip>) -> Self {
        Self {
            schema,
            skip,
            depth: 0,
            metadata: false,
            in_metadata: false,
            retain_keys: false,
        }
    }

    fn field(self, key: &str) -> Self {
        let schema = self.schema.and_then(|schema| schema.get(key));
        let field = schema.and_then(Schema::field);
        Self {
            schema,
            skip: self.skip.and_then(|skip| skip.get(key)),
            depth: self.depth + 1,
            metadata: self.depth == 0 && key == "metadata",
            in_metadata: self.in_metadata || self.metadata,
            retain_keys: field.is_some_and(|field| field.retain_keys),
        }
    }

    fn element(self) -> Self {
        Self {
            schema: self.schema.and_then(Schema::element),
            skip: None,
            depth: self.depth + 1,
            ..self
        }
    }

    /// The value here without what is not compared below.
    fn without_skipped(self, value: &Value) -> Cow<'_, Value> {
        let Some(skip) = self.skip.filter(|skip| !skip.is_empty()) else {
            return Cow::Borrowed(value);
        };
        let mut value = value.clone();
        skip.remove_from(&mut value);
        Cow::Owned(value)
    }

    fn patch(self) -> &'a Patch {
        let field = self.schema.and_then(Schema::field);
        field.map_or(&Patch::Default, |field| &field.patch)
    }
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
            hidden: Vec::new(),
        }
    }

    /// Merges maps; `None` when live stays as it is.
    pub(crate) fn maps(
        &mut self,
        place: Place<'_>,
        live: &Map<String, Value>,
        target: &Map<String, Value>,
        origin: Option<&Map<String, Value>>,
    ) -> Option<Merged> {
        let mut change = MapChange::default();
        for (key, wanted) in target {
            let field = place.field(key);
            if self.is_skipped(place, field, key) {
                self.note_hidden(field, live.get(key), Some(wanted));
                continue;
            }
            if self.is_absent(field, wanted) {
                if self.is_cleared(field) && live.get(key).is_some_and(|value| !value.is_null()) {
                    change.remove(live, key);
                }
                continue;
            }
            let origin = origin.and_then(|origin| origin.get(key));
            match live.get(key).filter(|value| !value.is_null()) {
                Some(current) => {
                    if let Some(merged) = self.values(field, current, wanted, origin) {
                        change.set(live, key, merged);
                    }
                }
                None if self.counts_as_nothing(field, wanted) => {}
                None => change.set(live, key, Merged::replaced(self.copy(field.schema, wanted))),
            }
        }
        if let Some(origin) = origin {
            self.deletions(place, live, target, origin, &mut change);
        }
        if place.retain_keys {
            self.retain(place, live, target, &mut change);
        }
        change.finish()
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

    /// Takes away what was applied last and is no longer wanted.
    fn deletions(
        &mut self,
        place: Place<'_>,
        live: &Map<String, Value>,
        target: &Map<String, Value>,
        origin: &Map<String, Value>,
        change: &mut MapChange,
    ) {
        for (key, applied) in origin {
            let field = place.field(key);
            let wanted = target.get(key);
            if wanted.is_some_and(|wanted| !self.is_absent(field, wanted)) {
                continue;
            }
            let Some(current) = live.get(key) else {
                continue;
            };
            if self.is_skipped(place, field, key) {
                self.note_hidden(field, Some(current), None);
                continue;
            }
            let emptied = place.metadata && key == "annotations" && is_empty(applied);
            let null = !self.strategic && applied.is_null() && wanted.is_some();
            if !emptied && !null && !self.is_absent(field, current) {
                change.remove(live, key);
            }
        }
    }

    /// Takes away keys that are not wanted, when anything here changes.
    fn retain(
        &self,
        place: Place<'_>,
        live: &Map<String, Value>,
        target: &Map<String, Value>,
        change: &mut MapChange,
    ) {
        let wanted = |key: &str| {
            let value = target.get(key);
            value.is_some_and(|value| !self.is_absent(place.field(key), value))
        };
        if !target.keys().any(|key| wanted(key)) {
            return;
        }
        let extra: Vec<&String> = live
            .iter()
            .filter(|(key, value)| !value.is_null() && !wanted(key))
            .map(|(key, _)| key)
            .collect();
        if extra.is_empty() && change.value.is_none() {
            return;
        }
        let kept = target.keys().filter(|key| wanted(key));
        let kept: Vec<Value> = kept.map(|key| key.as_str().into()).collect();
        let value = change.value.get_or_insert_with(|| live.clone());
        for key in extra {
            value.remove(key);
        }
        change.patch.insert("$retainKeys".into(), kept.into());
    }

    /// What no comparison looks at: a rule says so, or the server sets it.
    fn is_skipped(&self, place: Place<'_>, field: Place<'_>, key: &str) -> bool {
        if self.reading == Reading::Raw {
            return false;
        }
        let by_server = place.metadata && matches!(key, "namespace" | "creationTimestamp");
        by_server || field.skip.is_some_and(|skip| skip.rule().is_some())
    }

    fn note_hidden(&mut self, field: Place<'_>, live: Option<&Value>, target: Option<&Value>) {
        let Some(rule) = field.skip.and_then(Skip::rule) else {
            return;
        };
        let differs = match (live, target) {
            (Some(live), Some(target)) => !same(live, target),
            (None, None) => false,
            _ => true,
        };
        if differs {
            self.hidden.push(rule);
        }
    }

    /// Whether a value means that the field is not there.
    fn is_absent(&self, field: Place<'_>, value: &Value) -> bool {
        match self.reading {
            Reading::Canonical if self.strategic => is_omitted(field.schema, value),
            _ => value.is_null(),
        }
    }

    /// Whether a null in the target takes away what is live: as it stands it does,
    /// and the server keeps it where a field is written even without a value.
    fn is_cleared(&self, field: Place<'_>) -> bool {
        let written = field.schema.and_then(Schema::field);
        self.reading == Reading::Raw || written.is_some_and(|field| field.omit == Omit::Never)
    }

    /// Whether setting an absent field to this changes nothing: where no shape is
    /// known, empty and absent are the same. A label without a value is one.
    fn counts_as_nothing(&self, field: Place<'_>, wanted: &Value) -> bool {
        let is_label = field.in_metadata && wanted.is_string();
        self.reading == Reading::Canonical && !self.strategic && is_empty(wanted) && !is_label
    }

    /// A copy of what is wanted, read as this merge reads values.
    pub(crate) fn copy(&self, schema: Option<Schema<'_>>, value: &Value) -> Value {
        if self.reading == Reading::Raw {
            return without_nulls(value);
        }
        match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key, value, schema.and_then(|schema| schema.get(key))))
                .filter(|(_, value, schema)| !is_omitted(*schema, value))
                .map(|(key, value, schema)| (key, self.copy(schema, value), schema))
                .filter(|(_, value, schema)| {
                    self.reading == Reading::Document || !is_empty_struct(*schema, value)
                })
                .map(|(key, value, _)| (key.clone(), value))
                .collect(),
            Value::Array(list) => {
                let schema = schema.and_then(Schema::element);
                list.iter().map(|value| self.copy(schema, value)).collect()
            }
            _ => scalar::canonical(schema, value).unwrap_or_else(|| value.clone()),
        }
    }
}

/// The value as the server would write it.
pub(crate) fn canonical(schema: Option<Schema<'_>>, value: &Value) -> Value {
    Merge::new(Reading::Canonical, schema.is_some()).copy(schema, value)
}

/// The value as the server would write it, with the empty structs it has.
pub(crate) fn document(schema: Option<Schema<'_>>, value: &Value) -> Value {
    Merge::new(Reading::Document, schema.is_some()).copy(schema, value)
}

/// The value without the keys that are null; a patch drops them too.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        _ => value.clone(),
    }
}

/// A map in the making; `value` is there once something changed.
#[derive(Default)]
struct MapChange {
    value: Option<Map<String, Value>>,
    patch: Map<String, Value>,
}

impl MapChange {
    fn set(&mut self, live: &Map<String, Value>, key: &str, merged: Merged) {
        let value = self.value.get_or_insert_with(|| live.clone());
        value.insert(key.to_owned(), merged.value);
        if !merged.patch.is_null() {
            self.patch.insert(key.to_owned(), merged.patch);
        }
        for (prefix, directive) in merged.directives {
            self.patch.insert(format!("{prefix}/{key}"), directive);
        }
    }

    fn remove(&mut self, live: &Map<String, Value>, key: &str) {
        let value = self.value.get_or_insert_with(|| live.clone());
        value.remove(key);
        self.patch.insert(key.to_owned(), Value::Null);
    }

    fn finish(self) -> Option<Merged> {
        self.value.map(|value| Merged {
            value: Value::Object(value),
            patch: Value::Object(self.patch),
            directives: Vec::new(),
        })
    }
}
