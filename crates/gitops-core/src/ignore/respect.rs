//! What is applied where differences do not count: the live value stays.

use serde_json::Value;

use super::basis::{Basis, Removal};
use crate::diff::Settings;
use crate::fieldset::{Element, FieldSet, Managers, keys_of, modified, remove};
use crate::schema::Schema;
use crate::{GroupVersionKind, Object};

/// `target` as it is to be applied over `live`: fields that the rules leave out keep
/// their live value, and stay absent where live has none.
///
/// Only what a rule names changes; `None` means that nothing does. A live `status` is
/// never copied.
///
/// ```
/// use gitops_core::{Object, api::ResourceIgnoreDifferences, diff, ignore::{self, Rules}};
/// use serde_json::json;
///
/// let deployment = |replicas, image| Object::new(json!({
///     "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
///     "spec": {"replicas": replicas, "image": image},
/// }));
/// let mut rule = ResourceIgnoreDifferences::default();
/// (rule.group, rule.kind) = ("apps".into(), "Deployment".into());
/// rule.json_pointers = vec!["/spec/replicas".into()];
/// let settings = diff::Settings::default().ignore(Rules::compile([rule])?);
/// let applied = ignore::respect(&deployment(1, "b")?, &deployment(5, "a")?, &settings);
/// assert!(applied == Some(deployment(5, "b")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn respect(target: &Object, live: &Object, settings: &Settings) -> Option<Object> {
    let selection = settings.ignore.select(live);
    let kind: GroupVersionKind = target.group_version_kind();
    let schema = settings.schema(&kind);
    let mut live = live.value().clone();
    let mut wanted = target.value().clone();
    if let Value::Object(live) = &mut live {
        live.remove("status");
    }
    let (mut plain_live, mut plain_target) = (live.clone(), wanted.clone());
    let trusted = trusted(schema, &live, &wanted, &selection);
    if !trusted.is_empty() {
        plain_live = remove(schema, &plain_live, &trusted);
        plain_target = remove(schema, &plain_target, &trusted);
    }
    selection.skip.remove_from(&mut plain_live);
    selection.skip.remove_from(&mut plain_target);
    let basis = Basis {
        schema,
        removal: Removal::All,
    };
    settings.ignore.apply(
        &selection,
        &basis,
        &mut [&mut plain_target, &mut plain_live],
    );
    if plain_live == live && plain_target == wanted {
        return None;
    }
    let status = wanted.get_mut("status").map(Value::take);
    wanted = restore(schema, &plain_live, &live, plain_target);
    if let (Some(status), Value::Object(wanted)) = (status, &mut wanted) {
        wanted.insert("status".into(), status);
    }
    // A rule may name what identifies the object; that is never taken from live.
    Object::new(wanted).ok().filter(|applied| applied != target)
}

fn trusted(
    schema: Option<Schema<'_>>,
    live: &Value,
    target: &Value,
    selection: &super::Selection,
) -> FieldSet {
    if selection.managers.is_empty() {
        return FieldSet::default();
    }
    let Ok(managers) = Managers::of(live) else {
        return FieldSet::default();
    };
    let changed = modified(schema, live, target);
    let own = selection
        .managers
        .iter()
        .map(|(_, manager)| managers.fields(manager));
    own.fold(FieldSet::default(), |all, fields| {
        all.union(&fields.intersection(&changed))
    })
}

/// Puts what `live` has and `plain` lacks into `target`.
fn restore(schema: Option<Schema<'_>>, plain: &Value, live: &Value, target: Value) -> Value {
    match (plain, live, target) {
        (Value::Object(plain), Value::Object(live), Value::Object(mut target)) => {
            for (key, value) in live {
                let inner = schema.and_then(|schema| schema.get(key));
                match (plain.get(key), target.remove(key)) {
                    (None, _) => {
                        target.insert(key.clone(), value.clone());
                    }
                    (Some(plain), Some(wanted)) => {
                        target.insert(key.clone(), restore(inner, plain, value, wanted));
                    }
                    (Some(plain), None) if plain != value => {
                        let only = restore(inner, plain, value, empty_like(value));
                        target.insert(key.clone(), only);
                    }
                    (Some(_), None) => {}
                }
            }
            target.into()
        }
        (Value::Array(plain), Value::Array(live), Value::Array(target)) if plain != live => {
            lists(schema, plain, live, target).into()
        }
        (_, _, target) => target,
    }
}

fn empty_like(value: &Value) -> Value {
    match value {
        Value::Object(_) => Value::Object(serde_json::Map::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        other => other.clone(),
    }
}

/// Elements that can be told apart are restored one by one; other lists are live's.
fn lists(
    schema: Option<Schema<'_>>,
    plain: &[Value],
    live: &[Value],
    target: Vec<Value>,
) -> Vec<Value> {
    let inner = schema.and_then(Schema::element);
    let (Some(plain_ids), Some(live_ids), Some(ids)) = (
        identities(schema, plain),
        identities(schema, live),
        identities(schema, &target),
    ) else {
        return live.to_vec();
    };
    let mut ids = ids;
    let mut restored: Vec<Option<Value>> = target.into_iter().map(Some).collect();
    for (place, (id, value)) in live_ids.iter().zip(live).enumerate() {
        let at = ids.iter().position(|known| known == id);
        match (plain_ids.iter().position(|known| known == id), at) {
            (None, Some(at)) => restored[at] = Some(value.clone()),
            // An element that is left out altogether has its place in live.
            (None, None) => {
                let place = place.min(restored.len());
                restored.insert(place, Some(value.clone()));
                ids.insert(place, id.clone());
            }
            (Some(plain_at), Some(at)) => {
                let wanted = restored[at].take();
                restored[at] = wanted.map(|wanted| restore(inner, &plain[plain_at], value, wanted));
            }
            // Git no longer wants the element.
            (Some(_), None) => {}
        }
    }
    restored.into_iter().flatten().collect()
}

/// By the list's keys, or by name where no shape is known.
fn identities(schema: Option<Schema<'_>>, list: &[Value]) -> Option<Vec<Element>> {
    if let Some(keys) = keys_of(schema, list) {
        return Some(keys);
    }
    let name = |value: &Value| {
        let name = value.get("name")?.as_str()?;
        Some(Element::key([("name", Value::from(name))]))
    };
    let names: Vec<Element> = list.iter().map(name).collect::<Option<_>>()?;
    let mut sorted: Vec<&Element> = names.iter().collect();
    sorted.sort_unstable();
    let unique = sorted.windows(2).all(|pair| pair[0] != pair[1]);
    unique.then_some(names)
}

#[cfg(test)]
mod tests;
