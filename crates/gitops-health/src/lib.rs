//! Health of live Kubernetes objects.
//!
//! [`Builtin`] judges the kinds that Kubernetes brings, with compiled checks.
//! All of them implement [`HealthCheck`](gitops_core::HealthCheck).
//!
//! ```
//! use gitops_core::{Health, HealthCheck, Object};
//! use gitops_health::Builtin;
//!
//! let data = Object::new(serde_json::json!({
//!     "apiVersion": "v1", "kind": "PersistentVolumeClaim",
//!     "metadata": {"name": "data", "namespace": "shop"},
//!     "status": {"phase": "Bound"},
//! }))?;
//! assert_eq!(Builtin.check(&data)?, Some(Health::healthy()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod builtin;
pub mod bundled;
pub mod chain;
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
pub use bundled::Bundled;
pub use chain::{Chain, Judgement};
#[cfg(feature = "lua")]
pub use customizations::{Customizations, Overrides};
pub use memo::Memo;
pub use outcome::Outcome;
