//! A cluster that fails as a test wants it to.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions, Reason,
    WatchStream,
};
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef};
use tokio::sync::watch;

use crate::memory::Cluster;

pub(super) struct Faulty {
    cluster: Arc<Cluster>,
    lists: Mutex<Option<(&'static str, Reason)>>,
    watches: watch::Sender<bool>,
    gets: Mutex<Vec<String>>,
    listed: Mutex<Vec<String>>,
}

impl Faulty {
    pub(super) fn new(cluster: Arc<Cluster>) -> Self {
        Self {
            cluster,
            lists: Mutex::default(),
            watches: watch::Sender::new(false),
            gets: Mutex::default(),
            listed: Mutex::default(),
        }
    }

    pub(super) fn break_lists(&self, fault: Option<(&'static str, Reason)>) {
        *self.lists.lock().unwrap() = fault;
    }

    /// Breaks open watches and lets none be opened.
    pub(super) fn break_watches(&self, broken: bool) {
        self.watches.send_replace(broken);
    }

    /// The names of the objects that were asked for.
    pub(super) fn gets(&self) -> Vec<String> {
        self.gets.lock().unwrap().clone()
    }
}

impl Faulty {
    /// How often a kind was listed.
    pub(super) fn lists_of(&self, kind: &str) -> usize {
        let listed = self.listed.lock().unwrap();
        listed.iter().filter(|listed| *listed == kind).count()
    }
}

fn broken() -> Error {
    Error::new(Reason::Unavailable, "the watch is broken")
}

#[async_trait]
impl Applier for Faulty {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        self.cluster.discover().await
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        self.gets.lock().unwrap().push(object.name.clone());
        self.cluster.get(object).await
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        self.listed.lock().unwrap().push(kind.kind.clone());
        let fault = *self.lists.lock().unwrap();
        match fault {
            Some((broken, reason)) if broken == kind.kind => Err(Error::new(reason, "no list")),
            _ => self.cluster.list(kind, namespace).await,
        }
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        if *self.watches.borrow() {
            return Err(broken());
        }
        let events = self.cluster.watch(kind, namespace, since).await?;
        let mut watches = self.watches.subscribe();
        let end = async move { drop(watches.wait_for(|broken| *broken).await) };
        let last = stream::once(async { Err(broken()) });
        Ok(events.take_until(end).chain(last).boxed())
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        self.cluster.apply(object, options).await
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        self.cluster.patch(object, patch, options).await
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        self.cluster.delete(object, options).await
    }
}
