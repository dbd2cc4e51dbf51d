//! The order of the output.

use serde::Deserialize;

/// The order of the output.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SortOptions {
    /// `legacy` or `fifo`.
    pub order: String,
    /// The kinds that come first and last.
    pub legacy_sort_options: Option<LegacySortOptions>,
}

/// Kinds that come first and last.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LegacySortOptions {
    /// Kinds that come first.
    pub order_first: Vec<String>,
    /// Kinds that come last.
    pub order_last: Vec<String>,
}
