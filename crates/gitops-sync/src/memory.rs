//! A Kubernetes cluster in memory: an [`Applier`](gitops_core::Applier) for tests and previews.
//!
//! ```
//! use gitops_core::apply::{Applier, ApplyOptions};
//! use gitops_core::Object;
//! use gitops_sync::memory::Cluster;
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster = Cluster::new();
//! let config = Object::new(json!({
//!     "apiVersion": "v1",
//!     "kind": "ConfigMap",
//!     "metadata": {"name": "config", "namespace": "default"},
//! }))?;
//! cluster.apply(&config, &ApplyOptions::default()).await?;
//! assert!(cluster.get(&config.reference()).await?.is_some());
//! # Ok(())
//! # }
//! ```

mod annotation;
mod applier;
mod apply;
mod client;
mod cluster;
mod controllers;
mod defaults;
mod delete;
mod errors;
pub mod fault;
mod fields;
mod managers;
mod normal;
mod options;
mod patch;
mod registry;
mod schema;
mod selector;
mod state;
mod validate;
mod view;
mod watch;
mod write;

#[cfg(test)]
mod tests;

pub use annotation::{DELAY, OUTCOME};
pub use cluster::Cluster;
pub use options::Options;
