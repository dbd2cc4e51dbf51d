//! What is remembered, and how it is brought up to date.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use gitops_core::apply::Applier;
use gitops_core::{Object, ObjectKey, ObjectRef};
use tokio::sync::{Notify, Semaphore, broadcast, watch};

use super::entry::{Entry, Id};
use super::run::Kinds;
use super::store::{Replaced, Store};
use super::{Change, Options};

/// How many changes a listener may be behind.
const CHANGES: usize = 4096;

/// What all clones of a cache and its followers work on.
pub(super) struct Shared {
    pub(super) cluster: Arc<dyn Applier>,
    pub(super) options: Options,
    pub(super) store: RwLock<Store>,
    pub(super) kinds: watch::Sender<Kinds>,
    pub(super) changes: broadcast::Sender<Change>,
    /// Rung when the kinds served may have changed.
    pub(super) rediscover: Notify,
    pub(super) lists: Semaphore,
}

impl Shared {
    pub(super) fn new(cluster: Arc<dyn Applier>, options: Options) -> Self {
        let lists = options.concurrent_lists.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            cluster,
            options,
            store: RwLock::default(),
            kinds: watch::Sender::new(Kinds::default()),
            changes: broadcast::Sender::new(CHANGES),
            rediscover: Notify::new(),
            lists: Semaphore::new(lists),
        }
    }

    pub(super) fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn store_mut(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of an application's objects, and the targets to ask for.
    pub(super) fn recall<'a>(
        &self,
        instance: &str,
        targets: &'a [ObjectRef],
    ) -> (Vec<Arc<Entry>>, Vec<&'a ObjectRef>) {
        let store = self.store();
        let kinds = self.kinds.borrow();
        let mut known: BTreeMap<Id, Arc<Entry>> = store
            .of_instance(instance)
            .map(|entry| (entry.id.clone(), Arc::clone(entry)))
            .collect();
        let mut unknown = Vec::new();
        for target in targets {
            let id = Id::of(&target.key());
            match store.get(&id) {
                Some(entry)
                    if entry.content.is_some() && *entry.version == *target.kind.version =>
                {
                    known.insert(id, Arc::clone(entry));
                }
                None if kinds.covers(&target.kind.group_kind(), target.namespace.as_deref()) => {}
                _ => {
                    known.remove(&id);
                    unknown.push(target);
                }
            }
        }
        (known.into_values().collect(), unknown)
    }

    /// Takes note of an object's state.
    pub(super) fn put(&self, object: &Object) {
        let traits = self.options.traits(object);
        let mut store = self.store_mut();
        let replaced = store.put(object, traits);
        self.tell(&store, replaced);
    }

    /// Takes note of an object's end; where its UID is known, of no other's of that name.
    pub(super) fn remove(&self, key: &ObjectKey, uid: Option<&str>) {
        let mut store = self.store_mut();
        let replaced = store.delete(key, uid);
        self.tell(&store, replaced);
    }

    /// Tells listeners what is news to an application.
    pub(super) fn tell(&self, store: &Store, replaced: impl IntoIterator<Item = Replaced>) {
        for replaced in replaced {
            if let Some(change) = Change::new(store, &replaced) {
                // Nobody has to listen.
                _ = self.changes.send(change);
            }
        }
    }

    /// Takes note of what an own change made of an object, if its kind is watched:
    /// nobody would correct the note otherwise.
    pub(super) fn note(&self, object: &Object) {
        let kind = object.group_version_kind();
        let watched = self.kinds.borrow().watches(&kind, object.namespace());
        if watched {
            self.put(object);
        }
    }

    /// Takes note of whether an object that was just deleted is gone. The watch
    /// tells it too, only later.
    pub(super) async fn note_deletion(&self, object: &ObjectRef) {
        match self.cluster.get(object).await {
            Ok(Some(live)) => self.note(&live),
            Ok(None) => {
                let mut store = self.store_mut();
                let replaced = store.bury(&object.key());
                self.tell(&store, replaced);
            }
            Err(error) => tracing::debug!(%object, %error, "not looked at after its deletion"),
        }
    }
}
