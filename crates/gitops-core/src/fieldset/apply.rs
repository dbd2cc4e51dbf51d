//! The merge that a server-side apply makes.

use serde_json::Value;

use super::managers::{Managed, Managers, Operation};
use super::{Element, FieldSet, all, merge, modified, remove};
use crate::schema::Schema;

/// A field that is applied with another value than its owner gave it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Conflict {
    /// The field.
    pub path: Vec<Element>,
    /// Who owns it.
    pub manager: String,
}

/// What an apply makes of an object.
///
/// There is no `Debug`, because the object may be a Secret.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Applied {
    /// The object afterwards, with `metadata.managedFields` as they were.
    pub object: Value,
    /// The managers afterwards.
    pub managers: Managers,
    /// Fields that others own and that get another value; without force, a server
    /// refuses the apply.
    pub conflicts: Vec<Conflict>,
}

/// Applies `config` to `live` as `manager`.
///
/// Fields that the manager applied before and that are no longer in `config` go away,
/// unless somebody else owns them. Lists merge as `schema` says and are replaced where
/// it says nothing. `config` must not hold `metadata.managedFields`.
pub fn apply(
    schema: Option<Schema<'_>>,
    live: &Value,
    config: &Value,
    managers: &Managers,
    manager: &str,
) -> Applied {
    let is_ours = |entry: &Managed| {
        entry.manager == manager
            && entry.operation == Operation::Apply
            && entry.subresource.is_empty()
    };
    let ours = managers.0.iter().find(|entry| is_ours(entry));
    let last = ours.map(|entry| entry.fields.clone()).unwrap_or_default();
    let wanted = owned(schema, config);
    let mut others = FieldSet::default();
    for entry in managers.0.iter().filter(|entry| !is_ours(entry)) {
        others = others.union(&entry.fields);
    }
    let kept = wanted.union(&others).with_parents();
    let merged = merge(schema, live, config);
    let object = remove(schema, &merged, &last.difference(&kept));
    let changed = modified(schema, live, &object);
    Applied {
        conflicts: conflicts(managers, &is_ours, &wanted.intersection(&changed)),
        managers: after(managers, &is_ours, manager, config, wanted, &changed),
        object,
    }
}

/// The fields that who applies `config` owns; what identifies it belongs to nobody.
pub(crate) fn owned(schema: Option<Schema<'_>>, config: &Value) -> FieldSet {
    let field = |name: &str| Element::field(name);
    let mut identity = FieldSet::default();
    for path in [
        &[field("apiVersion")][..],
        &[field("kind")],
        &[field("metadata")],
        &[field("metadata"), field("name")],
        &[field("metadata"), field("namespace")],
    ] {
        identity.insert(path);
    }
    all(schema, config).difference(&identity)
}

fn conflicts(
    managers: &Managers,
    is_ours: &impl Fn(&Managed) -> bool,
    changed: &FieldSet,
) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for entry in managers.0.iter().filter(|entry| !is_ours(entry)) {
        for path in entry.fields.intersection(changed).paths() {
            let manager = entry.manager.clone();
            conflicts.push(Conflict { path, manager });
        }
    }
    conflicts.sort();
    conflicts.dedup();
    conflicts
}

/// Others lose the fields whose value they did not set; the applier owns what it applied.
fn after(
    managers: &Managers,
    is_ours: &impl Fn(&Managed) -> bool,
    manager: &str,
    config: &Value,
    wanted: FieldSet,
    changed: &FieldSet,
) -> Managers {
    let mut entries = Vec::with_capacity(managers.0.len() + 1);
    for entry in managers.0.iter().filter(|entry| !is_ours(entry)) {
        let fields = entry.fields.difference(changed);
        if !fields.is_empty() {
            entries.push(Managed {
                fields,
                ..entry.clone()
            });
        }
    }
    let version = config.get("apiVersion").and_then(Value::as_str);
    entries.push(Managed {
        manager: manager.to_owned(),
        operation: Operation::Apply,
        api_version: version.unwrap_or_default().to_owned(),
        subresource: String::new(),
        fields: wanted,
    });
    Managers(entries)
}
