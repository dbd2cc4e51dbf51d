//! Everything that crosses crates, in one binary.

mod appliers;
mod e2e;
mod kube_limits;
