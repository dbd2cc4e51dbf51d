//! How live state differs from what is wanted, and why.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How one object differs from what is wanted.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Diff {
    /// What would change, ordered by path; empty when nothing does.
    pub changes: Vec<Change>,
    /// The live object without what does not count; `None` when there is none.
    pub live: Option<Value>,
    /// What a sync would make of it; `None` when nothing is wanted.
    pub predicted: Option<Value>,
}

impl Diff {
    /// Whether a sync would change the object.
    pub fn is_modified(&self) -> bool {
        !self.changes.is_empty()
    }
}

/// One changed field.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// Where, such as `.spec.template.spec.containers[name="web"].image`.
    pub path: String,
    /// The live value; `None` where there is none.
    pub old: Option<Value>,
    /// The value after a sync; `None` where it would be removed.
    pub new: Option<Value>,
}
