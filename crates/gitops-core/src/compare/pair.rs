//! Which live object is the target's.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::live::{self, Live};
use super::{Answers, Comparison, DryRun, Settings, answer, status, target};
use crate::api::Condition;
use crate::{Object, ObjectKey, Scope};

/// A target and its live object; one of them may be missing.
pub(super) type Pair = (Option<Arc<Object>>, Option<Arc<Object>>);

/// An application's targets beside what is live, before they are compared.
///
/// ```
/// use gitops_core::Object;
/// use gitops_core::compare::{Answers, Settings, SyncStatus, pair};
/// use serde_json::json;
///
/// let config = Object::new(json!({
///     "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"},
/// }))?;
/// let settings = Settings::new("shop", "prod");
/// let pairs = pair(vec![config], [] as [Object; 0], &settings);
/// assert!(pairs.dry_runs(&settings).is_empty(), "a new object needs no dry run");
/// let comparison = pairs.compare(&Answers::new(), &settings);
/// assert_eq!(comparison.status, SyncStatus::OutOfSync);
/// # Ok::<(), gitops_core::object::Error>(())
/// ```
#[derive(Clone)]
pub struct Pairs {
    objects: Vec<Pair>,
    hooks: Vec<Arc<Object>>,
    conditions: Vec<Condition>,
}

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.objects.iter().filter_map(|(target, live)| {
            let object = target.as_ref().or(live.as_ref())?;
            Some(object.key().to_string())
        });
        f.debug_list().entries(keys).finish()
    }
}

/// Finds the live object of every target; as [`compare`](super::compare()), which
/// asks nobody.
pub fn pair<L: Into<Arc<Object>>>(
    targets: Vec<Object>,
    live: impl IntoIterator<Item = L>,
    settings: &Settings,
) -> Pairs {
    let targets = target::prepare(targets, settings);
    let live = live::prepare(live.into_iter().map(Into::into), settings);
    let mut conditions = targets.conditions;
    conditions.extend(live::shared(&live, settings));
    conditions.sort_by(|left, right| {
        (&left.condition_type, &left.message).cmp(&(&right.condition_type, &right.message))
    });
    Pairs {
        objects: match_up(targets.objects, live, settings),
        hooks: targets.hooks,
        conditions,
    }
}

impl Pairs {
    /// The dry runs that the comparison of these objects wants.
    pub fn dry_runs(&self, settings: &Settings) -> Vec<DryRun> {
        let pairs = self.objects.iter();
        pairs
            .filter_map(|pair| answer::dry_run(pair, settings))
            .collect()
    }

    /// Compares them, by the server's answers where there are any. An object whose
    /// dry run failed is compared with what was applied last, and warns of it.
    pub fn compare(self, answers: &Answers, settings: &Settings) -> Comparison {
        let pairs = self.objects.into_iter();
        let resources = pairs
            .map(|(target, live)| status::judge(target, live, answers, settings))
            .collect();
        Comparison {
            hooks: self.hooks,
            conditions: self.conditions,
            ..Comparison::new(resources)
        }
    }
}

/// Pairs every target with its live object; what is left is extra.
fn match_up(targets: Vec<Arc<Object>>, mut live: Live, settings: &Settings) -> Vec<Pair> {
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
