//! Both sides of a comparison in their normal form, without what rules leave out.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{Ignored, Settings, merge, path};
use crate::fieldset::{FieldSet, Managers, modified, remove};
use crate::ignore::basis::{Basis, Removal};
use crate::ignore::{Rules, Selection};
use crate::schema::Schema;
use crate::{GroupVersionKind, Object};

/// Both sides of a comparison, copied only where something in them had to change.
pub(super) struct Sides<'a> {
    pub(super) schema: Option<Schema<'a>>,
    pub(super) live: Cow<'a, Value>,
    pub(super) target: Cow<'a, Value>,
    /// The differences that rules left out.
    pub(super) ignored: Vec<Ignored>,
}

impl<'a> Sides<'a> {
    pub(super) fn prepare(
        kind: &GroupVersionKind,
        target: &'a Object,
        live: &'a Object,
        settings: &'a Settings,
    ) -> Self {
        let normal = |value| settings.normal(kind, value);
        let schema = settings.schema(kind);
        let mut target = normal(target.value());
        if schema.is_some() {
            target = Cow::Owned(merge::document(schema, &target));
        }
        if let Some(Value::Object(metadata)) = target.to_mut().get_mut("metadata") {
            metadata.remove("creationTimestamp");
            metadata.remove("managedFields");
        }
        Self {
            schema,
            live: normal(live.value()),
            target,
            ignored: Vec::new(),
        }
    }

    /// Takes what rules leave out from both sides; gives what went wrong.
    pub(super) fn without_ignored(
        &mut self,
        settings: &Settings,
        live: &Arc<Object>,
        managers: &Managers,
    ) -> Vec<String> {
        let rules = &settings.ignore;
        let selection = rules.select(live);
        let sides = (&*self.live, &*self.target);
        let trusted = trusted_fields(self.schema, sides, (rules, &selection), managers);
        if !trusted.fields.is_empty() {
            self.live = Cow::Owned(remove(self.schema, &self.live, &trusted.fields));
            self.target = Cow::Owned(remove(self.schema, &self.target, &trusted.fields));
        }
        self.ignored = trusted.ignored;
        if selection.skip.is_empty() && selection.documents.is_empty() {
            return Vec::new();
        }
        let basis = Basis {
            schema: self.schema,
            removal: Removal::Owned(&managers.fields(&settings.manager)),
        };
        let documents = [&*self.target, &*self.live];
        let named = rules.named_by_keys(&selection, &basis, &documents);
        let mut documents = [self.target.to_mut(), self.live.to_mut()];
        for document in &mut documents {
            selection.skip.remove_from(document);
        }
        let applied = rules.apply(&selection, &basis, &mut documents);
        self.ignored
            .extend(named.into_iter().chain(applied.ignored));
        applied.warnings
    }
}

/// Fields that trusted managers own and that both sides have with different values.
#[derive(Default)]
pub(super) struct Trusted {
    pub(super) fields: FieldSet,
    pub(super) ignored: Vec<Ignored>,
}

pub(super) fn trusted_fields(
    schema: Option<Schema<'_>>,
    (live, target): (&Value, &Value),
    (rules, selection): (&Rules, &Selection),
    managers: &Managers,
) -> Trusted {
    let mut trusted = Trusted::default();
    if selection.managers.is_empty() {
        return trusted;
    }
    let changed = modified(schema, live, target);
    for (rule, manager) in &selection.managers {
        let fields = managers.fields(manager).intersection(&changed);
        for elements in fields.paths() {
            let path = path::of_elements(&elements);
            trusted.ignored.push(rules.trusted(*rule, manager, path));
        }
        trusted.fields = trusted.fields.union(&fields);
    }
    trusted
}
