//! YAML by the rules Kubernetes uses.
//!
//! Kubernetes, Helm and Argo CD read YAML through go-yaml 2: `yes` is a boolean,
//! `0777` is 511, a key `1:` is the text `"1"`. Kustomize's resources follow version 3, where
//! `yes` is text. [`Dialect`] picks the rules, [`Options`] bounds what hostile text can cost.
//!
//! [`objects`] is what a renderer needs: every document of a file as an [`Object`](crate::Object),
//! lists unrolled. [`documents`] stops at the values, [`read()`] takes the first document only.
//! [`write()`] prints a value byte for byte as the Go tools do.
//!
//! ```
//! use gitops_core::yaml;
//!
//! let text = "kind: Service\nport: 0x50\n---\nport: 80\nport: 81\n";
//! let documents: Vec<_> = yaml::documents(text, &yaml::Options::default()).collect();
//! let service = documents[0].value.as_ref().unwrap();
//! assert_eq!(yaml::write(service), "kind: Service\nport: 80\n");
//! let error = documents[1].value.as_ref().unwrap_err();
//! assert_eq!(error.line, 5);
//! ```

mod compose;
mod document;
mod error;
mod number;
mod object;
mod options;
mod order;
mod rare;
mod scalar;
pub mod subset;
mod timestamp;
mod write;

pub use compose::measure;
pub use document::{Document, decode, documents, read};
pub use error::{Error, Problem};
pub use object::objects;
pub use options::{Dialect, Options};
pub use scalar::{Scalar, resolve};
pub use write::{View, Viewed, to_yaml, to_yaml_pretty, write};

#[cfg(test)]
mod tests;
