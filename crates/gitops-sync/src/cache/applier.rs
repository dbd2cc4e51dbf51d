//! A cache stands where the cluster it remembers would.

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions,
    WatchStream,
};
use gitops_core::schema::Types;
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectRef};

use super::Cache;

#[async_trait]
impl Applier for Cache {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        self.0.cluster.discover().await
    }

    async fn types(&self, kinds: &[GroupVersionKind]) -> Result<Arc<Types>, Error> {
        self.0.cluster.types(kinds).await
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
