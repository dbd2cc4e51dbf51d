//! Everything that crosses crates, in one binary.

mod appliers;
mod bad_input;
mod e2e;
mod engine;
mod engine_local;
mod engine_operations;
mod engine_rows;
mod engine_status;
mod kube_limits;
mod kustomize;
