//! The comparison that needs no more than the two objects and what was applied last.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::changes::{Background, changes};
use super::merge::{Merge, Place, Reading};
use super::origin::Origin;
use super::sides::trusted_fields;
use super::{Diff, Document, Settings, defaults};
use crate::fieldset::{FieldSet, Managers, remove};
use crate::ignore::Selection;
use crate::schema::Schema;
use crate::{GroupVersionKind, Object};

/// What a merge starts from, each side in its normal form.
struct Sides<'a> {
    kind: GroupVersionKind,
    schema: Option<Schema<'a>>,
    live: Cow<'a, Value>,
    target: Cow<'a, Value>,
    origin: Option<Cow<'a, Value>>,
    has_origin: bool,
    /// The fields of other managers; only looked at when something differs.
    others: FieldSet,
}

/// Compares by a three-way merge.
pub(super) fn compare(target: &Object, live: &Arc<Object>, settings: &Settings) -> Diff {
    let kind = target.group_version_kind();
    let origin = Origin::of(live, target.value());
    let mut sides = Sides::new(kind, target, live, &origin, settings);
    let selection = settings.ignore.select(live);
    let mut warnings = Vec::new();
    let trusted = sides.without_managed(live, &selection, &mut warnings);
    let mut merge = Merge::new(Reading::Canonical, sides.schema.is_some());
    merge.hidden = trusted;
    let unchanged = || Diff::unchanged(Arc::clone(live));
    let Some(predicted) = sides.merge(&mut merge, &selection) else {
        return unchanged().hidden(merge.hidden).warn(warnings);
    };
    sides.read_owners(live, settings);
    let diff = if selection.documents.is_empty() {
        sides.finish(&predicted, &selection)
    } else {
        sides.without_documents(&selection, settings, &mut merge, &mut warnings)
    };
    let diff = diff.unwrap_or_else(unchanged).warn(warnings);
    diff.hidden(merge.hidden).ambiguous(merge.ambiguous)
}

impl<'a> Sides<'a> {
    fn new(
        kind: GroupVersionKind,
        target: &'a Object,
        live: &'a Object,
        origin: &'a Origin,
        settings: &'a Settings,
    ) -> Self {
        let normal = |value| settings.normal(&kind, value);
        let (live, target) = (normal(live.value()), normal(target.value()));
        let origin_value = origin.value().map(normal);
        Self {
            schema: settings.schema(&kind),
            live,
            target,
            origin: origin_value,
            has_origin: !matches!(origin, Origin::Unknown),
            others: FieldSet::default(),
            kind,
        }
    }

    /// Takes away what trusted managers own, before anything else; gives the rules
    /// that did.
    fn without_managed(
        &mut self,
        live: &Object,
        selection: &Selection,
        warnings: &mut Vec<String>,
    ) -> Vec<usize> {
        if selection.managers.is_empty() {
            return Vec::new();
        }
        let managers = match Managers::of(live.value()) {
            Ok(managers) => managers,
            Err(error) => {
                warnings.push(error.to_string());
                return Vec::new();
            }
        };
        let ignored = trusted_fields(
            self.schema,
            (&self.live, &self.target),
            selection,
            &managers,
        );
        if !ignored.fields.is_empty() {
            self.live = Cow::Owned(remove(self.schema, &self.live, &ignored.fields));
            self.target = Cow::Owned(remove(self.schema, &self.target, &ignored.fields));
        }
        ignored.rules
    }

    fn read_owners(&mut self, live: &Object, settings: &Settings) {
        let managers = Managers::of(live.value()).unwrap_or_default();
        self.others = managers.others(&settings.manager);
    }

    /// The live object after the merge; `None` when it stays as it is.
    fn merge(&self, merge: &mut Merge, selection: &Selection) -> Option<Value> {
        let (live, target) = (self.live.as_object()?, self.target.as_object()?);
        let origin = self.origin.as_deref().and_then(Value::as_object);
        let place = Place::root(self.schema, Some(&selection.skip));
        Some(merge.maps(place, live, target, origin)?.value)
    }

    /// Merges again, without what the rules take out of whole documents.
    fn without_documents(
        mut self,
        selection: &Selection,
        settings: &Settings,
        merge: &mut Merge,
        warnings: &mut Vec<String>,
    ) -> Option<Diff> {
        let mut documents = vec![self.target.to_mut(), self.live.to_mut()];
        if let Some(origin) = &mut self.origin {
            documents.push(origin.to_mut());
        }
        let applied = settings
            .ignore
            .apply(selection, self.schema, &mut documents);
        merge.hidden.extend(applied.matched);
        warnings.extend(applied.warnings);
        let mut second = Merge::new(Reading::Canonical, self.schema.is_some());
        let predicted = self.merge(&mut second, selection);
        self.finish(&predicted?, selection)
    }

    /// Brings both sides into the server's form and lists what still differs.
    fn finish(&self, predicted: &Value, selection: &Selection) -> Option<Diff> {
        let mut live = super::merge::canonical(self.schema, &self.live);
        let mut predicted = super::merge::canonical(self.schema, predicted);
        selection.skip.remove_from(&mut live);
        selection.skip.remove_from(&mut predicted);
        without_creation_time(&mut live);
        without_creation_time(&mut predicted);
        defaults::fill_in(&self.kind, &mut live);
        defaults::fill_in(&self.kind, &mut predicted);
        let background = Background {
            target: Some(&self.target),
            origin: match &self.origin {
                Some(origin) => Some(origin),
                None => self.has_origin.then_some(&*self.target),
            },
            has_origin: self.has_origin,
            others: Some(&self.others),
            ..Background::default()
        };
        let changes = changes(self.schema, &live, &predicted, background);
        if changes.is_empty() {
            return None;
        }
        let (live, predicted) = (Document::from(live), Document::from(predicted));
        Some(Diff::new(changes).documents(Some(live), Some(predicted)))
    }
}

/// When an object was made says nothing about what is wanted of it.
fn without_creation_time(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("creationTimestamp");
    }
}
