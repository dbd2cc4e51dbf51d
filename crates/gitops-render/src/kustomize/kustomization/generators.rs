//! ConfigMaps and Secrets to make.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A ConfigMap or Secret to make.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GeneratorArgs {
    /// The name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// `create`, `replace` or `merge`.
    pub behavior: String,
    /// A Secret's type.
    #[serde(rename = "type")]
    pub secret_type: String,
    /// `key=value`.
    pub literals: Vec<String>,
    /// `file` or `key=file`.
    pub files: Vec<String>,
    /// Files of `key=value` lines.
    pub envs: Vec<String>,
    /// Deprecated: one more of `envs`.
    pub env: String,
    /// Labels, annotations, hash.
    pub options: Option<GeneratorOptions>,
}

/// What generated objects get.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GeneratorOptions {
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// No hash in the name.
    pub disable_name_suffix_hash: bool,
    /// `immutable: true`.
    pub immutable: bool,
}
