//! The cluster as an [`Applier`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gitops_core::apply::{
    Applied, Applier, ApplyOptions, Conflicts, DeleteOptions, Error, ObjectList, Outcome, Patch,
    PatchOptions, Reason, Recreate, Strategy, WatchStream,
};
use gitops_core::{Discovery, GroupVersionKind, Object, ObjectKey, ObjectRef};

use super::cluster::Cluster;
use super::registry::Kind;
use super::state::State;
use super::view::{shown, stored};
use super::write::{self, Effect, Takeover, Writer, Written};
use super::{client, delete, errors, patch, validate, watch};

/// How long a recreation waits for the former object to go.
const GONE: Duration = Duration::from_secs(300);

#[async_trait]
impl Applier for Cluster {
    async fn discover(&self) -> Result<Discovery, Error> {
        Ok(self.with(|state| state.registry.discovery()))
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
            let live: Vec<Arc<Object>> =
                state.list(&kind.group_kind(), namespace).cloned().collect();
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
        validate::depth(object.value())?;
        let forced = options.recreate == Recreate::WhenRefused;
        if forced && options.strategy == Strategy::Replace && can_recreate(object) {
            let there = self.get(&object.reference()).await?.is_some();
            if there {
                return self.recreate(object, options).await;
            }
        }
        let result = self.with(|state| {
            let kind = state.registry.get(&object.group_version_kind())?;
            apply(state, &kind, object, options)
        });
        match result {
            Err(error) if forced && is_refusal(&error) && can_recreate(object) => {
                self.recreate(object, options).await
            }
            result => result,
        }
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
                subresource: options.subresource.as_deref(),
                ..writer(&options.manager, options.dry_run)
            };
            let name = &object.name;
            if writer
                .subresource
                .is_some_and(|it| it != "status" || !kind.status)
            {
                return Err(errors::not_found(&kind, name));
            }
            let live = state.get(&key(&kind, object)).cloned();
            let live = live.ok_or_else(|| errors::not_found(&kind, name))?;
            let changed = patch::patched(&shown(&live, &kind), change)?;
            validate::depth(&changed)?;
            let written = write::update(state, &kind, &live, changed, &writer)?;
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

impl Cluster {
    /// Deletes the live object, waits until it is gone and creates this one.
    async fn recreate(&self, object: &Object, options: &ApplyOptions) -> Result<Applied, Error> {
        if options.dry_run {
            return Ok(Applied::new(Outcome::Recreated, object.clone()));
        }
        let reference = object.reference();
        if let Some(live) = self.get(&reference).await? {
            let background = gitops_core::apply::Propagation::Background;
            let how = DeleteOptions::default().propagation(background);
            self.delete(&reference, &how).await?;
            let key = live.key();
            let gone = self.gone(&key, live.uid());
            tokio::time::timeout(GONE, gone).await.map_err(|_| {
                let message = format!("timed out waiting for {reference} to be deleted");
                Error::new(Reason::Timeout, message)
            })?;
        }
        let fresh = without_version(object);
        self.with(|state| {
            let kind = state.registry.get(&fresh.group_version_kind())?;
            let options = match options.strategy {
                Strategy::Replace => options.clone().strategy(Strategy::Create),
                _ => options.clone(),
            };
            let applied = apply(state, &kind, &fresh, &options)?;
            Ok(Applied::new(Outcome::Recreated, applied.object).warnings(applied.warnings))
        })
    }
}

fn apply(
    state: &mut State,
    kind: &Arc<Kind>,
    object: &Object,
    options: &ApplyOptions,
) -> Result<Applied, Error> {
    let main = state.registry.preferred(&kind.group_kind());
    let main = main.unwrap_or_else(|| Arc::clone(kind));
    let object = &placed(&stored(object, &main), &main);
    let writer = Writer {
        validation: options.validation,
        ..writer(&options.manager, options.dry_run)
    };
    let live = match object.name() {
        "" => None,
        _ => state.get(&object.key()).cloned(),
    };
    let mut replaced = Outcome::Configured;
    let written = match (options.strategy, live) {
        (Strategy::ServerSide, _) => {
            let takeover = Takeover {
                force: options.conflicts == Conflicts::Force,
                migrate_from: options.migrate_from.as_deref(),
            };
            write::apply(state, &main, object, &writer, takeover)
        }
        (Strategy::ClientSide, None) => {
            write::create(state, &main, &client::annotated(object), &writer)
        }
        (Strategy::ClientSide, Some(live)) => match client::patched(&main, &live, object)? {
            None => Ok(Written::unchanged(live)),
            Some(patched) => write::update(state, &main, &live, patched, &writer),
        },
        (Strategy::Create, _) | (Strategy::Replace, None) => {
            write::create(state, &main, &without_version(object), &writer)
        }
        (Strategy::Replace, Some(live)) => {
            replaced = Outcome::Replaced;
            write::update(state, &main, &live, object.value().clone(), &writer)
        }
    }?;
    let outcome = match written.effect {
        Effect::Created => Outcome::Created,
        Effect::Nothing => Outcome::Unchanged,
        Effect::Changed => replaced,
    };
    let object = shown(&written.object, kind);
    Ok(Applied::new(outcome, object).warnings(written.warnings))
}

fn writer(manager: &str, dry_run: bool) -> Writer<'_> {
    Writer {
        manager,
        dry_run,
        ..Writer::controller(None)
    }
}

/// Without the namespace that a kind of the whole cluster has no use for.
fn placed(object: &Object, kind: &Kind) -> Object {
    let mut placed = object.clone();
    if !kind.is_namespaced() {
        placed.set_namespace(None);
    }
    placed
}

fn without_version(object: &Object) -> Object {
    let mut fresh = object.clone();
    let result = fresh.update(|value| {
        if let Some(metadata) = value["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
            metadata.remove("uid");
        }
    });
    debug_assert!(
        result.is_ok(),
        "a version and UID do not identify an object"
    );
    fresh
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

/// Whether deleting and creating the object would get past the refusal.
fn is_refusal(error: &Error) -> bool {
    matches!(error.reason, Reason::Conflict | Reason::Invalid)
}

/// Deleting these would delete all that they hold.
fn can_recreate(object: &Object) -> bool {
    !matches!(object.kind(), "CustomResourceDefinition" | "Namespace")
}
