//! What `kubectl apply` would send: the patch from what is live to what is wanted.
//!
//! [`three_way`] compares what is wanted with what is live and with what was
//! applied last, which tells a field that left Git from one that somebody else
//! set. Nothing is normalised: the patch says what the manifest says.
//!
//! ```
//! use gitops_core::patch::{self, PatchKind};
//! use serde_json::json;
//!
//! let applied = json!({"apiVersion": "v1", "kind": "ConfigMap",
//!     "metadata": {"name": "a"}, "data": {"old": "1"}});
//! let target = json!({"apiVersion": "v1", "kind": "ConfigMap",
//!     "metadata": {"name": "a"}, "data": {"new": "2"}});
//! let live = json!({"apiVersion": "v1", "kind": "ConfigMap",
//!     "metadata": {"name": "a"}, "data": {"old": "1", "theirs": "3"}});
//!
//! let outcome = patch::three_way(Some(&applied), &target, &live).expect("they differ");
//! assert_eq!(outcome.patch, json!({"data": {"new": "2", "old": null}}));
//! assert_eq!(outcome.kind, PatchKind::Strategic);
//! assert_eq!(outcome.predicted["data"], json!({"new": "2", "theirs": "3"}));
//! ```

use serde_json::{Map, Value};

use crate::diff::merge::{Merge, Place, Reading};
use crate::diff::scalar::same;
use crate::schema::{self, Schema};
use crate::{GroupVersionKind, Object};

/// The annotation in which client-side apply keeps what it applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How a server reads a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// `application/strategic-merge-patch+json`: lists merge by key.
    Strategic,
    /// `application/merge-patch+json`: lists are replaced.
    Merge,
}

impl PatchKind {
    /// The media type to send the patch with.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Merge => "application/merge-patch+json",
        }
    }
}

/// A patch and what it makes of the live object.
///
/// There is no `Debug`, because both may hold a Secret.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// How the server reads the patch.
    pub kind: PatchKind,
    /// What to send.
    pub patch: Value,
    /// The live object after the patch, before the server fills in defaults.
    pub predicted: Value,
}

/// The patch that takes `live` to `target`; `None` when nothing is to be done.
///
/// Fields that `last_applied` had and `target` has not are removed, fields that
/// only `live` has stay. Without `last_applied` nothing is removed. Lists of
/// built-in kinds merge by their key; when a list repeats that key, which a
/// strategic patch cannot express, the patch is a JSON merge that replaces the list.
pub fn three_way(last_applied: Option<&Value>, target: &Value, live: &Value) -> Option<Outcome> {
    let (wanted, current) = (target.as_object()?, live.as_object()?);
    let schema = schema_of(target);
    let mut merge = Merge::new(Reading::Raw, schema.is_some());
    let origin = last_applied.and_then(Value::as_object);
    let merged = merge.maps(Place::root(schema, None), current, wanted, origin)?;
    let expressible = schema.is_some() && merge.ambiguous.is_empty();
    let (kind, patch) = if expressible {
        (PatchKind::Strategic, merged.patch)
    } else {
        (PatchKind::Merge, json_merge(live, &merged.value))
    };
    Some(Outcome {
        kind,
        patch,
        predicted: merged.value,
    })
}

/// What client-side apply applied last, where the object carries it and it is JSON.
pub fn last_applied(live: &Object) -> Option<Value> {
    let text = live.annotation(LAST_APPLIED)?;
    serde_json::from_str(text).ok().filter(Value::is_object)
}

/// Writes into `target` what client-side apply keeps for the next time: the object
/// itself as JSON, without that annotation.
pub fn set_last_applied(target: &mut Object) {
    target.set_annotation(LAST_APPLIED, None);
    let mut text = target.value().to_string();
    text.push('\n');
    target.set_annotation(LAST_APPLIED, Some(&text));
}

/// The JSON merge patch (RFC 7386) that takes `from` to `to`.
pub fn json_merge(from: &Value, to: &Value) -> Value {
    let (Value::Object(from), Value::Object(to)) = (from, to) else {
        return to.clone();
    };
    let mut patch = Map::new();
    for (key, value) in to {
        match from.get(key) {
            Some(old) if same(old, value) => {}
            Some(old) => {
                patch.insert(key.clone(), json_merge(old, value));
            }
            None => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    for key in from.keys().filter(|key| !to.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    Value::Object(patch)
}

fn schema_of(object: &Value) -> Option<Schema<'static>> {
    let version = object.get("apiVersion")?.as_str()?;
    let kind = object.get("kind")?.as_str()?;
    schema::builtin().kind(&GroupVersionKind::from_api_version(version, kind))
}

#[cfg(test)]
mod tests;
