//! Argo CD's resources as users write them.

use serde::{Deserialize, Serialize};

/// One source of an Application: a folder of a Git repository, or a chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ApplicationSource {
    /// The repository's URL.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The folder in the repository.
    pub path: String,
    /// Branch, tag, commit, version or version range; empty means `HEAD`.
    pub target_revision: String,
}

/// What a person should know of an Application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What it is about, such as `RepeatedResourceWarning`.
    #[serde(rename = "type")]
    pub condition_type: String,
    /// The text.
    pub message: String,
}
