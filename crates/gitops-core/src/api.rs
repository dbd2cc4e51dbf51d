//! Argo CD's resources as users write them.
//!
//! The types take what users have: absent, null and unknown fields are fine, and
//! what is written back holds nothing that was not there or set.
//! [`Application::read`] reads one from JSON and reports the fields it does not
//! know, with their place and the nearest right name.
//!
//! ```
//! use gitops_core::api::Application;
//! use serde_json::json;
//!
//! let (application, unknown) = Application::read(&json!({
//!     "apiVersion": "argoproj.io/v1alpha1",
//!     "kind": "Application",
//!     "metadata": {"name": "shop"},
//!     "spec": {
//!         "project": "default",
//!         "source": {"repoURL": "https://example.org/shop.git", "path": "deploy"},
//!         "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
//!         "syncPolicy": {"automated": {"selfheal": true}},
//!     },
//! }))?;
//! assert_eq!(application.metadata.name, "shop");
//! assert_eq!(
//!     unknown[0].to_string(),
//!     "spec.syncPolicy.automated.selfheal: unknown field, did you mean selfHeal?",
//! );
//! # Ok::<(), gitops_core::api::Error>(())
//! ```

mod application;
mod operation;
mod read;
mod source;
mod status;
mod sync_policy;

pub use application::{
    Application, ApplicationSpec, Destination, DrySource, HydrateTo, Info, Metadata,
    ResourceIgnoreDifferences, SourceHydrator, SyncSource,
};
pub use operation::{
    InitiatedBy, LocalManifests, Operation, SyncOperation, SyncOperationResource, SyncStrategy,
    SyncStrategyApply, SyncStrategyHook,
};
pub use read::{Error, UnknownField};
pub use source::{
    ApplicationSource, DirectorySource, EnvEntry, HelmFileParameter, HelmParameter, HelmSource,
    IntOrString, JsonnetSource, JsonnetVar, KustomizePatch, KustomizeReplica, KustomizeSource,
    KustomizeTarget, PluginParameter, PluginSource,
};
pub use status::{
    ApplicationHealth, ApplicationStatus, ApplicationSummary, ComparedTo, Condition, History,
    OperationPhase, OperationState, ResourceHealth, ResourceResult, ResourceStatus, ResultCode,
    SourceType, SyncOperationResult, SyncState,
};
pub use sync_policy::{Automated, Backoff, ManagedNamespaceMetadata, Retry, SyncPolicy};

/// The API version of Argo CD's resources.
pub const API_VERSION: &str = "argoproj.io/v1alpha1";

/// Whether a value is what an absent one would be read as, so that it need not be written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
