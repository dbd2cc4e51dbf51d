//! Both sides of a comparison in their normal form, without what rules leave out.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{Settings, merge};
use crate::fieldset::{FieldSet, Managers, modified, remove};
use crate::ignore::Selection;
use crate::schema::Schema;
use crate::{GroupVersionKind, Object};

/// Both sides of a comparison, copied only where something in them had to change.
pub(super) struct Sides<'a> {
    pub(super) schema: Option<Schema<'a>>,
    pub(super) live: Cow<'a, Value>,
    pub(super) target: Cow<'a, Value>,
    /// The rules that hid a difference.
    pub(super) hidden: Vec<usize>,
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
            target = Cow::Owned(merge::canonical(schema, &target));
        }
        if let Some(Value::Object(metadata)) = target.to_mut().get_mut("metadata") {
            metadata.remove("creationTimestamp");
            metadata.remove("managedFields");
        }
        Self {
            schema,
            live: normal(live.value()),
            target,
            hidden: Vec::new(),
        }
    }

    /// Takes what rules leave out from both sides; gives what went wrong.
    pub(super) fn without_ignored(
        &mut self,
        settings: &Settings,
        live: &Arc<Object>,
        managers: &Managers,
    ) -> Vec<String> {
        let selection = settings.ignore.select(live);
        self.without_managed(&selection, managers);
        let rules = selection.skip.is_empty() && selection.documents.is_empty();
        if rules {
            return Vec::new();
        }
        let (target, live) = (self.target.to_mut(), self.live.to_mut());
        selection.skip.remove_from(target);
        selection.skip.remove_from(live);
        let applied = settings
            .ignore
            .apply(&selection, self.schema, &mut [target, live]);
        self.hidden.extend(applied.matched);
        applied.warnings
    }

    /// Takes fields away that trusted managers own.
    fn without_managed(&mut self, selection: &Selection, managers: &Managers) {
        let sides = (&*self.live, &*self.target);
        let trusted = trusted_fields(self.schema, sides, selection, managers);
        self.hidden.extend(trusted.rules);
        if !trusted.fields.is_empty() {
            self.live = Cow::Owned(remove(self.schema, &self.live, &trusted.fields));
            self.target = Cow::Owned(remove(self.schema, &self.target, &trusted.fields));
        }
    }
}

/// Fields that trusted managers own and that both sides have with different values.
pub(super) struct Trusted {
    pub(super) fields: FieldSet,
    /// The rules that trust their managers.
    pub(super) rules: Vec<usize>,
}

pub(super) fn trusted_fields(
    schema: Option<Schema<'_>>,
    (live, target): (&Value, &Value),
    selection: &Selection,
    managers: &Managers,
) -> Trusted {
    let mut trusted = Trusted {
        fields: FieldSet::default(),
        rules: Vec::new(),
    };
    if selection.managers.is_empty() {
        return trusted;
    }
    let changed = modified(schema, live, target);
    for (rule, manager) in &selection.managers {
        let fields = managers.fields(manager).intersection(&changed);
        if !fields.is_empty() {
            trusted.rules.push(*rule);
            trusted.fields = trusted.fields.union(&fields);
        }
    }
    trusted
}
