//! Where an Application's objects come from, with each tool's settings.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::is_default;

/// One source of an Application: a folder of a Git repository, or a chart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ApplicationSource {
    /// The repository's URL: Git, a chart repository, or `oci://`.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The folder in the repository.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Branch, tag, commit, version or version range; empty means `HEAD`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target_revision: String,
    /// The chart's name; makes the repository a chart repository.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub chart: String,
    /// The name by which other sources reach this one's files, as `$name/…`.
    #[serde(rename = "ref", skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The name shown to people; unique among the sources.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Only tags with this prefix count for a version range.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag_prefix: String,
    /// Helm's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmSource>,
    /// Kustomize's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<KustomizeSource>,
    /// Settings for plain manifests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<DirectorySource>,
    /// A plugin's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<PluginSource>,
}

impl ApplicationSource {
    /// A folder of a Git repository.
    pub fn git(
        repo_url: impl Into<String>,
        path: impl Into<String>,
        target_revision: impl Into<String>,
    ) -> Self {
        Self {
            repo_url: repo_url.into(),
            path: path.into(),
            target_revision: target_revision.into(),
            ..Self::default()
        }
    }

    /// Where the source is found, for a [`Source`](crate::Source).
    pub fn location(&self) -> crate::Location {
        let location = match self.chart.as_str() {
            "" => crate::Location::git(&self.repo_url, &self.target_revision),
            chart => crate::Location::chart(&self.repo_url, chart, &self.target_revision),
        };
        location.tag_prefix(Some(self.tag_prefix.clone()).filter(|prefix| !prefix.is_empty()))
    }
}

/// Helm's settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are the resource's own"
)]
pub struct HelmSource {
    /// The release's name; empty means the Application's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub release_name: String,
    /// Values files: relative to the chart, `/…` from the repository's root, `$ref/…` or a URL.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub value_files: Vec<String>,
    /// Values as YAML text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub values: String,
    /// Values as an object; takes the place of [`HelmSource::values`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values_object: Option<Value>,
    /// `--set` and `--set-string`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<HelmParameter>,
    /// `--set-file`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub file_parameters: Vec<HelmFileParameter>,
    /// Whether missing local values files are passed over.
    #[serde(skip_serializing_if = "is_default")]
    pub ignore_missing_value_files: bool,
    /// Whether the chart's `crds/` are left out.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_crds: bool,
    /// Whether test hooks are left out.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_tests: bool,
    /// Whether values are not checked against the chart's schema.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_schema_validation: bool,
    /// Whether credentials go to all of a repository's hosts.
    #[serde(skip_serializing_if = "is_default")]
    pub pass_credentials: bool,
    /// The namespace templates see; empty means the destination's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The cluster version templates see; empty means the cluster's own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The API versions templates see; empty means the cluster's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_versions: Vec<String>,
    /// Helm's major version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// One `--set` or `--set-string`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct HelmParameter {
    /// The path.
    pub name: String,
    /// The value.
    pub value: String,
    /// Whether the value stays text, as with `--set-string`.
    #[serde(skip_serializing_if = "is_default")]
    pub force_string: bool,
}

/// One `--set-file`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HelmFileParameter {
    /// The path in the values.
    pub name: String,
    /// The file.
    pub path: String,
}

/// Kustomize's settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are the resource's own"
)]
pub struct KustomizeSource {
    /// Put before every name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_prefix: String,
    /// Put after every name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_suffix: String,
    /// Images as `[old=]new[:tag][@digest]`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Replica counts by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<KustomizeReplica>,
    /// Labels for every object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub common_labels: BTreeMap<String, String>,
    /// Whether labels that are there already are overwritten.
    #[serde(skip_serializing_if = "is_default")]
    pub force_common_labels: bool,
    /// Annotations for every object.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub common_annotations: BTreeMap<String, String>,
    /// Whether annotations that are there already are overwritten.
    #[serde(skip_serializing_if = "is_default")]
    pub force_common_annotations: bool,
    /// Whether `$ARGOCD_APP_…` in annotations is replaced.
    #[serde(skip_serializing_if = "is_default")]
    pub common_annotations_envsubst: bool,
    /// Whether labels stay out of selectors.
    #[serde(skip_serializing_if = "is_default")]
    pub label_without_selector: bool,
    /// Whether labels go into templates all the same.
    #[serde(skip_serializing_if = "is_default")]
    pub label_include_templates: bool,
    /// The namespace of every object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Patches beside those of the kustomization.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<KustomizePatch>,
    /// Components beside those of the kustomization.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<String>,
    /// Whether components that do not exist are passed over.
    #[serde(skip_serializing_if = "is_default")]
    pub ignore_missing_components: bool,
    /// The cluster version charts see.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kube_version: String,
    /// The API versions charts see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub api_versions: Vec<String>,
    /// Another program's version, where the operator configured one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// How many replicas the objects of a name have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct KustomizeReplica {
    /// The objects' name.
    pub name: String,
    /// The number, which users also write as text.
    pub count: IntOrString,
}

/// One patch with its target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct KustomizePatch {
    /// The patch's file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The patch itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub patch: String,
    /// Which objects it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<KustomizeTarget>,
    /// `allowNameChange` and `allowKindChange`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, bool>,
}

/// Which objects a patch is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct KustomizeTarget {
    /// The group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// A regular expression on the name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// A regular expression on the namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// A selector on labels.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label_selector: String,
    /// A selector on annotations.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub annotation_selector: String,
}

/// Settings for plain manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct DirectorySource {
    /// Whether subfolders count.
    #[serde(skip_serializing_if = "is_default")]
    pub recurse: bool,
    /// Only files that match this glob.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub include: String,
    /// No files that match this glob; wins over `include`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub exclude: String,
    /// Jsonnet's settings.
    #[serde(skip_serializing_if = "is_default")]
    pub jsonnet: JsonnetSource,
    /// Whether files of any extension are manifests.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_extension_filter: bool,
}

/// Jsonnet's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct JsonnetSource {
    /// External variables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ext_vars: Vec<JsonnetVar>,
    /// Top-level arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tlas: Vec<JsonnetVar>,
    /// Library folders, from the repository's root.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub libs: Vec<String>,
}

/// One variable for Jsonnet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct JsonnetVar {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// Whether the value is code.
    #[serde(skip_serializing_if = "is_default")]
    pub code: bool,
}

/// A plugin's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PluginSource {
    /// The plugin's name; empty means: found by what the folder holds.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Environment variables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvEntry>,
    /// Parameters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<PluginParameter>,
}

/// One environment variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EnvEntry {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// One parameter of a plugin: a text, a list or a map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PluginParameter {
    /// The name.
    pub name: String,
    /// The value as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string: Option<String>,
    /// The value as a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<Vec<String>>,
    /// The value as a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<BTreeMap<String, String>>,
}

/// A number that users also write as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A number.
    Int(i64),
    /// A text.
    String(String),
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::String(text) => f.write_str(text),
        }
    }
}
