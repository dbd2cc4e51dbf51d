//! What changes in a cluster, told to whoever listens.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use gitops_core::ObjectKey;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::store::{Replaced, Store};
use super::tree;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It came into being.
    Added,
    /// It was changed.
    Modified,
    /// It is gone.
    Deleted,
    /// The listener was too slow: unknown objects changed in unknown ways.
    Missed,
}

/// A change of one object. Changes of status and bookkeeping that leave the
/// health as it was are none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The object.
    pub object: ObjectKey,
    /// The applications it belongs to, or belonged to, by its own mark or by that
    /// of what it belongs to.
    pub instances: Vec<Arc<str>>,
    /// Whether the object carries the mark itself.
    pub is_managed: bool,
}

impl Change {
    /// The change, if it is one.
    pub(super) fn new(store: &Store, replaced: &Replaced) -> Option<Self> {
        let kind = match (&replaced.old, &replaced.new) {
            (Some(old), Some(new)) if new.says_the_same(old) => return None,
            (Some(_), Some(_)) => ChangeKind::Modified,
            (Some(_), None) => ChangeKind::Deleted,
            (None, _) => ChangeKind::Added,
        };
        let states = [&replaced.old, &replaced.new].map(Option::as_ref);
        let instances: BTreeSet<_> = states
            .into_iter()
            .flatten()
            .flat_map(|state| tree::instances(store, state))
            .collect();
        let state = states.into_iter().flatten().next_back()?;
        Some(Self {
            kind,
            object: state.key(),
            instances: instances.into_iter().collect(),
            is_managed: state.instance.is_some(),
        })
    }
}

/// A stream of changes; ends with the cache.
pub struct Changes(BoxStream<'static, Change>);

impl Changes {
    pub(super) fn new(receiver: Receiver<Change>) -> Self {
        let changes = stream::unfold(receiver, async |mut receiver| {
            let change = match receiver.recv().await {
                Ok(change) => change,
                Err(RecvError::Lagged(_)) => missed(),
                Err(RecvError::Closed) => return None,
            };
            Some((change, receiver))
        });
        Self(changes.boxed())
    }
}

impl Stream for Changes {
    type Item = Change;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Change>> {
        self.0.poll_next_unpin(context)
    }
}

fn missed() -> Change {
    Change {
        kind: ChangeKind::Missed,
        object: ObjectKey::default(),
        instances: Vec::new(),
        is_managed: false,
    }
}
