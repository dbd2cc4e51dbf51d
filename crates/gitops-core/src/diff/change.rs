//! One changed field.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One changed field.
///
/// `Debug` prints the path and the reason and no value, because the object may
/// be a Secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// Where, such as `.spec.template.spec.containers[name="web"].image`; `.`
    /// for the whole object.
    pub path: String,
    /// The live value; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// The value after a sync; `None` where it would be removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
    /// Why it differs.
    pub reason: Reason,
}

impl Change {
    /// A change of the field at `path`.
    pub fn new(
        path: impl Into<String>,
        old: Option<Value>,
        new: Option<Value>,
        reason: Reason,
    ) -> Self {
        Self {
            path: path.into(),
            old,
            new,
            reason,
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path, self.reason)
    }
}

/// Why a field of the live object differs from what a sync would leave there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Reason {
    /// Git said the same before, and the live value is another one.
    Drift,
    /// Git says something it did not say when the object was last applied.
    NewInGit,
    /// Git said it when the object was last applied and no longer does.
    RemovedFromGit,
    /// Nobody set it; the server fills in a default.
    Defaulted,
    /// Another field manager owns it.
    OtherManager,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Drift => "drift",
            Self::NewInGit => "new in Git",
            Self::RemovedFromGit => "removed from Git",
            Self::Defaulted => "defaulted by the server",
            Self::OtherManager => "owned by another manager",
        })
    }
}
