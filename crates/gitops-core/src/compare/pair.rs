//! Which live object is the target's.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Settings;
use super::live::{self, Live};
use crate::{Object, ObjectKey, Scope};

pub(super) type Pair = (Option<Arc<Object>>, Option<Arc<Object>>);

/// Pairs every target with its live object; what is left is extra.
pub(super) fn pair(targets: Vec<Arc<Object>>, mut live: Live, settings: &Settings) -> Vec<Pair> {
    let keys = |target: &Arc<Object>| candidates(target, settings);
    let wanted: BTreeSet<ObjectKey> = targets.iter().flat_map(keys).collect();
    live::without_twins(&mut live, &wanted);
    let mut pairs = Vec::with_capacity(targets.len() + live.len());
    for target in targets {
        let found = keys(&target).into_iter().find_map(|key| live.remove(&key));
        pairs.push((Some(target), found));
    }
    pairs.extend(live.into_values().map(|object| (None, Some(object))));
    pairs
}

/// The keys a target's live object may have, the likeliest first. Nobody knows
/// whether an unknown kind lives in namespaces, so both are tried.
fn candidates(target: &Object, settings: &Settings) -> Vec<ObjectKey> {
    let mut key = target.key();
    if key.name.is_empty() {
        return Vec::new();
    }
    let scope = settings.scope(&target.group_kind());
    let mut keys = Vec::with_capacity(2);
    if scope != Some(Scope::Cluster) {
        if key.namespace.is_empty() {
            key.namespace.clone_from(&settings.namespace);
        }
        keys.push(key.clone());
    }
    if scope != Some(Scope::Namespaced) {
        key.namespace.clear();
        keys.push(key);
    }
    keys
}
