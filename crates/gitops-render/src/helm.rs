//! Helm charts.

mod capabilities;
mod engine;
mod files;
pub(crate) mod functions;
mod host;
#[cfg(test)]
mod tests;

pub use capabilities::ClusterCapabilities;
pub use engine::{Engine, EngineError};
pub use files::Files;
pub use functions::functions;
pub use host::{Clock, Lookup, NoLookup, Random, SeededRandom, Sources, SystemRandom};
