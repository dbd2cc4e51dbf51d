//! The cluster and its clock.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gitops_core::{Object, ObjectKey};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::controllers;
use super::options::Options;
use super::registry::Kind;
use super::state::State;
use super::write::{self, Writer};

/// How many times [`Cluster::settle`] moves the clock before it gives up.
const MOMENTS: usize = 100_000;

/// A Kubernetes cluster in memory; see the [module](super) for what it can do.
///
/// A clone is a second handle on the same cluster.
#[derive(Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// The last revision, for who waits for a change.
    revision: watch::Sender<u64>,
}

impl Cluster {
    /// A cluster with the namespaces `default`, `kube-system`, `kube-public` and
    /// `kube-node-lease`.
    pub fn new() -> Self {
        Self::with_options(Options::default())
    }

    /// A cluster of the user's own making.
    pub fn with_options(options: Options) -> Self {
        let shared = Shared {
            state: Mutex::new(State::new(options)),
            revision: watch::Sender::new(0),
        };
        let cluster = Self {
            shared: Arc::new(shared),
        };
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            cluster.create_namespace(name);
        }
        cluster
    }

    /// Makes sure that a namespace exists.
    pub fn create_namespace(&self, name: &str) {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        if let Ok(object) = Object::new(object) {
            self.with(|state| {
                if let Some(kind) = state.registry.preferred(&object.group_kind()) {
                    // It is there afterwards, unless the name can be none.
                    let _ = write::create(state, &kind, &object, &Writer::controller(None));
                }
            });
        }
    }

    /// The cluster's time.
    pub fn now(&self) -> Timestamp {
        self.with(|state| state.now)
    }

    /// Lets `time` go by: controllers do what comes due in it, in order.
    pub fn advance(&self, time: Duration) {
        self.with(|state| {
            let end = state.now.saturating_add(time).unwrap_or(Timestamp::MAX);
            controllers::work(state);
            while let Some(at) = state.next_timer().filter(|at| *at <= end) {
                state.move_to(at);
                controllers::work(state);
            }
            state.now = end;
        });
    }

    /// Lets time go by until no controller has anything left to do, and says how
    /// long that was on the cluster's clock; it takes none on the user's.
    ///
    /// What fails by a deadline has then failed, and what can never become
    /// ready has not.
    pub fn settle(&self) -> Duration {
        self.with(|state| {
            let start = state.now;
            controllers::work(state);
            for _ in 0..MOMENTS {
                let Some(at) = state.next_timer() else {
                    break;
                };
                state.move_to(at);
                controllers::work(state);
            }
            state.now.duration_since(start).unsigned_abs()
        })
    }

    /// Lets the cluster's time go by with tokio's, until the future is dropped.
    ///
    /// To run beside whatever uses the cluster:
    ///
    /// ```
    /// # use gitops_core::apply::Applier;
    /// # use gitops_sync::memory::Cluster;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let cluster = Cluster::new();
    /// let served = tokio::select! {
    ///     never = cluster.run() => match never {},
    ///     discovery = cluster.discover() => discovery.is_ok(),
    /// };
    /// assert!(served);
    /// # }
    /// ```
    pub async fn run(&self) -> Infallible {
        let mut revision = self.subscribe();
        let mut then = Instant::now();
        loop {
            let now = Instant::now();
            self.advance(now - then);
            then = now;
            revision.borrow_and_update();
            let next = self.with(|state| state.next_timer().map(|at| at.duration_since(state.now)));
            let Some(wait) = next else {
                // The sender lives as long as this handle.
                let _ = revision.changed().await;
                continue;
            };
            tokio::select! {
                () = sleep(wait.unsigned_abs()) => {}
                _ = revision.changed() => {}
            }
        }
    }

    /// Forgets the changes so far, as a real cluster does after some minutes:
    /// watches from before are [expired](gitops_core::apply::Reason::Expired).
    pub fn compact(&self) {
        self.with(State::compact);
    }

    /// Has the answers from `visit` under the cluster's lock, and wakes who
    /// waits for what it changed.
    pub(super) fn with<T>(&self, visit: impl FnOnce(&mut State) -> T) -> T {
        // A panic of another user of the lock leaves whole objects behind.
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let answer = visit(&mut state);
        let revision = state.revision();
        drop(state);
        self.shared.revision.send_if_modified(|known| {
            let modified = *known != revision;
            *known = revision;
            modified
        });
        answer
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.shared.revision.subscribe()
    }

    /// Waits until the object is gone or is another one; controllers must be running.
    pub(super) async fn gone(&self, key: &ObjectKey, uid: Option<&str>) {
        let mut revision = self.subscribe();
        loop {
            revision.borrow_and_update();
            let there = self.with(|state| state.get(key).is_some_and(|it| it.uid() == uid));
            if !there || revision.changed().await.is_err() {
                return;
            }
        }
    }

    /// What the kind is served as.
    pub(super) fn kind(
        &self,
        kind: &gitops_core::GroupVersionKind,
    ) -> Result<Arc<Kind>, gitops_core::apply::Error> {
        self.with(|state| state.registry.get(kind))
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Self::new()
    }
}

/// Prints how far the cluster is and nothing it holds.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (now, revision) = self.with(|state| (state.now, state.revision()));
        f.debug_struct("Cluster")
            .field("now", &now)
            .field("revision", &revision)
            .finish_non_exhaustive()
    }
}
