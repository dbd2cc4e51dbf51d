//! A sync somebody asks for.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ApplicationSource, Info, Retry, is_default};

/// What somebody asks an Application to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Operation {
    /// A sync; the only operation there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync: Option<SyncOperation>,
    /// Who asked.
    #[serde(skip_serializing_if = "is_default")]
    pub initiated_by: InitiatedBy,
    /// Name and value pairs for the record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub info: Vec<Info>,
    /// What happens when it fails.
    #[serde(skip_serializing_if = "is_default")]
    pub retry: Retry,
}

/// Who asked for an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct InitiatedBy {
    /// A person's or account's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// Whether the engine itself did.
    #[serde(skip_serializing_if = "is_default")]
    pub automated: bool,
}

/// How a sync is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SyncOperation {
    /// The revision; empty means the spec's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// The revisions of several sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
    /// Whether objects that are no longer in the sources are deleted.
    #[serde(skip_serializing_if = "is_default")]
    pub prune: bool,
    /// Whether nothing is really changed.
    #[serde(skip_serializing_if = "is_default")]
    pub dry_run: bool,
    /// Whether hooks run, and whether refused objects are created anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_strategy: Option<SyncStrategy>,
    /// Only these objects; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<SyncOperationResource>,
    /// Another source than the spec's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// Other sources than the spec's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// Manifests instead of what the sources hold.
    #[serde(skip_serializing_if = "LocalManifests::is_empty")]
    pub manifests: LocalManifests,
    /// Options such as `CreateNamespace=true`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sync_options: Vec<String>,
    /// How often the application was healed in a row.
    #[serde(skip_serializing_if = "is_default")]
    pub auto_heal_attempts_count: i64,
}

/// Manifests that whoever asks for a sync brings along, in place of those of the sources.
///
/// Each text holds objects in YAML or JSON, Secrets perhaps: `Debug` only tells how many
/// texts there are.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalManifests(pub Vec<String>);

impl LocalManifests {
    /// Whether there are none, so that the sources count.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for LocalManifests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalManifests({} texts)", self.0.len())
    }
}

/// Whether hooks run; one of the two is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SyncStrategy {
    /// Without hooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply: Option<SyncStrategyApply>,
    /// With hooks; the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook: Option<SyncStrategyHook>,
}

/// A sync without hooks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SyncStrategyApply {
    /// Whether refused objects are deleted and created.
    #[serde(skip_serializing_if = "is_default")]
    pub force: bool,
}

/// A sync with hooks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SyncStrategyHook {
    /// Whether refused objects are deleted and created.
    #[serde(skip_serializing_if = "is_default")]
    pub force: bool,
}

/// One object of a partial sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SyncOperationResource {
    /// The group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The name.
    pub name: String,
    /// The namespace; empty matches any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
}
