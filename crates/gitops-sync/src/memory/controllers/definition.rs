//! CustomResourceDefinitions: their kinds come and go with them.

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::Propagation;
use serde_json::json;

use super::condition::{self, Condition};
use super::set_status;
use crate::memory::defaults::stored_versions;
use crate::memory::delete;
use crate::memory::registry;
use crate::memory::state::State;

pub(super) fn reconcile(state: &mut State, definition: &Arc<Object>) {
    match definition.deletion_timestamp() {
        None => establish(state, definition),
        Some(_) => end(state, definition),
    }
}

/// Serves the kind, unless it is taken.
fn establish(state: &mut State, definition: &Arc<Object>) {
    let Some(kind) = registry::defined_kind(definition.value()) else {
        return;
    };
    let accepted = !state.registry.is_builtin(&kind);
    if accepted {
        state.registry.define(definition.value());
    }
    let mut status = definition.value()["status"].clone();
    let conditions = if accepted {
        [
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            (
                "Established",
                "InitialNamesAccepted",
                "the initial names have been accepted",
            ),
        ]
    } else {
        [
            (
                "NamesAccepted",
                "KindConflict",
                "the kind is already in use",
            ),
            ("Established", "NotAccepted", "not all names are accepted"),
        ]
    };
    let time = state.time();
    for (kind, reason, message) in conditions {
        let condition = Condition {
            kind,
            status: accepted,
            reason,
            message: message.into(),
        };
        condition::set(&mut status, &condition, &time);
    }
    let spec = &definition.value()["spec"];
    status["acceptedNames"] = if accepted {
        spec["names"].clone()
    } else {
        json!({"kind": "", "plural": ""})
    };
    status["storedVersions"] = stored_versions(spec);
    set_status(state, definition, status);
}

/// Deletes the kind's objects, then the definition.
fn end(state: &mut State, definition: &Arc<Object>) {
    let kind = registry::defined_kind(definition.value());
    let kind = kind.filter(|kind| !state.registry.is_builtin(kind));
    if let Some(kind) = kind {
        let objects: Vec<_> = state.list(&kind, None).cloned().collect();
        for object in objects
            .iter()
            .filter(|it| it.deletion_timestamp().is_none())
        {
            delete::begin(state, object, Propagation::Background);
        }
        if state.count(&kind) > 0 {
            return;
        }
        state.registry.forget(&kind);
    }
    if definition.finalizers().next().is_none() {
        state.discard(&definition.key());
    }
}
