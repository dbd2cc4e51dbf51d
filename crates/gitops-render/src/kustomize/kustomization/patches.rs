//! Patches and what they are for.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::kustomize::id::Gvk;

/// A patch and what it is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Patch {
    /// A file.
    pub path: String,
    /// The text itself.
    pub patch: String,
    /// The objects it is for.
    pub target: Option<Selector>,
    /// `allowNameChange` and `allowKindChange`.
    pub options: BTreeMap<String, bool>,
}

/// Which objects are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Selector {
    /// The kind.
    #[serde(flatten)]
    pub gvk: Gvk,
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// Labels, as `kubectl -l` takes them.
    pub label_selector: String,
    /// Annotations, in the same form.
    pub annotation_selector: String,
}
