//! The comparison by the merge of a server-side apply.

use std::sync::Arc;

use serde_json::Value;

use super::changes::{Background, changes};
use super::{Diff, Document, Settings, defaults};
use crate::fieldset::{Managers, apply};
use crate::patch::LAST_APPLIED;
use crate::schema::Schema;
use crate::{GroupVersionKind, Object};

/// Compares `target` with what a server-side apply of it would make of `live`.
///
/// # Errors
///
/// When the live object's managers cannot be read.
pub(super) fn compare(
    target: &Object,
    live: &Arc<Object>,
    settings: &Settings,
) -> Result<Diff, String> {
    let kind = target.group_version_kind();
    let mut sides = super::sides::Sides::prepare(&kind, target, live, settings);
    let managers = Managers::of(live.value()).map_err(|error| error.to_string())?;
    let warnings = sides.without_ignored(settings, live, &managers);
    let applied = apply(
        sides.schema,
        &sides.live,
        &sides.target,
        &managers,
        &settings.manager,
    );
    let diff = if applied.object == *sides.live {
        Diff::unchanged(Arc::clone(live))
    } else {
        finish(
            &kind,
            sides.schema,
            &sides.live,
            applied.object,
            Background {
                target: Some(&sides.target),
                removes_own: true,
                others: Some(&managers.others(&settings.manager)),
                ..Background::default()
            },
        )
        .unwrap_or_else(|| Diff::unchanged(Arc::clone(live)))
    };
    Ok(diff.ignored(sides.ignored).warn(warnings))
}

/// Fills in defaults on both sides and lists what differs.
fn finish(
    kind: &GroupVersionKind,
    schema: Option<Schema<'_>>,
    live: &Value,
    mut predicted: Value,
    background: Background<'_>,
) -> Option<Diff> {
    let mut live = live.clone();
    for side in [&mut live, &mut predicted] {
        without_last_applied(side);
        *side = super::merge::document(schema, side);
        defaults::fill_in(kind, schema, side);
    }
    let changes = changes(schema, &live, &predicted, background);
    if changes.is_empty() {
        return None;
    }
    let (live, predicted) = (Document::from(live), Document::from(predicted));
    Some(Diff::new(changes).documents(Some(live), Some(predicted)))
}

/// Takes the annotation of client-side apply away, and the map with it when it was
/// the only one.
pub(super) fn without_last_applied(object: &mut Value) {
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else {
        return;
    };
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        annotations.remove(LAST_APPLIED);
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
}
