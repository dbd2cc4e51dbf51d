//! The comparison that needs no more than the two objects and what was applied last.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::changes::{Background, changes};
use super::merge::{Merge, Place, Reading};
use super::origin::Origin;
use super::sides::trusted_fields;
use super::{Diff, Document, Ignored, Settings, defaults};
use crate::fieldset::{FieldSet, Managers, remove};
use crate::ignore::basis::{Basis, Removal};
use crate::ignore::{Applied, Selection};
use crate::patch::last_applied;
use crate::schema::{Schema, is_strategic};
use crate::{GroupVersionKind, Object};

/// What a merge starts from, each side in its normal form.
struct Sides<'a> {
    kind: GroupVersionKind,
    schema: Option<Schema<'a>>,
    live: Cow<'a, Value>,
    target: Cow<'a, Value>,
    origin: Option<Cow<'a, Value>>,
    /// What tells why something differs; read only when something does.
    history: History,
}

/// Who set what, and what was applied last.
#[derive(Default)]
struct History {
    /// The fields of other managers.
    others: FieldSet,
    applied: Option<Value>,
}

/// Compares by a three-way merge.
pub(super) fn compare(target: &Object, live: &Arc<Object>, settings: &Settings) -> Diff {
    let kind = target.group_version_kind();
    let origin = Origin::of(live, target.value());
    let mut sides = Sides::new(kind, target, live, &origin, settings);
    let selection = settings.ignore.select(live);
    let mut warnings = Vec::new();
    let mut ignored = sides.without_managed(live, (settings, &selection), &mut warnings);
    ignored.append(&mut sides.named_by_keys(settings, &selection));
    let mut merge = Merge::new(Reading::Canonical, is_strategic(sides.schema));
    let unchanged = || Diff::unchanged(Arc::clone(live));
    let mut predicted = sides.merge(&mut merge, &selection);
    if predicted.is_some() || merge.met_empty {
        sides.history = History::of(&sides.kind, live, settings);
        if merge.met_empty && sides.origin.is_none() {
            sides.origin = sides.history.applied.clone().map(Cow::Owned);
            predicted = sides.merge(&mut merge, &selection);
        }
    }
    let Some(predicted) = predicted else {
        return unchanged().ignored(ignored).warn(warnings);
    };
    let diff = if selection.documents.is_empty() {
        sides.finish(&predicted, &selection)
    } else {
        let applied = sides.without_documents(&selection, settings);
        ignored.extend(applied.ignored);
        warnings.extend(applied.warnings);
        let mut again = Merge::new(Reading::Canonical, is_strategic(sides.schema));
        let predicted = sides.merge(&mut again, &selection);
        predicted.and_then(|predicted| sides.finish(&predicted, &selection))
    };
    let diff = diff.unwrap_or_else(unchanged).warn(warnings);
    diff.ignored(ignored).ambiguous(merge.ambiguous)
}

/// The live object as a comparison with `target` reads it.
pub(super) fn normalized(target: &Object, live: &Arc<Object>, settings: &Settings) -> Document {
    let kind = target.group_version_kind();
    let mut sides = Sides::new(kind, target, live, &Origin::Unknown, settings);
    let selection = settings.ignore.select(live);
    sides.without_managed(live, (settings, &selection), &mut Vec::new());
    if !selection.documents.is_empty() {
        sides.without_documents(&selection, settings);
    }
    sides.normal_form(&sides.live, &selection).into()
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
            history: History::default(),
            kind,
        }
    }

    /// Takes away what trusted managers own, before anything else; gives the differences
    /// that go with it.
    fn without_managed(
        &mut self,
        live: &Object,
        (settings, selection): (&Settings, &Selection),
        warnings: &mut Vec<String>,
    ) -> Vec<Ignored> {
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
        let sides = (&*self.live, &*self.target);
        let rules = (&settings.ignore, selection);
        let trusted = trusted_fields(self.schema, sides, rules, &managers);
        if !trusted.fields.is_empty() {
            self.live = Cow::Owned(remove(self.schema, &self.live, &trusted.fields));
            self.target = Cow::Owned(remove(self.schema, &self.target, &trusted.fields));
        }
        trusted.ignored
    }

    fn basis(&self) -> Basis<'a> {
        Basis {
            schema: self.schema,
            removal: Removal::Applied,
        }
    }

    /// The differences at places that rules name by map keys alone.
    fn named_by_keys(&self, settings: &Settings, selection: &Selection) -> Vec<Ignored> {
        let (target, live) = (&*self.target, &*self.live);
        let origin = self.origin.as_deref().unwrap_or(&Value::Null);
        let documents = [target, live, origin];
        settings
            .ignore
            .named_by_keys(selection, &self.basis(), &documents)
    }

    /// The live object after the merge; `None` when it stays as it is.
    fn merge(&self, merge: &mut Merge, selection: &Selection) -> Option<Value> {
        let (live, target) = (self.live.as_object()?, self.target.as_object()?);
        let origin = self.origin.as_deref().and_then(Value::as_object);
        let place = Place::root(self.schema, Some(&selection.skip));
        Some(merge.maps(place, live, target, origin)?.value)
    }

    /// Takes away what rules take out of whole documents.
    fn without_documents(&mut self, selection: &Selection, settings: &Settings) -> Applied {
        let basis = self.basis();
        let mut documents = vec![self.target.to_mut(), self.live.to_mut()];
        if let Some(origin) = &mut self.origin {
            documents.push(origin.to_mut());
        }
        settings.ignore.apply(selection, &basis, &mut documents)
    }

    /// Brings both sides into the server's form and lists what still differs.
    fn finish(&self, predicted: &Value, selection: &Selection) -> Option<Diff> {
        let live = self.normal_form(&self.live, selection);
        let predicted = self.normal_form(predicted, selection);
        let background = Background {
            target: Some(&self.target),
            origin: self.history.applied.as_ref(),
            has_origin: self.history.applied.is_some(),
            others: Some(&self.history.others),
            ..Background::default()
        };
        let changes = changes(self.schema, &live, &predicted, background);
        if changes.is_empty() {
            return None;
        }
        let (live, predicted) = (Document::from(live), Document::from(predicted));
        Some(Diff::new(changes).documents(Some(live), Some(predicted)))
    }

    /// A document as the server writes it, without what rules leave out by keys alone.
    fn normal_form(&self, document: &Value, selection: &Selection) -> Value {
        let mut document = super::merge::document(self.schema, document);
        selection.skip.remove_from(&mut document);
        without_creation_time(&mut document);
        defaults::fill_in(&self.kind, self.schema, &mut document);
        document
    }
}

impl History {
    fn of(kind: &GroupVersionKind, live: &Object, settings: &Settings) -> Self {
        let managers = Managers::of(live.value()).unwrap_or_default();
        Self {
            others: managers.others(&settings.manager),
            applied: last_applied(live).map(|applied| settings.normal(kind, &applied).into_owned()),
        }
    }
}

/// When an object was made says nothing about what is wanted of it.
fn without_creation_time(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("creationTimestamp");
    }
}
