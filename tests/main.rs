//! Everything that crosses crates, in one binary.

mod appliers;
mod bad_input;
mod e2e;
mod engine;
mod engine_operations;
mod kube_limits;
mod kustomize;
