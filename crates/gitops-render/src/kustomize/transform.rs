//! The built-in transformers, some of them for programs of their own.
//!
//! [`references::rename`] renames objects with all that names them, [`replacements::apply`] copies
//! values from field to field, [`paths`] finds and sets fields by the paths replacements use.

pub(crate) mod finish;
pub(crate) mod images;
pub(crate) mod labels;
pub(crate) mod names;
pub(crate) mod namespace;
pub mod paths;
pub mod references;
pub mod replacements;
pub(crate) mod replicas;
pub(crate) mod value_add;
pub(crate) mod vars;
