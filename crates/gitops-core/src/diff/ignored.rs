//! One difference that an ignore rule left out.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// One difference that a part of an ignore rule left out of a comparison.
///
/// As JSON, with the part under the name it has among an installation's settings in
/// the singular:
///
/// ```
/// use gitops_core::{Object, api::ResourceIgnoreDifferences, diff, ignore::Rules};
/// use serde_json::json;
/// # use std::sync::Arc;
///
/// let deployment = |replicas| Object::new(json!({
///     "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
///     "spec": {"replicas": replicas},
/// }));
/// let mut rule = ResourceIgnoreDifferences::default();
/// (rule.group, rule.kind) = ("apps".into(), "Deployment".into());
/// rule.json_pointers = vec!["/spec/replicas".into()];
/// let settings = diff::Settings::default().ignore(Rules::compile([rule])?);
/// let (target, live) = (Arc::new(deployment(1)?), Arc::new(deployment(5)?));
/// let diff = diff::diff(Some(&target), Some(&live), &settings);
/// assert!(!diff.is_modified());
/// assert_eq!(serde_json::to_value(&diff.ignored)?, json!([{
///     "rule": 0, "title": "ignore rule for apps/Deployment",
///     "jsonPointer": "/spec/replicas", "path": ".spec.replicas",
/// }]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It holds paths and no values, so nothing that a Secret holds is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Ignored {
    /// The rule's number in [`Rules`](crate::ignore::Rules).
    pub rule: usize,
    /// What the rule is called in messages, with its group, kind and names as they
    /// were written.
    pub title: Arc<str>,
    /// The part of the rule that names the place.
    #[serde(flatten)]
    pub part: Part,
    /// Where, as in [`Change::path`](super::Change::path).
    pub path: String,
}

/// One part of an ignore rule, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Part {
    /// An entry of `jsonPointers`.
    JsonPointer(Arc<str>),
    /// An entry of `jqPathExpressions`.
    JqPathExpression(Arc<str>),
    /// An entry of `managedFieldsManagers`.
    ManagedFieldsManager(Arc<str>),
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            title, part, path, ..
        } = self;
        write!(f, "{path}: ignored by {part} ({title})")
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JsonPointer(text) => write!(f, "pointer {text:?}"),
            Self::JqPathExpression(text) => write!(f, "jq expression {text:?}"),
            Self::ManagedFieldsManager(text) => write!(f, "manager {text:?}"),
        }
    }
}
