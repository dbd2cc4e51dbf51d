//! A Kubernetes cluster in memory: an [`Applier`](gitops_core::Applier) for tests and previews.
//!
//! [`Cluster`] answers as a real API server does, down to defaults, field ownership,
//! resource versions and the reasons of its refusals, which are measured on one. Its
//! controllers run pods without containers. [`fault`] puts failures before it, or
//! before any other applier.
//!
//! ```
//! use gitops_core::apply::{Applier, ApplyOptions, Outcome};
//! use gitops_core::Object;
//! use gitops_sync::memory::Cluster;
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let web = Object::new(json!({
//!     "apiVersion": "apps/v1",
//!     "kind": "Deployment",
//!     "metadata": {"name": "web", "namespace": "default"},
//!     "spec": {
//!         "replicas": 3,
//!         "selector": {"matchLabels": {"app": "web"}},
//!         "template": {
//!             "metadata": {"labels": {"app": "web"}},
//!             "spec": {"containers": [{"name": "web", "image": "web:1"}]},
//!         },
//!     },
//! }))?;
//! let cluster = Cluster::new();
//! let options = ApplyOptions::default();
//! assert_eq!(cluster.apply(&web, &options).await?.outcome, Outcome::Created);
//! assert_eq!(cluster.apply(&web, &options).await?.outcome, Outcome::Unchanged);
//!
//! cluster.settle();
//! let live = cluster.get(&web.reference()).await?.ok_or("it was applied")?;
//! assert_eq!(live.value()["status"]["availableReplicas"], 3);
//! # Ok(())
//! # }
//! ```
//!
//! # Time
//!
//! The cluster has a clock of its own, and nothing happens in it by itself: neither
//! do controllers work nor does an object go that is to be deleted. A test moves the
//! clock with [`Cluster::advance`], or with [`Cluster::settle`] up to where nothing
//! is left to do; neither takes any time. A program that shows progress runs
//! [`Cluster::run`] beside what it does, and the clock goes with tokio's.
//!
//! Pods are steered by the annotations [`OUTCOME`] and [`DELAY`] on the pod or its
//! template, and a command with `exit 1` in it fails:
//!
//! ```
//! use std::time::Duration;
//!
//! use gitops_core::apply::{Applier, ApplyOptions};
//! use gitops_core::Object;
//! use gitops_sync::memory::{Cluster, DELAY, OUTCOME};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let migration = Object::new(json!({
//!     "apiVersion": "batch/v1",
//!     "kind": "Job",
//!     "metadata": {"name": "migration", "namespace": "default"},
//!     "spec": {
//!         "backoffLimit": 0,
//!         "template": {
//!             "metadata": {"annotations": {OUTCOME: "fail", DELAY: "30s"}},
//!             "spec": {
//!                 "restartPolicy": "Never",
//!                 "containers": [{"name": "migrate", "image": "migrate:1"}],
//!             },
//!         },
//!     },
//! }))?;
//! let cluster = Cluster::new();
//! cluster.apply(&migration, &ApplyOptions::default()).await?;
//!
//! cluster.advance(Duration::from_secs(29));
//! let job = cluster.get(&migration.reference()).await?.ok_or("it was applied")?;
//! assert_eq!(job.value()["status"]["active"], 1);
//!
//! cluster.advance(Duration::from_secs(1));
//! let job = cluster.get(&migration.reference()).await?.ok_or("it was applied")?;
//! assert_eq!(job.value()["status"]["failed"], 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Testing a controller
//!
//! A controller that is generic over [`Applier`](gitops_core::Applier) runs in a test as it
//! runs on a real cluster: it watches, it applies, and the test plays everybody else.
//!
//! ```
//! use futures::StreamExt;
//! use gitops_core::apply::{Applier, ApplyOptions, Error, Patch, PatchOptions, WatchEvent};
//! use gitops_core::{GroupVersionKind, Object};
//! use gitops_sync::memory::Cluster;
//! use serde_json::json;
//!
//! /// Labels the first namespace that has no team.
//! async fn label_next(cluster: &dyn Applier) -> Result<Option<Object>, Error> {
//!     let kind = GroupVersionKind::new("", "v1", "Namespace");
//!     let list = cluster.list(&kind, None).await?;
//!     let mut changes = cluster.watch(&kind, None, &list.resource_version).await?;
//!     while let Some(change) = changes.next().await {
//!         if let WatchEvent::Added(namespace) = change?
//!             && namespace.label("team").is_none()
//!         {
//!             let patch = Patch::Merge(json!({"metadata": {"labels": {"team": "none"}}}));
//!             let options = PatchOptions::default().manager("labeller");
//!             let reference = namespace.reference();
//!             return cluster.patch(&reference, &patch, &options).await.map(Some);
//!         }
//!     }
//!     Ok(None)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster = Cluster::new();
//! let somebody = async { cluster.create_namespace("shop") };
//! let (labelled, ()) = tokio::join!(label_next(&cluster), somebody);
//! let labelled = labelled?.ok_or("the watch goes on")?;
//! assert_eq!(labelled.name(), "shop");
//! assert_eq!(labelled.label("team"), Some("none"));
//! # Ok(())
//! # }
//! ```
//!
//! # Field ownership
//!
//! With server-side apply, managers own fields, and the refusal names both:
//!
//! ```
//! use gitops_core::apply::{Applier, ApplyOptions, Conflicts, Strategy};
//! use gitops_core::Object;
//! use gitops_sync::memory::Cluster;
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = |level: &str| {
//!     Object::new(json!({
//!         "apiVersion": "v1",
//!         "kind": "ConfigMap",
//!         "metadata": {"name": "logging", "namespace": "default"},
//!         "data": {"level": level},
//!     }))
//! };
//! let cluster = Cluster::new();
//! let options = ApplyOptions::default().strategy(Strategy::ServerSide).conflicts(Conflicts::Fail);
//! cluster.apply(&config("info")?, &options.clone().manager("git")).await?;
//! let refusal = cluster.apply(&config("debug")?, &options.manager("admin")).await.unwrap_err();
//! assert!(refusal.is_conflict());
//! assert_eq!(
//!     refusal.to_string(),
//!     "Apply failed with 1 conflict: conflict with \"git\": .data.level",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//!
//! - Admission, quotas, access control and webhooks: everybody may do everything.
//! - Validation beyond types, names, what the commonest kinds require and what
//!   cannot change. Of a custom kind's schema the types count, not its patterns,
//!   bounds, required fields and defaults.
//! - Conversion: all versions of a custom kind are the same but for their name.
//! - A CronJob, `HorizontalPodAutoscaler` or `PodDisruptionBudget` is kept and does nothing.
//! - A PersistentVolumeClaim gets a volume of its own at once; there is one node, on
//!   which all pods fit up to [`Options::pod_limit`].

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
