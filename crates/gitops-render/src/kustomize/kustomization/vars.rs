//! Variables.

use serde::Deserialize;

use crate::kustomize::id::Gvk;

/// A variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Var {
    /// Its name.
    pub name: String,
    /// The object its value comes from.
    pub objref: ObjectReference,
    /// The field.
    pub fieldref: FieldReference,
}

/// An object by kind and name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ObjectReference {
    /// Group and version in one.
    pub api_version: String,
    /// The kind.
    #[serde(flatten)]
    pub gvk: Gvk,
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
}

/// A field by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FieldReference {
    /// The path; `metadata.name` where empty.
    pub field_path: String,
}
