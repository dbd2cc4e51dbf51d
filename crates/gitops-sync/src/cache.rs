//! Live objects, remembered: listed once, then kept up to date by watches.
//!
//! A [`Cache`] stands before any [`Applier`] and is one itself. It knows every
//! object of the cluster by what places it, keeps the whole of those that belong
//! to applications, and tells who belongs to whom. A pass over an application
//! then costs no list.
//!
//! ```
//! use std::sync::Arc;
//!
//! use gitops_core::Applier;
//! use gitops_core::apply::ApplyOptions;
//! use gitops_core::Object;
//! use gitops_sync::cache::{Cache, Options};
//! use gitops_sync::memory::Cluster;
//! use serde_json::json;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let cache = Cache::new(Arc::new(Cluster::new()), Options::default());
//!     let settings = Object::new(json!({
//!         "apiVersion": "v1", "kind": "ConfigMap",
//!         "metadata": {"name": "settings", "namespace": "default", "annotations": {
//!             "argocd.argoproj.io/tracking-id": "shop:/ConfigMap:default/settings",
//!         }},
//!     }))?;
//!     tokio::select! {
//!         // Whoever has a cache keeps it running.
//!         () = cache.run() => unreachable!("runs until it is dropped"),
//!         outcome = async {
//!             cache.apply(&settings, &ApplyOptions::default()).await?;
//!             let live = cache.live("shop", &[]).await?;
//!             assert_eq!(live[0].name(), "settings");
//!             Ok(())
//!         } => outcome,
//!     }
//! }
//! ```

mod change;
mod entry;
mod follow;
mod names;
mod options;
mod run;
mod store;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions, Reason,
    WatchStream,
};
use gitops_core::tracking::Tracking;
use gitops_core::{Discovery, GroupKind, GroupVersionKind, Object, ObjectKey, ObjectRef};
use tokio::sync::{Notify, Semaphore, broadcast, watch};

pub use self::change::{Change, ChangeKind, Changes};
pub use self::entry::{Entry, Owner};
pub use self::options::{Forbidden, Options, is_excluded_by_default};
pub use self::tree::Node;

use self::entry::Id;
use self::run::Kinds;
use self::store::{Replaced, Store};

/// Single objects asked for at one time.
const CONCURRENT_GETS: usize = 16;

/// How many changes a listener may be behind.
const CHANGES: usize = 4096;

/// Live objects of a cluster, remembered.
///
/// A clone is the same cache. As an [`Applier`] it passes every call on and takes
/// note of what came of it, so that what was just applied is known at once.
#[derive(Clone)]
pub struct Cache(Arc<Shared>);

struct Shared {
    cluster: Arc<dyn Applier>,
    options: Options,
    store: RwLock<Store>,
    kinds: watch::Sender<Kinds>,
    changes: broadcast::Sender<Change>,
    /// Rung when the kinds served may have changed.
    rediscover: Notify,
    lists: Semaphore,
}

impl Cache {
    /// A cache of what `cluster` holds. It is empty until [`Cache::run`] runs.
    pub fn new(cluster: Arc<dyn Applier>, options: Options) -> Self {
        let lists = options.concurrent_lists.clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Shared {
            cluster,
            options,
            store: RwLock::default(),
            kinds: watch::Sender::new(Kinds::default()),
            changes: broadcast::Sender::new(CHANGES),
            rediscover: Notify::new(),
            lists: Semaphore::new(lists),
        }))
    }

    /// Lists and watches until it is dropped.
    pub async fn run(&self) {
        run::run(&self.0).await;
    }

    /// How objects carry their application's mark.
    pub fn tracking(&self) -> &Tracking {
        &self.0.options.tracking
    }

    /// Waits until everything was listed once.
    ///
    /// # Errors
    ///
    /// When the kinds served, or the objects of one of them, cannot be read.
    /// [`Cache::run`] goes on trying meanwhile.
    pub async fn ready(&self) -> Result<(), Error> {
        let mut kinds = self.0.kinds.subscribe();
        loop {
            if let Some(outcome) = kinds.borrow_and_update().outcome() {
                return outcome;
            }
            if kinds.changed().await.is_err() {
                return Err(Error::new(Reason::Unavailable, "the cache is gone"));
            }
        }
    }

    /// What is remembered of an object.
    pub fn entry(&self, key: &ObjectKey) -> Option<Arc<Entry>> {
        self.0.store().get(&Id::of(key)).map(Arc::clone)
    }

    /// How many objects are known.
    pub fn len(&self) -> usize {
        self.0.store().len()
    }

    /// Whether no object is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Kinds whose objects may have changed unseen since their watch broke, with why.
    pub fn behind(&self) -> BTreeMap<GroupKind, String> {
        self.0.kinds.borrow().behind()
    }

    /// The live objects that concern an application: those that carry its mark and
    /// belong to no other object, and whatever stands where its targets go, in the
    /// targets' versions.
    ///
    /// Asks the cluster only for single objects, of kinds that are not watched, in
    /// other versions than those remembered, or without anybody's mark.
    ///
    /// # Errors
    ///
    /// As [`Cache::ready`], or when one of the single objects cannot be read.
    pub async fn live(&self, instance: &str, targets: &[ObjectRef]) -> Result<Vec<Object>, Error> {
        self.ready().await?;
        let (known, unknown) = self.0.recall(instance, targets);
        let mut live: Vec<Object> = known.iter().filter_map(|entry| entry.object()).collect();
        let cluster = &*self.0.cluster;
        let requests: Vec<_> = unknown
            .into_iter()
            .map(|target| ask(cluster, target))
            .collect();
        let asked: Vec<Option<Object>> = stream::iter(requests)
            .buffered(CONCURRENT_GETS)
            .try_collect()
            .await?;
        live.extend(asked.into_iter().flatten());
        Ok(live)
    }

    /// The roots that exist and everything below them by owner references, stated
    /// or inferred: each object once, parents before children.
    pub fn tree(&self, roots: &[ObjectKey]) -> Vec<Node> {
        tree::below(&self.0.store(), roots)
    }

    /// The objects in a namespace that belong to no other and carry no
    /// application's mark.
    pub fn orphans(&self, namespace: &str) -> Vec<Arc<Entry>> {
        let store = self.0.store();
        let orphans = store
            .all()
            .filter(|entry| &*entry.id.namespace == namespace && entry.instance.is_none())
            .filter(|entry| tree::is_root(&store, entry));
        orphans.map(Arc::clone).collect()
    }

    /// The applications an object belongs to: the one whose mark it carries, or
    /// those of what it belongs to.
    pub fn instances(&self, key: &ObjectKey) -> Vec<Arc<str>> {
        let store = self.0.store();
        let entry = store.get(&Id::of(key));
        let instances = entry.map(|entry| tree::instances(&store, entry));
        instances.into_iter().flatten().collect()
    }

    /// What changes from now on. What the first listing finds is no change.
    pub fn changes(&self) -> Changes {
        Changes::new(self.0.changes.subscribe())
    }
}

/// A live object; none where the kind is not served.
async fn ask(cluster: &dyn Applier, target: &ObjectRef) -> Result<Option<Object>, Error> {
    match cluster.get(target).await {
        Err(error) if error.reason == Reason::UnknownKind => Ok(None),
        outcome => outcome,
    }
}

impl Shared {
    fn store(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn store_mut(&self) -> RwLockWriteGuard<'_, Store> {
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of an application's objects, and the targets to ask for.
    fn recall<'a>(
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
    fn put(&self, object: &Object) {
        let traits = self.options.traits(object);
        let mut store = self.store_mut();
        let replaced = store.put(object, traits);
        self.tell(&store, replaced);
    }

    /// Takes note of an object's end; where its UID is known, of no other's of that name.
    fn remove(&self, key: &ObjectKey, uid: Option<&str>) {
        let mut store = self.store_mut();
        let replaced = store.delete(key, uid);
        self.tell(&store, replaced);
    }

    /// Tells listeners what is news to an application.
    fn tell(&self, store: &Store, replaced: impl IntoIterator<Item = Replaced>) {
        for replaced in replaced {
            if let Some(change) = Change::new(store, &replaced) {
                // Nobody has to listen.
                _ = self.changes.send(change);
            }
        }
    }
}

#[async_trait]
impl Applier for Cache {
    async fn discover(&self) -> Result<Discovery, Error> {
        self.0.cluster.discover().await
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        self.0.cluster.get(object).await
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        self.0.cluster.list(kind, namespace).await
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        self.0.cluster.watch(kind, namespace, since).await
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        let applied = self.0.cluster.apply(object, options).await?;
        if !options.dry_run {
            self.0.note(&applied.object);
        }
        Ok(applied)
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        let patched = self.0.cluster.patch(object, patch, options).await?;
        if !options.dry_run {
            self.0.note(&patched);
        }
        Ok(patched)
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        self.0.cluster.delete(object, options).await?;
        if !options.dry_run {
            self.0.note_deletion(object).await;
        }
        Ok(())
    }
}

impl Shared {
    /// Takes note of what an own change made of an object, if its kind is watched:
    /// nobody would correct the note otherwise.
    fn note(&self, object: &Object) {
        let kind = object.group_version_kind();
        let watched = self.kinds.borrow().watches(&kind, object.namespace());
        if watched {
            self.put(object);
        }
    }

    /// Takes note of whether an object that was just deleted is gone. The watch
    /// tells it too, only later.
    async fn note_deletion(&self, object: &ObjectRef) {
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
