//! A Kubernetes cluster in memory.

mod annotation;
mod applier;
mod client;
mod cluster;
mod controllers;
mod defaults;
mod delete;
mod errors;
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
