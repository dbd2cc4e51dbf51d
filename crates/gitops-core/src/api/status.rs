//! What the engine found and did.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    ApplicationSource, Destination, InitiatedBy, ManagedNamespaceMetadata, Operation,
    ResourceIgnoreDifferences, is_default,
};
use crate::hook::HookType;
use crate::plan::Phase;
use crate::{HealthStatus, ObjectKey, SyncStatus};

/// What the engine found and did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ApplicationStatus {
    /// Whether live state is what is wanted.
    #[serde(skip_serializing_if = "is_default")]
    pub sync: SyncState,
    /// The worst of the objects' health.
    #[serde(skip_serializing_if = "is_default")]
    pub health: ApplicationHealth,
    /// The objects, ordered by `group/kind/namespace/name`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceStatus>,
    /// Where the objects' health is: here, or in the tree with `appTree`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource_health_source: String,
    /// Successful syncs, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// When the last reconcile that did work ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconciled_at: Option<Timestamp>,
    /// No longer written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Timestamp>,
    /// The running or last operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_state: Option<OperationState>,
    /// The tool that rendered the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_type: Option<SourceType>,
    /// The tools that rendered several sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_types: Vec<SourceType>,
    /// Images and links of what is live.
    #[serde(skip_serializing_if = "is_default")]
    pub summary: ApplicationSummary,
    /// The namespace of the controller that wrote this.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub controller_namespace: String,
    /// What the hydrator did, as it keeps it.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub source_hydrator: serde_json::Value,
}

/// Whether live state is what is wanted, and what was compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SyncState {
    /// The verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<SyncStatus>,
    /// What was compared.
    #[serde(skip_serializing_if = "is_default")]
    pub compared_to: ComparedTo,
    /// The resolved revision.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// The resolved revisions of several sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
}

/// The inputs of a comparison; a change of any calls for another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ComparedTo {
    /// The source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// The sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// The destination.
    #[serde(skip_serializing_if = "is_default")]
    pub destination: Destination,
    /// Differences that did not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore_differences: Vec<ResourceIgnoreDifferences>,
}

/// An Application's health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ApplicationHealth {
    /// The worst of its objects' that take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<HealthStatus>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// When the status changed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Timestamp>,
}

/// One object of an Application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResourceStatus {
    /// The group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The name.
    pub name: String,
    /// Whether it is what is wanted; `None` when it takes no part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<SyncStatus>,
    /// How it fares; `None` for kinds without a check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<ResourceHealth>,
    /// Whether it is a hook.
    #[serde(skip_serializing_if = "is_default")]
    pub hook: bool,
    /// Whether it is no longer in the sources.
    #[serde(skip_serializing_if = "is_default")]
    pub requires_pruning: bool,
    /// Whether its deletion needs somebody's approval.
    #[serde(skip_serializing_if = "is_default")]
    pub requires_deletion_confirmation: bool,
    /// Its wave.
    #[serde(skip_serializing_if = "is_default")]
    pub sync_wave: i64,
}

impl ResourceStatus {
    /// What identifies the object.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::new(&self.group, &self.kind, &self.namespace, &self.name)
    }
}

/// How one object fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResourceHealth {
    /// The status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<HealthStatus>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl From<crate::Health> for ResourceHealth {
    fn from(health: crate::Health) -> Self {
        Self {
            status: Some(health.status),
            message: health.message,
        }
    }
}

/// One successful sync.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct History {
    /// Counted from 0.
    pub id: i64,
    /// The revision.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// The revisions of several sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
    /// The source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// The sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deploy_started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployed_at: Option<Timestamp>,
    /// Who asked.
    #[serde(skip_serializing_if = "is_default")]
    pub initiated_by: InitiatedBy,
}

/// What a person should know of an Application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Condition {
    /// What it is about, such as `RepeatedResourceWarning`.
    #[serde(rename = "type")]
    pub condition_type: String,
    /// The text.
    pub message: String,
    /// Since when it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Timestamp>,
}

impl Condition {
    /// A condition of which it is not known since when it is so.
    pub fn new(condition_type: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            condition_type: condition_type.into(),
            message: message.into(),
            last_transition_time: None,
        }
    }

    /// Whether nothing is synced while it holds.
    pub fn forbids_syncs(&self) -> bool {
        matches!(
            self.condition_type.as_str(),
            "ComparisonError" | "InvalidSpecError"
        )
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.condition_type, self.message)
    }
}

/// The running or last operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct OperationState {
    /// What was asked for.
    pub operation: Operation,
    /// How far it is.
    pub phase: OperationPhase,
    /// What it waits for, or how it ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// What came of each object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_result: Option<SyncOperationResult>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How often it was tried again.
    #[serde(skip_serializing_if = "is_default")]
    pub retry_count: i64,
}

/// How far an operation is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum OperationPhase {
    /// It goes on.
    #[default]
    Running,
    /// Somebody asked it to stop.
    Terminating,
    /// It was carried out and did not do what it should.
    Failed,
    /// It could not be carried out.
    Error,
    /// It did what it should.
    Succeeded,
}

impl OperationPhase {
    /// Whether the operation is over.
    pub fn is_completed(self) -> bool {
        matches!(self, Self::Failed | Self::Error | Self::Succeeded)
    }

    /// Whether the operation is over and did not do what it should.
    pub fn is_unsuccessful(self) -> bool {
        matches!(self, Self::Failed | Self::Error)
    }
}

impl fmt::Display for OperationPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Running => "Running",
            Self::Terminating => "Terminating",
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Succeeded => "Succeeded",
        })
    }
}

/// What came of a sync.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SyncOperationResult {
    /// The revision.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub revision: String,
    /// The revisions of several sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
    /// The source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// The sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// What came of each object, in the order it happened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<ResourceResult>,
    /// What the destination namespace was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_namespace_metadata: Option<ManagedNamespaceMetadata>,
}

/// What came of one object in a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResourceResult {
    /// The group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// What was done; `None` before anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ResultCode>,
    /// What the cluster said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The hook's type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook_type: Option<HookType>,
    /// How far the object is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook_phase: Option<OperationPhase>,
    /// The phase of the sync it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_phase: Option<Phase>,
    /// The images it runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
}

/// What a sync did with one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ResultCode {
    /// The cluster took it.
    Synced,
    /// The cluster refused it.
    SyncFailed,
    /// It was deleted.
    Pruned,
    /// It should be deleted and was not.
    PruneSkipped,
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Synced => "Synced",
            Self::SyncFailed => "SyncFailed",
            Self::Pruned => "Pruned",
            Self::PruneSkipped => "PruneSkipped",
        })
    }
}

/// The tool that renders a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SourceType {
    /// A chart.
    Helm,
    /// An overlay.
    Kustomize,
    /// Plain manifests.
    Directory,
    /// A plugin.
    Plugin,
}

/// Images and links of what is live.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ApplicationSummary {
    /// Links from ingresses, services and annotations.
    #[serde(rename = "externalURLs", skip_serializing_if = "Vec::is_empty")]
    pub external_urls: Vec<String>,
    /// Images of live workloads, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Whether it deploys Applications.
    #[serde(skip_serializing_if = "is_default")]
    pub is_app_of_apps: bool,
}
