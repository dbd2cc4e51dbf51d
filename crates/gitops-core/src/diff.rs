//! How live state differs from what is wanted, and why.
//!
//! [`diff()`] compares one object. The answer is data: the changed fields with
//! both values and the reason, and both documents in the server's form.
//!
//! ```
//! use std::sync::Arc;
//!
//! use gitops_core::{Object, diff::{self, Settings}};
//! use serde_json::json;
//!
//! let service = |port| Object::new(json!({
//!     "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
//!     "spec": {"ports": [{"name": "http", "port": port, "protocol": "TCP"}]},
//! }));
//! let (target, live) = (Arc::new(service(80)?), Arc::new(service(80)?));
//! assert!(!diff::diff(Some(&target), Some(&live), &Settings::default()).is_modified());
//! # Ok::<(), gitops_core::object::Error>(())
//! ```

mod change;
mod changes;
mod defaults;
mod document;
pub(crate) mod duration;
mod ignored;
mod known;
pub(crate) mod merge;
pub(crate) mod normalize;
mod origin;
pub(crate) mod path;
pub(crate) mod scalar;
mod server_side;
mod settings;
mod show;
mod sides;
pub(crate) mod skip;
mod strategy;
mod structured;
mod three_way;

pub use change::{Change, Reason};
pub use document::Document;
pub use ignored::{Ignored, Part};
pub use known::{KnownField, KnownTypes};
pub use server_side::with_answer;
pub use settings::Settings;
pub use strategy::{Choice, Strategy};

use std::fmt;
use std::sync::Arc;

use crate::Object;

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
    /// What ignore rules left out although it differs, by rule and path; a rule that
    /// hid nothing is not there.
    pub ignored: Vec<Ignored>,
    /// What a person should know of this comparison.
    pub warnings: Vec<String>,
}

/// Compares what is wanted of one object with what is live.
///
/// By dry runs where that is asked for and [`with_answer`] is given the answer;
/// this function does not reach the server and compares with what was applied last.
/// Where nothing is live, everything is new; where nothing is wanted, nothing
/// changes, because whether an extra object goes is not for a comparison to say.
pub fn diff(target: Option<&Arc<Object>>, live: Option<&Arc<Object>>, settings: &Settings) -> Diff {
    match (target, live) {
        (Some(target), Some(live)) => match settings.choice.strategy(target) {
            Strategy::Structured => structured(target, live, settings),
            Strategy::ThreeWay | Strategy::ServerSide => three_way::compare(target, live, settings),
        },
        (Some(target), None) => Diff::created(target),
        (None, Some(live)) => Diff::default().documents(Some(Arc::clone(live).into()), None),
        (None, None) => Diff::default(),
    }
}

/// The live object as a comparison with `target` reads it: in the server's form, with
/// its defaults, without what rules leave out.
///
/// [`diff()`] gives this document for an object that differs. One that does not is
/// given as it is, because most callers need no more and the form costs time.
pub fn normalized(target: &Object, live: &Arc<Object>, settings: &Settings) -> Document {
    three_way::normalized(target, live, settings)
}

/// Falls back for this one object when its managers cannot be read.
fn structured(target: &Object, live: &Arc<Object>, settings: &Settings) -> Diff {
    structured::compare(target, live, settings).unwrap_or_else(|reason| {
        let warning = format!("compared with what was applied last: {reason}");
        three_way::compare(target, live, settings).warn(vec![warning])
    })
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

    /// The live object is what is wanted.
    fn unchanged(live: Arc<Object>) -> Self {
        let document = Document::from(live);
        Self::default().documents(Some(document.clone()), Some(document))
    }

    /// Nothing is live yet.
    fn created(target: &Arc<Object>) -> Self {
        let kind = target.group_version_kind();
        let document = match normalize::normalize(&kind, target.value(), false) {
            std::borrow::Cow::Borrowed(_) => Document::from(Arc::clone(target)),
            std::borrow::Cow::Owned(value) => Document::from(value),
        };
        let new = Some(document.value().clone());
        Self::new(vec![Change::new(".", None, new, Reason::NewInGit)])
            .documents(None, Some(document))
    }

    fn ignored(mut self, mut ignored: Vec<Ignored>) -> Self {
        if self.ignored.is_empty() {
            self.ignored = ignored;
        } else {
            self.ignored.append(&mut ignored);
        }
        self.ignored.sort_unstable();
        self.ignored.dedup();
        self
    }

    fn warn(mut self, mut warnings: Vec<String>) -> Self {
        self.warnings.append(&mut warnings);
        self.warnings.sort_unstable();
        self.warnings.dedup();
        self
    }

    fn ambiguous(self, keys: Vec<String>) -> Self {
        let text = |key: String| {
            format!("a list repeats {key:?}, so its elements are told apart by their order")
        };
        self.warn(keys.into_iter().map(text).collect())
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

#[cfg(test)]
mod tests;
