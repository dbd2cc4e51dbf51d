//! How live state differs from what is wanted, and why.

mod change;
mod document;
pub(crate) mod merge;
pub(crate) mod scalar;
pub(crate) mod skip;

pub use change::{Change, Reason};
pub use document::Document;

use std::fmt;

/// How one object differs from what is wanted.
///
/// `Debug` prints the changed paths and no value, because the object may be a
/// Secret.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Diff {
    /// What would change, ordered by path; empty when nothing does.
    pub changes: Vec<Change>,
    /// The live object without what does not count; `None` when there is none.
    pub live: Option<Document>,
    /// What a sync would make of it; `None` when nothing is wanted.
    pub predicted: Option<Document>,
}

impl Diff {
    /// A difference of these changes, without documents.
    pub fn new(changes: Vec<Change>) -> Self {
        Self {
            changes,
            ..Self::default()
        }
    }

    /// Sets both documents.
    #[must_use]
    pub fn documents(mut self, live: Option<Document>, predicted: Option<Document>) -> Self {
        self.live = live;
        self.predicted = predicted;
        self
    }

    /// Whether a sync would change the object.
    pub fn is_modified(&self) -> bool {
        !self.changes.is_empty()
    }
}

impl fmt::Debug for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.changes).finish()
    }
}
