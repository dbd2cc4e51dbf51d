//! Kustomize overlays, built in-process from a [`Tree`](gitops_core::Tree).
//!
//! [`build`] gives what `kustomize build` gives: the objects of a folder's kustomization with all its
//! bases, components, generators and transformers. The parts are there for programs of their own:
//! strategic merge and JSON patches ([`patch`]), generators and the name hash ([`generate`]), name
//! references, replacements and field paths ([`transform`]), trees of YAML that keep quoting
//! ([`Node`]).
//!
//! ```
//! use gitops_core::TreePath;
//! use gitops_render::kustomize::{self, Options};
//! use gitops_render::memory::MemoryTree;
//!
//! let tree = MemoryTree::new()
//!     .with_file("app/kustomization.yaml", "namePrefix: my-\nresources: [map.yaml]\n")?
//!     .with_file("app/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: motd}\n")?;
//! let output = kustomize::build(&tree, &TreePath::new("app")?, &Options::default())?;
//! assert_eq!(output.to_string(), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: my-motd\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accumulator;
mod build;
mod config;
mod decode;
mod error;
mod field;
pub mod generate;
mod helm;
mod id;
pub mod kustomization;
mod layer;
mod limits;
mod links;
mod load;
mod node;
mod order;
mod origin;
pub mod patch;
mod pattern;
mod plugin;
mod renderer;
mod resource;
mod select;
mod step;
pub mod transform;

pub use build::{Options, Output, build, build_with};
pub use error::Error;
pub use field::FieldSpec;
pub use id::Gvk;
pub use kustomization::Kustomization;
pub use limits::Limits;
pub use load::LoadRestrictor;
pub use node::{Error as NodeError, Map, Node, Scalar, Tag};
pub use order::Reorder;
pub use plugin::Function;
pub use renderer::Kustomize;

#[cfg(test)]
mod tests;
