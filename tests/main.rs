//! Everything that crosses crates, in one binary.

mod e2e;
mod kube_limits;
