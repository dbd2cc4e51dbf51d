//! From a plan to a changed cluster.
//!
//! [`memory`] is a cluster for previews and tests, `kube` a real one.
//! [`machine`] is a running sync as a value that does no I/O, [`driver`] carries
//! its steps out, [`engine`] goes the whole way for an Application,
//! [`deletion`] takes one away. [`cache`]
//! remembers a cluster's objects, so that a pass over an Application needs no list.

#[cfg(feature = "kube")]
pub mod kube;
pub mod memory;

pub mod cache;

pub mod deletion;
pub mod driver;
pub mod engine;
pub mod machine;

mod definition;
