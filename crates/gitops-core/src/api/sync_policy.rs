//! How and when an Application is synced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::is_default;

/// How and when an Application is synced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SyncPolicy {
    /// Syncs by itself; `None` means by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automated: Option<Automated>,
    /// Options such as `CreateNamespace=true`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sync_options: Vec<String>,
    /// What happens after a failed sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Labels and annotations of the destination namespace, with `CreateNamespace=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_namespace_metadata: Option<ManagedNamespaceMetadata>,
}

/// What happens without anybody asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Automated {
    /// Whether any of it happens; `None` means yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Whether objects that are no longer in the sources are deleted.
    #[serde(skip_serializing_if = "is_default")]
    pub prune: bool,
    /// Whether changes made in the cluster are undone.
    #[serde(skip_serializing_if = "is_default")]
    pub self_heal: bool,
    /// Whether a sync may delete everything.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_empty: bool,
}

/// What happens after a failed sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Retry {
    /// How often it is tried again; negative means without end.
    pub limit: i64,
    /// How long to wait in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
    /// Whether the revision is resolved again.
    #[serde(skip_serializing_if = "is_default")]
    pub refresh: bool,
}

/// How long to wait between tries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Backoff {
    /// The first wait, such as `5s`; a bare number is seconds; empty means five seconds.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub duration: String,
    /// What each wait is multiplied by; `None` means two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<i64>,
    /// The longest wait, such as `3m`; empty means three minutes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub max_duration: String,
}

/// Labels and annotations of the destination namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ManagedNamespaceMetadata {
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}
