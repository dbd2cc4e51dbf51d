//! The comparison by what the server's dry run answered.

use std::sync::Arc;

use serde_json::Value;

use super::changes::{Background, changes};
use super::sides::trusted_fields;
use super::structured::without_last_applied;
use super::{Diff, Settings, merge};
use crate::fieldset::{Managers, all};
use crate::ignore::basis::{Basis, Removal};
use crate::schema::Schema;
use crate::{GroupVersionKind, Object, fieldset};

/// Compares `live` with what the server's dry run of an apply answered.
///
/// Changes that admission webhooks made in the dry run are taken back, unless the
/// settings say to show them.
///
/// # Errors
///
/// When the answer says nothing of its managers.
pub fn with_answer(
    target: &Object,
    live: &Arc<Object>,
    answer: &Object,
    settings: &Settings,
) -> Result<Diff, String> {
    let kind = target.group_version_kind();
    let schema = settings.schema(&kind);
    let predicted = if settings.show_webhook_changes {
        answer.value().clone()
    } else {
        let documents = [target.value(), answer.value(), live.value()];
        without_webhooks(schema, documents, &settings.manager)?
    };
    let (mut live_side, mut predicted) = (
        normal(&kind, schema, live.value(), settings),
        normal(&kind, schema, &predicted, settings),
    );
    let managers = Managers::of(live.value()).unwrap_or_default();
    let (rules, selection) = (&settings.ignore, settings.ignore.select(live));
    let sides = (live.value(), target.value());
    let trusted = trusted_fields(schema, sides, (rules, &selection), &managers);
    if !trusted.fields.is_empty() {
        for document in [&mut predicted, &mut live_side] {
            *document = fieldset::remove(schema, document, &trusted.fields);
        }
    }
    let basis = Basis {
        schema,
        removal: Removal::All,
    };
    let named = rules.named_by_keys(&selection, &basis, &[&predicted, &live_side]);
    let mut documents = [&mut predicted, &mut live_side];
    for document in &mut documents {
        selection.skip.remove_from(document);
    }
    let applied = rules.apply(&selection, &basis, &mut documents);
    let origin = crate::patch::last_applied(live);
    let others = managers.others(&settings.manager);
    let background = Background {
        target: Some(target.value()),
        origin: origin.as_ref(),
        has_origin: origin.is_some(),
        removes_own: true,
        others: Some(&others),
        is_others: false,
    };
    let changes = changes(schema, &live_side, &predicted, background);
    let diff = Diff::new(changes).documents(Some(live_side.into()), Some(predicted.into()));
    let ignored = [trusted.ignored, named, applied.ignored].concat();
    Ok(diff.ignored(ignored).warn(applied.warnings))
}

fn normal(
    kind: &GroupVersionKind,
    schema: Option<Schema<'_>>,
    value: &Value,
    settings: &Settings,
) -> Value {
    let normal = settings.normal(kind, value);
    let mut value = merge::canonical(schema, &normal);
    without_last_applied(&mut value);
    if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
        for key in ["managedFields", "resourceVersion", "creationTimestamp"] {
            metadata.remove(key);
        }
    }
    value
}

/// The answer with live values where our manager owns nothing, and without fields
/// that we stopped applying.
fn without_webhooks(
    schema: Option<Schema<'_>>,
    [target, answer, live]: [&Value; 3],
    manager: &str,
) -> Result<Value, String> {
    // Who applies nothing but a name owns nothing.
    if fieldset::owned(schema, target).is_empty() {
        return Ok(live.clone());
    }
    let managers = Managers::of(answer).map_err(|error| error.to_string())?;
    if managers.0.is_empty() {
        return Err("the dry run's answer has no metadata.managedFields".into());
    }
    let ours = managers.fields(manager);
    if ours.is_empty() {
        return Err(format!(
            "the dry run's answer has no fields of manager {manager:?}"
        ));
    }
    let answered = all(schema, answer);
    let not_ours = answered.difference(&ours).without_parents_of(&ours);
    let dropped = all(schema, live)
        .difference(&answered)
        .difference(&not_ours);
    let not_ours = not_ours.without_composite_keys();
    let owned = fieldset::remove(schema, answer, &not_ours);
    let merged = fieldset::merge(schema, live, &owned);
    Ok(fieldset::remove(schema, &merged, &dropped))
}
