//! Helm charts.

mod capabilities;
mod chart;
mod coalesce;
mod dependencies;
mod engine;
mod error;
mod files;
pub(crate) mod functions;
mod host;
mod manifest;
mod parts;
mod release;
mod renderer;
mod schema;
mod values;

#[cfg(test)]
mod tests;

pub use capabilities::ClusterCapabilities;
#[cfg(feature = "http")]
pub(crate) use chart::archive_files;
pub use chart::{Chart, ChartType, Dependency, File, ImportValues, Maintainer, Metadata};
pub use engine::{Engine, EngineError, TemplateCache};
pub use error::Error;
pub use files::Files;
pub use functions::functions;
pub use host::{Clock, Lookup, NoLookup, Random, SeededRandom, Sources, SystemRandom};
pub use manifest::Document;
pub use release::{Output, Release};
pub use renderer::Helm;
pub use values::Values;
