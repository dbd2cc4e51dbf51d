//! Health of live Kubernetes objects.
//!
//! A [`Chain`] asks checks one after the other and tells which one decided:
//! [`Builtin`] has compiled checks for the kinds that Kubernetes brings,
//! [`Bundled`] for the custom resources that people run, and what users
//! configured for Argo CD, Lua scripts included, becomes [`Overrides`].
//! All of them implement [`HealthCheck`](gitops_core::HealthCheck).
//!
//! ```
//! use gitops_core::{HealthCheck, HealthStatus, Object};
//! use gitops_health::{Chain, Memo};
//!
//! // Objects that did not change are not judged again.
//! let check = Memo::new(Chain::standard());
//!
//! let web = Object::new(serde_json::json!({
//!     "apiVersion": "apps/v1", "kind": "Deployment",
//!     "metadata": {"name": "web", "namespace": "shop"},
//!     "spec": {"replicas": 3}, "status": {"updatedReplicas": 1},
//! }))?;
//! let health = check.check(&web)?.expect("deployments have a check");
//! assert_eq!(health.status, HealthStatus::Progressing);
//! assert_eq!(
//!     health.message,
//!     "Waiting for rollout to finish: 1 out of 3 new replicas have been updated...",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod builtin;
pub mod bundled;
pub mod chain;
pub mod conventions;
pub mod memo;
pub mod outcome;

#[cfg(feature = "lua")]
pub mod customizations;
#[cfg(feature = "lua")]
pub mod lua;

mod deletion;
mod field;
mod number;
mod typed;

#[cfg(test)]
mod corpus;

pub use builtin::Builtin;
pub use bundled::{Bundled, Related};
pub use chain::{Chain, Judgement};
pub use conventions::Conventions;
#[cfg(feature = "lua")]
pub use customizations::{Customizations, Overrides};
pub use memo::Memo;
pub use outcome::Outcome;
