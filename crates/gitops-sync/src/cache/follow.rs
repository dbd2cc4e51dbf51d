//! One kind: listed, then watched.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gitops_core::apply::{Error, Reason, WatchEvent};
use gitops_core::{GroupVersionKind, Object};
use tokio::time::{Instant, sleep, timeout_at};

use super::Forbidden;
use super::run::{Part, State};
use super::shared::Shared;
use crate::definition;

/// The pause before a watch that ended is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a watch is over.
enum Ended {
    /// What happened since cannot be told: list again.
    Lost,
    /// The kind is no longer served.
    Gone,
}

/// Lists and watches a part until its kind is gone, or may not be listed.
pub(super) async fn follow(shared: Arc<Shared>, part: Part, kind: GroupVersionKind) -> Part {
    let follower = Follower {
        shared: &shared,
        part: &part,
        kind: &kind,
    };
    follower.follow().await;
    part
}

struct Follower<'a> {
    shared: &'a Shared,
    part: &'a Part,
    kind: &'a GroupVersionKind,
}

impl Follower<'_> {
    async fn follow(&self) {
        loop {
            let version = match self.list().await {
                Ok(version) => version,
                Err(error) if is_gone(&error) => return,
                Err(error) if self.is_left_out(&error) => {
                    self.shared.reached(self.part, State::Forbidden);
                    return;
                }
                Err(error) => {
                    self.failed(&error);
                    sleep(self.shared.options.retry).await;
                    continue;
                }
            };
            self.shared.reached(self.part, State::Watched);
            match self.watch(version).await {
                Ended::Lost => {}
                Ended::Gone => return,
            }
        }
    }

    fn is_left_out(&self, error: &Error) -> bool {
        self.shared.options.forbidden == Forbidden::Skip
            && matches!(error.reason, Reason::Forbidden | Reason::Unauthorized)
    }

    fn failed(&self, error: &Error) {
        tracing::warn!(kind = %self.kind, %error, "cannot be listed");
        let state = if self.shared.was_listed(self.part) {
            State::Behind(error.to_string())
        } else {
            State::Failed(error.reason, error.to_string())
        };
        self.shared.reached(self.part, state);
    }

    async fn list(&self) -> Result<String, Error> {
        let permit = self.shared.lists.acquire().await;
        let _permit = permit.expect("the semaphore is never closed");
        let namespace = self.part.namespace.as_deref();
        let list = self.shared.cluster.list(self.kind, namespace).await?;
        let objects: Vec<_> = list
            .objects
            .into_iter()
            .map(|object| {
                let traits = self.shared.options.traits(&object);
                (object, traits)
            })
            .collect();
        let is_first = !self.shared.was_listed(self.part);
        let mut store = self.shared.store_mut();
        let version = list.resource_version;
        let changes = store.replace(&self.part.kind, namespace, objects, &version);
        if !is_first {
            self.shared.tell(&store, changes);
        }
        drop(store);
        self.ring();
        Ok(version)
    }

    /// Watches from one version on, again where the server closes the watch.
    async fn watch(&self, mut version: String) -> Ended {
        let until = Instant::now() + self.shared.options.relist;
        while Instant::now() < until {
            if let Err(error) = self.watch_once(&mut version, until).await {
                if error.reason == Reason::Expired {
                    return Ended::Lost;
                }
                if is_gone(&error) {
                    return Ended::Gone;
                }
                tracing::debug!(kind = %self.kind, %error, "the watch broke");
                self.shared
                    .reached(self.part, State::Behind(error.to_string()));
            }
            sleep(PAUSE).await;
        }
        Ended::Lost
    }

    async fn watch_once(&self, version: &mut String, until: Instant) -> Result<(), Error> {
        let namespace = self.part.namespace.as_deref();
        let cluster = &self.shared.cluster;
        let mut events = cluster.watch(self.kind, namespace, version).await?;
        self.shared.reached(self.part, State::Watched);
        while let Ok(Some(event)) = timeout_at(until, events.next()).await {
            match event? {
                WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                    self.shared.put(&object);
                    self.saw(&object, version);
                }
                WatchEvent::Deleted(object) => {
                    self.shared.remove(&object.key(), object.uid());
                    self.saw(&object, version);
                }
                WatchEvent::Bookmark(reached) => *version = reached,
            }
        }
        Ok(())
    }

    fn saw(&self, object: &Object, version: &mut String) {
        if let Some(reached) = object.resource_version() {
            reached.clone_into(version);
        }
        self.ring();
    }

    /// Definitions, and the servers of API groups, change what kinds there are.
    fn ring(&self) {
        let kind = &self.part.kind;
        let is_service = kind.group == "apiregistration.k8s.io" && kind.kind == "APIService";
        if is_service || definition::is_definition(&kind.group, &kind.kind) {
            self.shared.rediscover.notify_one();
        }
    }
}

/// The kind is not served any more.
fn is_gone(error: &Error) -> bool {
    matches!(error.reason, Reason::UnknownKind | Reason::NotFound)
}
