//! A real cluster that counts what is written to it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions,
    WatchStream,
};
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef};
use gitops_sync::kube::Cluster;

/// A real cluster that counts what is written to it.
pub(super) struct Counting {
    cluster: Cluster,
    writes: Mutex<Vec<String>>,
}

impl Counting {
    pub(super) fn new(cluster: Cluster) -> Self {
        Self {
            cluster,
            writes: Mutex::default(),
        }
    }

    fn count(&self, what: &str, name: &str) {
        self.writes.lock().unwrap().push(format!("{what} {name}"));
    }

    /// What was written since the last time, as `call name`.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.writes.lock().unwrap())
    }
}

#[async_trait]
impl Applier for Counting {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        self.cluster.discover().await
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        self.cluster.get(object).await
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        self.cluster.list(kind, namespace).await
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        self.cluster.watch(kind, namespace, since).await
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        self.count(
            if options.dry_run { "check" } else { "apply" },
            object.name(),
        );
        self.cluster.apply(object, options).await
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        self.count("patch", &object.name);
        self.cluster.patch(object, patch, options).await
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        let propagation = options.propagation;
        self.count(&format!("delete {propagation:?}"), &object.name);
        self.cluster.delete(object, options).await
    }
}
