//! Values copied from field to field.

use serde::Deserialize;

use super::Selector;

/// A replacement, or a file of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReplacementEntry {
    /// A file of replacements.
    pub path: String,
    /// The replacement itself.
    #[serde(flatten)]
    pub replacement: Replacement,
}

/// A value copied from one field to others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Replacement {
    /// Where the value comes from.
    pub source: Option<ReplacementSource>,
    /// The value itself.
    pub source_value: Option<String>,
    /// Where it goes.
    pub targets: Option<Vec<ReplacementTarget>>,
}

/// The field a value comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplacementSource {
    /// The object.
    #[serde(flatten)]
    pub selector: Selector,
    /// The field; `metadata.name` where empty.
    pub field_path: String,
    /// A part of the text.
    pub options: Option<FieldOptions>,
}

/// The fields a value goes to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ReplacementTarget {
    /// The objects.
    pub select: Option<Selector>,
    /// Objects left out.
    pub reject: Vec<Selector>,
    /// The fields; `metadata.name` where empty.
    pub field_paths: Vec<String>,
    /// A part of the text, and whether fields are made.
    pub options: Option<FieldOptions>,
}

/// Which part of a text is meant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FieldOptions {
    /// Splits the text.
    pub delimiter: String,
    /// Which part, from 0.
    pub index: i64,
    /// Accepted and ignored.
    pub encoding: String,
    /// Makes absent fields.
    pub create: bool,
}
