//! The verdict on one object.

use std::sync::Arc;

use super::{Answers, Compared, Settings, SyncStatus, answer};
use crate::{Object, hook};

/// The annotation that says how an object takes part in the comparison.
const COMPARE_OPTIONS: &str = "argocd.argoproj.io/compare-options";

/// Compares one object and says what that means.
pub(super) fn judge(
    target: Option<Arc<Object>>,
    live: Option<Arc<Object>>,
    answers: &Answers,
    settings: &Settings,
) -> Compared {
    let migrated = match (&target, &live) {
        (Some(target), Some(live)) => settings.tracking.migrated(live, target).map(Arc::new),
        _ => None,
    };
    let compared_live = migrated.as_ref().or(live.as_ref());
    let diff = answer::diff(target.as_ref(), compared_live, answers, &settings.diff);
    let self_referenced = live.as_ref().is_none_or(|live| {
        settings
            .tracking
            .is_self_referenced(live, target.as_deref())
    });
    let mut compared = Compared::new(target, live, diff);
    compared.self_referenced = self_referenced;
    compared.requires_pruning &= self_referenced;
    if takes_no_part(&compared) {
        compared.status = None;
    } else if is_managed_namespace(&compared, settings) {
        compared.status = Some(SyncStatus::Synced);
        compared.requires_pruning = false;
    }
    compared
}

fn takes_no_part(compared: &Compared) -> bool {
    let shown = compared.live.as_ref().or(compared.target.as_ref());
    let skipped = compared.target.as_deref().is_some_and(hook::is_skipped);
    shown.is_some_and(|object| hook::is_hook(object)) || skipped || !compared.self_referenced
}

/// The destination namespace whose labels and annotations the application manages
/// is neither extra nor missing.
fn is_managed_namespace(compared: &Compared, settings: &Settings) -> bool {
    let key = &compared.key;
    settings.managed_namespace.is_some()
        && compared.target.is_none()
        && key.group.is_empty()
        && key.kind == "Namespace"
        && key.name == settings.namespace
}

/// Whether an extra object is marked as one that does not make the application
/// differ.
pub(super) fn is_extraneous(compared: &Compared) -> bool {
    let options = compared.live.as_ref().filter(|_| compared.requires_pruning);
    options
        .and_then(|live| live.annotation(COMPARE_OPTIONS))
        .is_some_and(|options| {
            options
                .split(',')
                .any(|option| option.trim() == "IgnoreExtraneous")
        })
}
