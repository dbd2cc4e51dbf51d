//! Targets beside live objects: what belongs together, what differs, what is extra.
//!
//! [`compare`] takes the rendered objects of one application and the live objects
//! that carry its mark or one of its keys.
//!
//! ```
//! use gitops_core::compare::{self, Settings, SyncStatus};
//! use gitops_core::Object;
//! use serde_json::json;
//!
//! let config = |value| Object::new(json!({
//!     "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}, "data": {"a": value},
//! }));
//! let settings = Settings::new("shop", "prod");
//! let wanted = compare::compare(vec![config("1")?], [] as [Object; 0], &settings);
//! assert_eq!(wanted.status, SyncStatus::OutOfSync);
//!
//! // What a sync applies is the target as the comparison made it.
//! let applied = wanted.resources[0].target.clone();
//! let after = compare::compare(vec![config("1")?], applied, &settings);
//! assert_eq!(after.status, SyncStatus::Synced);
//! # Ok::<(), gitops_core::object::Error>(())
//! ```

mod answer;
mod live;
mod pair;
mod settings;
mod status;
mod target;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::diff::Diff;
use crate::{Object, ObjectKey};

pub use answer::{Answers, DryRun};
pub use pair::{Pairs, pair};
pub use settings::Settings;
pub use target::deletion_hooks;

/// Whether live state is what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SyncStatus {
    /// It is.
    Synced,
    /// It is not.
    OutOfSync,
    /// It cannot be told.
    Unknown,
}

impl fmt::Display for SyncStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Synced => "Synced",
            Self::OutOfSync => "OutOfSync",
            Self::Unknown => "Unknown",
        })
    }
}

/// An application's objects beside what is live, with the verdict on each.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// One entry an object, hooks left out, ordered by key.
    pub resources: Vec<Compared>,
    /// The hooks of the desired state that take part in a sync, in source order,
    /// with namespaces and tracking marks set.
    pub hooks: Vec<Arc<Object>>,
    /// The worst of the entries' statuses, those left out that an annotation
    /// calls extraneous.
    pub status: SyncStatus,
    /// What a person should know: repeated, excluded, shared resources.
    pub conditions: Vec<crate::api::Condition>,
}

impl Comparison {
    /// A comparison of these entries; its status is the worst of theirs.
    pub fn new(mut resources: Vec<Compared>) -> Self {
        resources.sort_by(|left, right| left.key.cmp(&right.key));
        let status = resources
            .iter()
            .filter(|resource| !status::is_extraneous(resource))
            .filter_map(|resource| resource.status)
            .max();
        Self {
            resources,
            hooks: Vec::new(),
            status: status.unwrap_or(SyncStatus::Synced),
            conditions: Vec::new(),
        }
    }
}

/// One object of an application, with what is wanted, what is live and the verdict.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Compared {
    /// What identifies it.
    pub key: ObjectKey,
    /// What is wanted; `None` when it is no longer in the sources.
    pub target: Option<Arc<Object>>,
    /// What is live; `None` when it does not exist.
    pub live: Option<Arc<Object>>,
    /// The verdict; `None` when the object takes no part, such as a leftover hook
    /// or a copy that carries somebody else's tracking mark.
    pub status: Option<SyncStatus>,
    /// How they differ.
    pub diff: Diff,
    /// Whether a sync with pruning would delete it.
    pub requires_pruning: bool,
    /// Whether the tracking mark on the live object speaks of the object itself.
    /// One that does not was copied by somebody and is neither changed nor pruned.
    pub self_referenced: bool,
}

impl Compared {
    /// An object with the verdict that follows from its two sides and `diff`: in
    /// sync when both are there and nothing would change.
    pub fn new(target: Option<Arc<Object>>, live: Option<Arc<Object>>, diff: Diff) -> Self {
        let key = target
            .as_ref()
            .or(live.as_ref())
            .map_or_else(ObjectKey::default, |object| object.key());
        let synced = target.is_some() && live.is_some() && !diff.is_modified();
        Self {
            key,
            requires_pruning: target.is_none() && live.is_some(),
            target,
            live,
            status: Some(if synced {
                SyncStatus::Synced
            } else {
                SyncStatus::OutOfSync
            }),
            diff,
            self_referenced: true,
        }
    }
}

/// Compares an application's targets with what is live.
///
/// `targets` come as rendered: namespaces and tracking marks are set here. `live`
/// holds every object that carries the application's mark and every object a
/// target names, in any order. One object that cannot be compared does not keep the
/// others from being compared.
///
/// Nobody is asked, so an object that is to be compared by the server's dry run is
/// compared with what was applied last; [`pair`] and [`Pairs::compare`] take answers.
pub fn compare<L: Into<Arc<Object>>>(
    targets: Vec<Object>,
    live: impl IntoIterator<Item = L>,
    settings: &Settings,
) -> Comparison {
    pair(targets, live, settings).compare(&Answers::new(), settings)
}

#[cfg(test)]
mod tests;
