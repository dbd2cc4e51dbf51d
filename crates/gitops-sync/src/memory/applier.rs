//! The cluster as an [`Applier`].

use std::sync::Arc;

use async_trait::async_trait;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, DeleteOptions, Error, ObjectList, Patch, PatchOptions, Reason,
    WatchStream,
};
use gitops_core::schema::Types;
use gitops_core::{Discovery, GroupKind, GroupVersionKind, Object, ObjectKey, ObjectRef};

use super::cluster::Cluster;
use super::registry::{Kind, defined_kind};
use super::view::shown;
use super::write::{self, Writer};
use super::{apply, delete, errors, patch, watch};

#[async_trait]
impl Applier for Cluster {
    async fn discover(&self) -> Result<Arc<Discovery>, Error> {
        Ok(self.with(|state| state.registry.discovery()))
    }

    async fn types(&self, kinds: &[GroupVersionKind]) -> Result<Arc<Types>, Error> {
        let definition = GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition");
        let definitions: Vec<Arc<Object>> =
            self.with(|state| state.list(&definition, None).cloned().collect());
        let mut types = Types::default();
        for definition in definitions {
            let defined = defined_kind(definition.value());
            if !kinds
                .iter()
                .any(|kind| defined.as_ref() == Some(&kind.group_kind()))
            {
                continue;
            }
            types.add_definition(&definition).map_err(|error| {
                let message = format!("the schemas of {definition} cannot be used");
                Error::new(Reason::Invalid, message).caused_by(error)
            })?;
        }
        Ok(types.into())
    }

    async fn get(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        self.with(|state| {
            let kind = state.registry.get(&object.kind)?;
            let live = state.get(&key(&kind, object));
            Ok(live.map(|live| shown(live, &kind)))
        })
    }

    async fn list(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
    ) -> Result<ObjectList, Error> {
        let namespace = namespace.filter(|it| !it.is_empty());
        // Copied outside the lock, so that a long list stops nobody.
        let (kind, live, revision) = self.with(|state| {
            let kind = state.registry.get(kind)?;
            let group_kind = kind.group_kind();
            let live = state.list(&group_kind, namespace);
            let live: Vec<Arc<Object>> = live.cloned().collect();
            Ok::<_, Error>((kind, live, state.revision()))
        })?;
        Ok(ObjectList {
            objects: live.iter().map(|live| shown(live, &kind)).collect(),
            resource_version: revision.to_string(),
        })
    }

    async fn watch(
        &self,
        kind: &GroupVersionKind,
        namespace: Option<&str>,
        since: &str,
    ) -> Result<WatchStream, Error> {
        watch::watch(self, self.kind(kind)?, namespace, since)
    }

    async fn apply(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        apply::apply(self, object, options).await
    }

    async fn patch(
        &self,
        object: &ObjectRef,
        change: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        self.with(|state| {
            let kind = state.registry.get(&object.kind)?;
            let writer = Writer {
                manager: &options.manager,
                subresource: options.subresource.as_deref(),
                dry_run: options.dry_run,
                ..Writer::controller(None)
            };
            let served = |name: &str| name == "status" && kind.status;
            if writer.subresource.is_some_and(|it| !served(it)) {
                return Err(errors::no_subresource());
            }
            let live = state.get(&key(&kind, object)).cloned();
            let live = live.ok_or_else(|| errors::not_found(&kind, &object.name))?;
            let changed = patch::patched(&shown(&live, &kind), change)?;
            let main = state.registry.stored(&kind);
            let changed = shown(&changed, &main).into_value();
            let written = write::update(state, &main, &live, changed, &writer)?;
            Ok(shown(&written.object, &kind))
        })
    }

    async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<(), Error> {
        self.with(|state| {
            let kind = state.registry.get(&object.kind)?;
            let live = state.get(&key(&kind, object)).cloned();
            let live = live.ok_or_else(|| errors::not_found(&kind, &object.name))?;
            delete::delete(state, &kind, &live, options)
        })
    }
}

fn key(kind: &Kind, object: &ObjectRef) -> ObjectKey {
    let namespace = object.namespace.as_deref().filter(|_| kind.is_namespaced());
    let id = &object.kind;
    ObjectKey::new(
        &id.group,
        &id.kind,
        namespace.unwrap_or_default(),
        &object.name,
    )
}
