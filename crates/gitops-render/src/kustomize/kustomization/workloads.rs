//! Images and replica counts.

use serde::Deserialize;

/// An image and what becomes of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Image {
    /// The image without tag, as a regular expression.
    pub name: String,
    /// Takes the place of the name.
    pub new_name: String,
    /// Takes the place of the tag.
    pub new_tag: String,
    /// Put behind the tag.
    pub tag_suffix: String,
    /// Takes the place of the digest.
    pub digest: String,
}

/// How many replicas something has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Replica {
    /// The name of the workload.
    pub name: String,
    /// How many.
    pub count: i64,
}
