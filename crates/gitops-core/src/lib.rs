//! Values and decisions of GitOps for Kubernetes, without I/O.
//!
//! This crate knows Kubernetes objects ([`Object`]), Argo CD's resources
//! ([`api`]), how to compare what is wanted with what is live ([`diff`],
//! [`compare`]) and what a sync has to do ([`plan`]). The world is reached
//! through four traits that others implement: [`Source`], [`Renderer`],
//! [`HealthCheck`] and [`Applier`].
//!
//! Nothing in here reads a clock, a file, the environment or the network, and
//! no result depends on the order of a hash map.

pub mod object;
pub mod yaml;

pub mod tree;

pub mod apply;
pub mod discovery;
pub mod health;
pub mod render;
pub mod source;

pub mod api;

pub mod assess;
pub mod compare;
pub mod decide;
pub mod diff;
pub mod fieldset;
pub mod filter;
pub mod hook;
pub mod ignore;
pub mod installation;
pub mod mask;
pub mod orphan;
pub mod patch;
pub mod plan;
pub mod quantity;
pub mod schema;
pub mod sync_options;
pub mod tracking;
pub mod wave;

pub use apply::Applier;
pub use compare::SyncStatus;
pub use discovery::{Discovery, Scope};
pub use health::{Health, HealthCheck, HealthStatus};
pub use object::{GroupKind, GroupVersionKind, Object, ObjectKey, ObjectRef};
pub use render::Renderer;
pub use source::{Location, Revision, Source};
pub use tree::{Tree, TreePath};
