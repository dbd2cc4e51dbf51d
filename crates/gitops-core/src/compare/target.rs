//! Targets as rendered, made ready: namespaces, marks, hooks, duplicates.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Settings;
use crate::api::Condition;
use crate::hook::{self, HookType};
use crate::{Object, ObjectKey, Scope};

/// What takes part in a comparison, and what a person should know of the rest.
#[derive(Default)]
pub(super) struct Targets {
    pub(super) objects: Vec<Arc<Object>>,
    pub(super) hooks: Vec<Arc<Object>>,
    pub(super) conditions: Vec<Condition>,
}

pub(super) fn prepare(rendered: Vec<Object>, settings: &Settings) -> Targets {
    let mut targets = Targets::default();
    let mut all: Vec<Object> = Vec::with_capacity(rendered.len());
    for mut object in rendered {
        let kind = object.group_kind();
        if settings.filter.excludes(&kind, &settings.cluster) {
            targets.conditions.push(excluded(&object));
            continue;
        }
        if let Some(condition) = settle(&mut object, settings) {
            targets.conditions.push(condition);
        }
        all.push(object);
    }
    for object in last_of_each(all, &mut targets.conditions) {
        match role(&object) {
            Role::Resource => targets.objects.push(Arc::new(object)),
            Role::Hook => targets.hooks.push(Arc::new(object)),
            Role::Nothing => {}
        }
    }
    targets
}

/// The hooks that run when the application is deleted, with namespaces and tracking
/// marks set. `rendered` is what the sources give.
pub fn deletion_hooks(rendered: Vec<Object>, settings: &Settings) -> Vec<Arc<Object>> {
    let mut hooks = Vec::new();
    for mut object in rendered {
        let types = hook::types(&object);
        if types
            .iter()
            .any(|kind| matches!(kind, HookType::PreDelete | HookType::PostDelete))
        {
            settle(&mut object, settings);
            hooks.push(Arc::new(object));
        }
    }
    hooks
}

fn excluded(object: &Object) -> Condition {
    let (group, kind, name) = (object.group(), object.kind(), object.name());
    let message = format!("Resource {group}/{kind} {name} is excluded in the settings");
    Condition::new("ExcludedResourceWarning", message)
}

/// Sets the namespace and the mark; says what is wrong with the object.
fn settle(object: &mut Object, settings: &Settings) -> Option<Condition> {
    let scope = settings.scope(&object.group_kind());
    let mut problem = None;
    match (scope, object.namespace()) {
        (Some(Scope::Cluster), Some(_)) => object.set_namespace(None),
        (Some(Scope::Cluster), None) | (_, Some(_)) => {}
        (_, None) if settings.namespace.is_empty() => {
            let (group, version, kind) = (object.group(), object.version(), object.kind());
            let name = object.name();
            let message =
                format!("Namespace for {name} {group}/{version}, Kind={kind} is missing.");
            problem = Some(Condition::new("InvalidSpecError", message));
        }
        (_, None) => object.set_namespace(Some(&settings.namespace)),
    }
    let is_definition = object.kind() == "CustomResourceDefinition";
    if !is_definition && !settings.instance.is_empty() {
        let marked = settings
            .tracking
            .mark(object, &settings.instance, &settings.namespace);
        if let Err(error) = marked {
            let message = format!("Failed to normalize target state: {error}");
            problem = Some(Condition::new("ComparisonError", message));
        }
    }
    problem
}

/// Of objects with one key the last counts, at its own place.
fn last_of_each(all: Vec<Object>, conditions: &mut Vec<Condition>) -> Vec<Object> {
    let mut places: BTreeMap<ObjectKey, (usize, usize)> = BTreeMap::new();
    for (index, object) in all.iter().enumerate() {
        // Objects whose name the server makes up are never the same.
        if !object.name().is_empty() {
            let (last, count) = places.entry(object.key()).or_default();
            (*last, *count) = (index, *count + 1);
        }
    }
    for (key, (_, count)) in places.iter().filter(|(_, (_, count))| *count > 1) {
        let message = format!("Resource {key} appeared {count} times among application resources.");
        conditions.push(Condition::new("RepeatedResourceWarning", message));
    }
    let is_last = |(index, object): &(usize, Object)| {
        object.name().is_empty()
            || places
                .get(&object.key())
                .is_some_and(|(last, _)| last == index)
    };
    let kept = all.into_iter().enumerate().filter(is_last);
    kept.map(|(_, object)| object).collect()
}

enum Role {
    Resource,
    Hook,
    /// A hook of no known type, or one that only runs on deletion.
    Nothing,
}

fn role(object: &Object) -> Role {
    if !hook::is_hook(object) {
        return Role::Resource;
    }
    let in_sync = |kind: &HookType| !matches!(kind, HookType::PreDelete | HookType::PostDelete);
    if hook::types(object).iter().any(in_sync) {
        Role::Hook
    } else {
        Role::Nothing
    }
}
