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

mod applier;
mod change;
mod entry;
mod follow;
mod names;
mod options;
mod run;
mod shared;
mod store;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use gitops_core::apply::{Applier, Error, Reason};
use gitops_core::tracking::Tracking;
use gitops_core::{GroupKind, Object, ObjectKey, ObjectRef};

pub use self::change::{Change, ChangeKind, Changes};
pub use self::entry::{Entry, Owner};
pub use self::options::{Forbidden, Options, is_excluded_by_default};
pub use self::tree::Node;

use self::entry::Id;
use self::shared::Shared;

/// Single objects asked for at one time.
const CONCURRENT_GETS: usize = 16;

/// Live objects of a cluster, remembered.
///
/// A clone is the same cache. As an [`Applier`] it passes every call on and takes
/// note of what came of it, so that what was just applied is known at once.
#[derive(Clone)]
pub struct Cache(Arc<Shared>);

impl Cache {
    /// A cache of what `cluster` holds. It is empty until [`Cache::run`] runs.
    pub fn new(cluster: Arc<dyn Applier>, options: Options) -> Self {
        Self(Arc::new(Shared::new(cluster, options)))
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
