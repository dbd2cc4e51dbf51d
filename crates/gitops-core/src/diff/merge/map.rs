//! Maps: merged key by key.

use serde_json::{Map, Value};

use super::place::Metadata;
use super::{Merge, Merged, Place, Reading, Versions};
use crate::diff::scalar::{self, is_empty, is_omitted};
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
            if !self.is_skipped(place, field, key) {
                let origin = origin.and_then(|origin| origin.get(key));
                let outcome = self.wanted(field, live.get(key), wanted, origin);
                change.take(live, key, outcome);
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

    /// What becomes of a field that the target sets.
    fn wanted(
        &mut self,
        field: Place<'_>,
        live: Option<&Value>,
        wanted: &Value,
        origin: Option<&Value>,
    ) -> Outcome {
        let live = live.filter(|value| !value.is_null());
        let zero = self.zero_struct(field, wanted);
        let wanted = zero.as_ref().unwrap_or(wanted);
        match live {
            _ if !self.is_absent(field, wanted) => {}
            Some(_) if self.is_cleared(field) => return Outcome::Goes,
            _ => {
                self.met_empty |= live.is_some_and(|live| !self.is_absent(field, live));
                return Outcome::Stays;
            }
        }
        match live {
            Some(live) => self
                .values(field, live, wanted, origin)
                .map_or(Outcome::Stays, Outcome::Becomes),
            None if self.counts_as_nothing(field, wanted, origin) => Outcome::Stays,
            None => {
                self.met_empty |= is_empty(wanted);
                Outcome::Becomes(Merged::replaced(self.copy(field.schema, wanted)))
            }
        }
    }

    /// Takes away what was applied last and is no longer wanted.
    fn deletions(
        &self,
        place: Place<'_>,
        live: &Map<String, Value>,
        target: &Map<String, Value>,
        origin: &Map<String, Value>,
        change: &mut MapChange,
    ) {
        for (key, applied) in origin {
            let field = place.field(key);
            let Some(current) = live.get(key) else {
                continue;
            };
            if !self.is_skipped(place, field, key)
                && self.goes(place, key, current, target.get(key), applied)
            {
                change.remove(live, key);
            }
        }
    }

    /// Whether a field goes that was applied last.
    fn goes(
        &self,
        place: Place<'_>,
        key: &str,
        live: &Value,
        target: Option<&Value>,
        applied: &Value,
    ) -> bool {
        let field = place.field(key);
        if target.is_some_and(|wanted| !self.is_absent(field, wanted)) {
            return false;
        }
        let emptied =
            place.metadata == Metadata::Itself && key == "annotations" && is_empty(applied);
        let null = !self.strategic && applied.is_null() && target.is_some();
        !emptied && !null && !self.is_absent(field, live)
    }

    /// Whether the merge would change the field `key` of the map at `place`.
    pub(crate) fn changes(&mut self, place: Place<'_>, key: &str, versions: Versions<'_>) -> bool {
        if place.is_set_by_server(key) {
            return false;
        }
        let gone = versions.live.zip(versions.origin);
        gone.is_some_and(|(live, origin)| self.goes(place, key, live, versions.target, origin))
            || versions.target.is_some_and(|target| {
                let field = place.field(key);
                let outcome = self.wanted(field, versions.live, target, versions.origin);
                !matches!(outcome, Outcome::Stays)
            })
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
        place.is_set_by_server(key) || field.skip.is_some_and(Skip::is_named)
    }

    /// Whether a value means that the field is not there.
    fn is_absent(&self, field: Place<'_>, value: &Value) -> bool {
        match self.reading {
            Reading::Canonical if self.strategic => is_omitted(field.schema, value),
            _ => value.is_null(),
        }
    }

    /// What a null in the target means for a struct.
    fn zero_struct(&self, field: Place<'_>, wanted: &Value) -> Option<Value> {
        let read = self.reading == Reading::Canonical && self.strategic && wanted.is_null();
        read.then(|| scalar::zero_struct(field.schema))?
    }

    /// Whether a null in the target takes away what is live: as it stands it does,
    /// the server keeps it in a free map and where a field is written even without a
    /// value, and a list that merges as a whole has nothing else to say there.
    fn is_cleared(&self, field: Place<'_>) -> bool {
        let is_written = |schema: Schema<'_>| {
            let field = schema.field();
            field.is_none_or(|field| field.omit == Omit::Never)
        };
        self.reading == Reading::Raw
            || self.strategic && field.schema.is_some_and(is_written)
            || !self.strategic && field.in_list
    }

    /// Whether setting an absent field to this changes nothing: where no shape is known,
    /// an empty value that was applied and did not stay. A label without a value is one.
    fn counts_as_nothing(&self, field: Place<'_>, wanted: &Value, origin: Option<&Value>) -> bool {
        let is_label = field.metadata == Metadata::Inside && wanted.is_string();
        self.reading == Reading::Canonical
            && !self.strategic
            && is_empty(wanted)
            && origin == Some(wanted)
            && !is_label
    }
}

/// What becomes of one field.
enum Outcome {
    Stays,
    Goes,
    Becomes(Merged),
}

/// A map in the making; `value` is there once something changed.
#[derive(Default)]
struct MapChange {
    value: Option<Map<String, Value>>,
    patch: Map<String, Value>,
}

impl MapChange {
    fn take(&mut self, live: &Map<String, Value>, key: &str, outcome: Outcome) {
        match outcome {
            Outcome::Stays => {}
            Outcome::Goes => self.remove(live, key),
            Outcome::Becomes(merged) => self.set(live, key, merged),
        }
    }

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
