//! Which kinds are watched, and the watching of all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use gitops_core::apply::{Error, Reason};
use gitops_core::{Discovery, GroupKind, GroupVersionKind, Scope};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::follow::follow;
use super::shared::Shared;
use crate::definition;

/// The pause before asking for kinds again that a definition promised.
const PROMISED: Duration = Duration::from_secs(2);

/// The pause after a definition changed: it often changes again.
const SETTLING: Duration = Duration::from_millis(500);

/// How often to ask for them: some are never served, because their names are taken.
/// Long enough for a cluster that remembers its kinds for half a minute.
const PROMISES: u32 = 20;

/// A kind, in all namespaces or in one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) kind: GroupKind,
    pub(super) namespace: Option<String>,
}

/// How far the watching of a part has come.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// It was not listed yet.
    Awaited,
    /// It is watched.
    Watched,
    /// It was listed, and its watch is broken.
    Behind(String),
    /// It could not be listed.
    Failed(Reason, String),
    /// It may not be listed and is left out.
    Forbidden,
}

/// Which kinds are watched, in which version, and how far that has come.
#[derive(Default)]
pub(super) struct Kinds {
    discovered: Option<Result<(), (Reason, String)>>,
    parts: BTreeMap<Part, (GroupVersionKind, State)>,
}

impl Kinds {
    /// Whether everything was listed; `None` while that is not known.
    pub(super) fn outcome(&self) -> Option<Result<(), Error>> {
        match &self.discovered {
            None => return None,
            Some(Err((reason, message))) => return Some(Err(Error::new(*reason, message))),
            Some(Ok(())) => {}
        }
        let mut awaited = false;
        for (part, (_, state)) in &self.parts {
            match state {
                State::Failed(reason, message) => {
                    let message = format!("{} cannot be listed: {message}", part.kind);
                    return Some(Err(Error::new(*reason, message)));
                }
                State::Awaited => awaited = true,
                State::Watched | State::Behind(_) | State::Forbidden => {}
            }
        }
        (!awaited).then_some(Ok(()))
    }

    pub(super) fn behind(&self) -> BTreeMap<GroupKind, String> {
        let behind = self
            .parts
            .iter()
            .filter_map(|(part, (_, state))| match state {
                State::Behind(why) => Some((part.kind.clone(), why.clone())),
                _ => None,
            });
        behind.collect()
    }

    /// Whether an object of the kind would be known if there were one.
    pub(super) fn covers(&self, kind: &GroupKind, namespace: Option<&str>) -> bool {
        self.part(kind, namespace)
            .is_some_and(|(_, state)| matches!(state, State::Watched | State::Behind(_)))
    }

    /// Whether objects come in exactly this version.
    pub(super) fn watches(&self, kind: &GroupVersionKind, namespace: Option<&str>) -> bool {
        self.part(&kind.group_kind(), namespace)
            .is_some_and(|(watched, _)| watched == kind)
    }

    fn part(
        &self,
        kind: &GroupKind,
        namespace: Option<&str>,
    ) -> Option<&(GroupVersionKind, State)> {
        let part = |namespace: Option<&str>| Part {
            kind: kind.clone(),
            namespace: namespace.map(str::to_owned),
        };
        let everywhere = self.parts.get(&part(None));
        everywhere.or_else(|| self.parts.get(&part(Some(namespace?))))
    }
}

impl Shared {
    /// Takes note of how far a part has come.
    pub(super) fn reached(&self, part: &Part, reached: State) {
        self.kinds
            .send_if_modified(|kinds| match kinds.parts.get_mut(part) {
                Some((_, state)) => {
                    *state = reached;
                    true
                }
                None => false,
            });
    }

    /// Whether a part was listed before.
    pub(super) fn was_listed(&self, part: &Part) -> bool {
        self.kinds
            .borrow()
            .covers(&part.kind, part.namespace.as_deref())
    }

    fn is_forbidden(&self, part: &Part) -> bool {
        let kinds = self.kinds.borrow();
        matches!(kinds.parts.get(part), Some((_, State::Forbidden)))
    }

    /// The parts to watch, each in the version the cluster prefers.
    fn parts(&self, discovery: &Discovery) -> Vec<(Part, GroupVersionKind)> {
        let options = &self.options;
        let mut parts = Vec::new();
        for resource in discovery.kinds() {
            let kind = resource.kind.group_kind();
            let watchable = resource.supports("list") && resource.supports("watch");
            if !watchable || (options.excluded)(&kind) {
                continue;
            }
            let namespaces: Vec<Option<String>> = match resource.scope {
                _ if options.namespaces.is_empty() => vec![None],
                Scope::Namespaced => options.namespaces.iter().cloned().map(Some).collect(),
                Scope::Cluster if options.cluster_scoped => vec![None],
                Scope::Cluster => Vec::new(),
            };
            parts.extend(namespaces.into_iter().map(|namespace| {
                let kind = kind.clone();
                (Part { kind, namespace }, resource.kind.clone())
            }));
        }
        parts
    }

    /// Whether a definition that is in force promises kinds that are not served yet.
    fn is_promised(&self, discovery: &Discovery) -> bool {
        let definitions = GroupKind::new("apiextensions.k8s.io", "CustomResourceDefinition");
        let store = self.store();
        store.of_kind(&definitions).any(|entry| {
            entry
                .object()
                .filter(definition::is_established)
                .is_some_and(|definition| {
                    let mut served = definition::served(&definition).into_iter();
                    served.any(|kind| discovery.get(&kind).is_none())
                })
        })
    }
}

/// Watches everything, as long as it is polled.
pub(super) async fn run(shared: &Arc<Shared>) {
    let mut followers = JoinSet::new();
    let mut followed = BTreeSet::new();
    let mut promises = PROMISES;
    loop {
        let pause = match discover(shared, &mut followers, &mut followed).await {
            Ok(true) if promises > 0 => PROMISED,
            Ok(_) => shared.options.rediscover,
            Err(_) => shared.options.retry,
        };
        let alarm = sleep(pause);
        tokio::pin!(alarm);
        let rung = loop {
            tokio::select! {
                () = shared.rediscover.notified() => break true,
                () = &mut alarm => break false,
                Some(ended) = followers.join_next() => match ended {
                    Ok(part) => forget(shared, &mut followed, &part),
                    Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                    Err(_cancelled) => {}
                },
            }
        };
        if rung {
            promises = PROMISES;
            sleep(SETTLING).await;
        } else {
            promises = promises.saturating_sub(1);
            followed.retain(|part| !shared.is_forbidden(part));
        }
    }
}

/// Starts to follow what is served and not followed. Tells whether more is promised.
async fn discover(
    shared: &Arc<Shared>,
    followers: &mut JoinSet<Part>,
    followed: &mut BTreeSet<Part>,
) -> Result<bool, Error> {
    let discovery = match shared.cluster.discover().await {
        Ok(discovery) => discovery,
        Err(error) => {
            let why = (error.reason, error.to_string());
            shared.kinds.send_modify(|kinds| {
                // What was discovered before still holds, as far as anybody knows.
                if !matches!(kinds.discovered, Some(Ok(()))) {
                    kinds.discovered = Some(Err(why));
                }
            });
            return Err(error);
        }
    };
    let mut fresh = shared.parts(&discovery);
    fresh.retain(|(part, _)| followed.insert(part.clone()));
    shared.kinds.send_modify(|kinds| {
        kinds.discovered = Some(Ok(()));
        for (part, version) in &fresh {
            // What was forbidden stays left out while it is tried again.
            let known = kinds.parts.entry(part.clone());
            known.or_insert_with(|| (version.clone(), State::Awaited));
        }
    });
    for (part, version) in fresh {
        followers.spawn(follow(Arc::clone(shared), part, version));
    }
    Ok(shared.is_promised(&discovery))
}

/// A part that is no longer followed, with all its objects. What is forbidden is
/// tried again when the alarm rings, not at once.
fn forget(shared: &Shared, followed: &mut BTreeSet<Part>, part: &Part) {
    if !shared.is_forbidden(part) {
        followed.remove(part);
        shared.kinds.send_modify(|kinds| {
            kinds.parts.remove(part);
        });
    }
    let mut store = shared.store_mut();
    let gone = store.drop_kind(&part.kind, part.namespace.as_deref());
    shared.tell(&store, gone);
}
