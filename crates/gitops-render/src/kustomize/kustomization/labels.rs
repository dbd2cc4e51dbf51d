//! Labels and where they go.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::kustomize::field::FieldSpec;

/// Labels and where they go.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Label {
    /// The labels.
    pub pairs: BTreeMap<String, String>,
    /// Also in selectors.
    pub include_selectors: bool,
    /// Also in pod templates.
    pub include_templates: bool,
    /// More fields.
    #[serde(rename = "fields")]
    pub field_specs: Vec<FieldSpec>,
}
