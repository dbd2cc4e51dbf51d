//! Objects that did not change are not judged again.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use gitops_core::{Health, HealthCheck, Object, health};

/// Remembers what a check said of each version of an object.
///
/// The API server gives every change of an object another `resourceVersion`, so
/// a check that depends on the object alone says the same of it again.
/// Objects without `uid` or `resourceVersion` are always judged, and so are
/// those on which the check failed.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use gitops_core::{Health, HealthCheck, Object};
/// use gitops_health::Memo;
///
/// static ASKED: AtomicUsize = AtomicUsize::new(0);
/// let check = Memo::new(|_: &Object| {
///     ASKED.fetch_add(1, Ordering::Relaxed);
///     Ok(Some(Health::healthy()))
/// });
/// let object = Object::new(serde_json::json!({
///     "apiVersion": "v1", "kind": "Pod",
///     "metadata": {"name": "a", "uid": "1", "resourceVersion": "7"},
/// }))?;
/// check.check(&object)?;
/// check.check(&object)?;
/// assert_eq!(ASKED.load(Ordering::Relaxed), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Memo<C> {
    check: C,
    most: usize,
    known: RwLock<HashMap<String, Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    version: String,
    health: Option<Health>,
}

/// How many objects are remembered unless the user says otherwise.
const MOST: usize = 100_000;

impl<C: HealthCheck> Memo<C> {
    /// Remembers what `check` says.
    pub fn new(check: C) -> Self {
        Self::with_capacity(check, MOST)
    }

    /// Remembers what `check` says of up to `most` objects.
    pub fn with_capacity(check: C, most: usize) -> Self {
        Self {
            check,
            most,
            known: RwLock::default(),
        }
    }

    /// Forgets an object that is gone, by its uid.
    pub fn forget(&self, uid: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(uid);
    }

    fn recall(&self, uid: &str, version: &str) -> Option<Known> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .get(uid)
            .filter(|entry| entry.version == version)
            .cloned()
    }

    fn remember(&self, uid: &str, version: &str, health: Option<Health>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most && !known.contains_key(uid) {
            // Rare, and everything is known again after one round.
            known.clear();
        }
        let version = version.to_owned();
        known.insert(uid.to_owned(), Known { version, health });
    }
}

impl<C: HealthCheck> HealthCheck for Memo<C> {
    fn check(&self, object: &Object) -> Result<Option<Health>, health::Error> {
        let (Some(uid), Some(version)) = (object.uid(), object.resource_version()) else {
            return self.check.check(object);
        };
        if let Some(known) = self.recall(uid, version) {
            return Ok(known.health);
        }
        let health = self.check.check(object)?;
        self.remember(uid, version, health.clone());
        Ok(health)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use gitops_core::{Health, HealthCheck, Object};
    use serde_json::json;

    use super::Memo;

    fn pod(metadata: &serde_json::Value) -> Object {
        let mut object = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata});
        object["metadata"]["name"] = json!("a");
        Object::new(object).unwrap()
    }

    #[test]
    fn only_what_changed_is_judged_again() {
        let asked = std::sync::Arc::new(AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&asked);
        let memo = Memo::with_capacity(
            move |_: &Object| {
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(Some(Health::healthy()))
            },
            2,
        );
        let judge = |metadata: serde_json::Value, expected: usize| {
            memo.check(&pod(&metadata)).unwrap();
            assert_eq!(asked.load(Ordering::Relaxed), expected);
        };
        judge(json!({"uid": "1", "resourceVersion": "1"}), 1);
        judge(json!({"uid": "1", "resourceVersion": "1"}), 1);
        judge(json!({"uid": "1", "resourceVersion": "2"}), 2);
        judge(json!({"uid": "2", "resourceVersion": "2"}), 3);
        judge(json!({}), 4);
        judge(json!({}), 5);
        memo.forget("1");
        judge(json!({"uid": "1", "resourceVersion": "2"}), 6);
    }
}
