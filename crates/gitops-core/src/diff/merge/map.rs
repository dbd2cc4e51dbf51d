//! Maps: merged key by key.

use serde_json::{Map, Value};

use super::{Merge, Merged, Place, Reading};
use crate::diff::scalar::{is_empty, is_omitted, same};
use crate::diff::skip::Skip;
use crate::schema::{Omit, Schema};

impl Merge {
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
