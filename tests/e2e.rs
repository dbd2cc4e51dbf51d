//! On a real control plane: `GITOPS_TEST_KUBECONFIG` names its kubeconfig.
//!
//! Tests run side by side, so each has its own namespaces and its own names for
//! what belongs to the whole cluster; both go when the test ends, also by a panic.

mod app;
mod applier;
mod deletion;
mod diff;
mod local;
mod machine;
mod proxy;
mod repository;
pub(crate) mod scene;
mod shapes;
mod sync;
mod trouble;
