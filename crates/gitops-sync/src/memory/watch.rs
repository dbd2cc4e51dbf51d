//! Changes as they happen.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::{StreamExt, stream};
use gitops_core::apply::{Error, Reason, WatchEvent, WatchStream};
use tokio::sync::watch;

use super::cluster::Cluster;
use super::errors;
use super::registry::Kind;
use super::state::{Change, Logged, State};
use super::view::shown;

/// After how many changes of other objects a watch says where it is.
const BOOKMARK: u64 = 1_000;

/// One watch of one kind.
struct Watch {
    cluster: Cluster,
    kind: Arc<Kind>,
    namespace: Option<String>,
    /// Up to where everything is told.
    position: u64,
    /// Up to where the watcher knows that everything is told.
    told: u64,
    pending: VecDeque<WatchEvent>,
    changed: watch::Receiver<u64>,
    ended: bool,
}

/// What happens to a kind's objects after `since`; empty or `0` begins with all there are.
pub(super) fn watch(
    cluster: &Cluster,
    kind: Arc<Kind>,
    namespace: Option<&str>,
    since: &str,
) -> Result<WatchStream, Error> {
    let namespace = namespace.filter(|it| !it.is_empty()).map(str::to_owned);
    let changed = cluster.subscribe();
    let mut watch = Watch {
        cluster: cluster.clone(),
        kind,
        namespace,
        position: 0,
        told: 0,
        pending: VecDeque::new(),
        changed,
        ended: false,
    };
    let begun = cluster.with(|state| watch.begin(state, since));
    begun?;
    let stream = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((event, watch))
    });
    Ok(stream.fuse().boxed())
}

impl Watch {
    fn begin(&mut self, state: &State, since: &str) -> Result<(), Error> {
        if matches!(since, "" | "0") {
            let kind = self.kind.group_kind();
            let objects = state.list(&kind, self.namespace.as_deref());
            let events = objects.map(|it| WatchEvent::Added(shown(it, &self.kind)));
            self.pending = events.collect();
            self.position = state.revision();
            self.told = self.position;
            return Ok(());
        }
        let invalid = || errors::malformed(format!("invalid resource version {since:?}"));
        self.position = since.parse().map_err(|_| invalid())?;
        self.told = self.position;
        if self.position > state.revision() {
            let message = format!(
                "Too large resource version: {since}, current: {}",
                state.revision()
            );
            return Err(Error::new(Reason::Timeout, message));
        }
        let kind = self.kind.group_kind();
        let changes = state.changes(&kind, self.position);
        changes
            .map(|_| ())
            .map_err(|oldest| errors::expired(self.position, oldest))
    }

    async fn next(&mut self) -> Option<Result<WatchEvent, Error>> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(Ok(event));
            }
            if self.ended {
                return None;
            }
            // Seen before looking, so that a change in between wakes us again.
            self.changed.borrow_and_update();
            let cluster = self.cluster.clone();
            if let Err(error) = cluster.with(|state| self.catch_up(state)) {
                self.ended = true;
                return Some(Err(error));
            }
            if self.pending.is_empty() && self.changed.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Takes the next changes, a bounded number at a time.
    fn catch_up(&mut self, state: &State) -> Result<(), Error> {
        let kind = self.kind.group_kind();
        let changes = state.changes(&kind, self.position);
        let changes = changes.map_err(|oldest| errors::expired(self.position, oldest))?;
        let mut position = state.revision();
        for logged in changes {
            if self.pending.len() >= 1_000 {
                position = logged.revision - 1;
                break;
            }
            if self.namespace.is_none() || logged.object.namespace() == self.namespace.as_deref() {
                self.pending.push_back(event(logged, &self.kind));
            }
        }
        self.position = position;
        if !self.pending.is_empty() {
            self.told = position;
        } else if position - self.told >= BOOKMARK {
            self.told = position;
            self.pending
                .push_back(WatchEvent::Bookmark(position.to_string()));
        }
        Ok(())
    }
}

fn event(logged: &Logged, kind: &Kind) -> WatchEvent {
    let object = shown(&logged.object, kind);
    match logged.change {
        Change::Added => WatchEvent::Added(object),
        Change::Modified => WatchEvent::Modified(object),
        Change::Deleted => WatchEvent::Deleted(object),
    }
}
