//! The kustomization file.

mod generators;
mod labels;
mod order;
mod patches;
mod replacements;
mod shape;
mod vars;
mod workloads;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::Error;
use super::decode;
use super::limits::Limits;

pub use generators::{GeneratorArgs, GeneratorOptions};
pub use labels::Label;
pub use order::{LegacySortOptions, SortOptions};
pub use patches::{Patch, Selector};
pub use replacements::{
    FieldOptions, Replacement, ReplacementEntry, ReplacementSource, ReplacementTarget,
};
pub(crate) use shape::{CONFIG, PLUGIN, REPLACEMENT};
pub use vars::{FieldReference, ObjectReference, Var};
pub use workloads::{Image, Replica};

/// The names a kustomization file may have.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a kustomization file asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Kustomization {
    /// `kustomize.config.k8s.io/v1beta1`, or `v1alpha1` for a component.
    pub api_version: String,
    /// `Kustomization` or `Component`.
    pub kind: String,
    /// Ignored by a build, but present.
    pub metadata: Option<Value>,
    /// Files, folders and URLs.
    pub resources: Vec<String>,
    /// Deprecated: more resources.
    pub bases: Vec<String>,
    /// Folders of components.
    pub components: Vec<String>,
    /// Files with schemas of custom resources.
    pub crds: Vec<String>,
    /// Files that say which fields the transformers work on.
    pub configurations: Vec<String>,
    /// Plugins that make objects: files, folders or text.
    pub generators: Vec<String>,
    /// Plugins that change objects.
    pub transformers: Vec<String>,
    /// Plugins that check objects.
    pub validators: Vec<String>,
    /// Put before names.
    pub name_prefix: String,
    /// Put behind names.
    pub name_suffix: String,
    /// The namespace of everything.
    pub namespace: String,
    /// Labels, selectors included.
    pub common_labels: BTreeMap<String, String>,
    /// Annotations.
    pub common_annotations: BTreeMap<String, String>,
    /// Labels, with a say in where.
    pub labels: Vec<Label>,
    /// Patches of either kind.
    pub patches: Vec<Patch>,
    /// Deprecated: strategic merge patches.
    pub patches_strategic_merge: Vec<String>,
    /// Deprecated: JSON patches.
    #[serde(rename = "patchesJson6902")]
    pub patches_json6902: Vec<Patch>,
    /// Images to rename.
    pub images: Vec<Image>,
    /// Deprecated: more images.
    pub image_tags: Vec<Image>,
    /// Replica counts.
    pub replicas: Vec<Replica>,
    /// Values copied from field to field.
    pub replacements: Vec<ReplacementEntry>,
    /// Deprecated: variables in text.
    pub vars: Vec<Var>,
    /// ConfigMaps to make.
    pub config_map_generator: Vec<GeneratorArgs>,
    /// Secrets to make.
    pub secret_generator: Vec<GeneratorArgs>,
    /// Options of all generators.
    pub generator_options: Option<GeneratorOptions>,
    /// The order of the output.
    pub sort_options: Option<SortOptions>,
    /// What to note in the objects.
    pub build_metadata: Vec<String>,
    /// A schema in place of the built-in one.
    pub openapi: BTreeMap<String, String>,
    /// Charts to render.
    pub helm_charts: Vec<Value>,
    /// Options of all charts.
    pub helm_globals: Option<Value>,
    /// Deprecated: charts to render.
    pub helm_chart_inflation_generator: Vec<Value>,
}

impl Kustomization {
    /// Reads a kustomization file; deprecated fields are moved where they belong.
    ///
    /// # Errors
    ///
    /// Names unknown fields with the nearest right name, and fields of the wrong type.
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Error> {
        let mut value = decode::value(text, limits)?;
        if value.is_null() {
            value = Value::Object(serde_json::Map::new());
        }
        let invalid = |mut error: Error| {
            let field = "into Go struct field Kustomization.";
            error.message = error.message.replacen("into field ", field, 1);
            error.find_line(text).context("invalid Kustomization")
        };
        decode::conform(&mut value, &shape::KUSTOMIZATION, "").map_err(invalid)?;
        let fields = value.as_object().map(|map| {
            map.keys()
                .filter(|key| !matches!(key.as_str(), "apiVersion" | "kind"))
                .count()
        });
        let mut kustomization: Self =
            decode::typed(value, &shape::KUSTOMIZATION, "").map_err(invalid)?;
        if fields == Some(0) {
            return Err(Error::new("kustomization.yaml is empty"));
        }
        kustomization.fix()?;
        Ok(kustomization)
    }

    fn fix(&mut self) -> Result<(), Error> {
        self.resources.append(&mut self.bases);
        self.images.append(&mut self.image_tags);
        for args in self
            .config_map_generator
            .iter_mut()
            .chain(&mut self.secret_generator)
        {
            if !args.env.is_empty() {
                args.envs.push(std::mem::take(&mut args.env));
            }
        }
        let charts = std::mem::take(&mut self.helm_chart_inflation_generator);
        self.helm_charts.extend(charts);
        if self.kind.is_empty() {
            self.kind = "Kustomization".into();
        }
        let expected = match self.kind.as_str() {
            "Component" => "kustomize.config.k8s.io/v1alpha1",
            _ => "kustomize.config.k8s.io/v1beta1",
        };
        if self.api_version.is_empty() {
            expected.clone_into(&mut self.api_version);
        }
        let mut problems = Vec::new();
        if self.kind != "Kustomization" && self.kind != "Component" {
            problems.push("kind should be Kustomization or Component".to_owned());
        }
        if self.api_version != expected {
            problems.push(format!("apiVersion for {} should be {expected}", self.kind));
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::new(problems.join("\n")).field("apiVersion"))
    }

    /// The deprecated fields in use.
    pub(crate) fn deprecated(text: &str) -> Vec<&'static str> {
        const FIELDS: [(&str, &str); 6] = [
            ("bases", "resources"),
            ("commonLabels", "labels"),
            ("imageTags", "images"),
            ("patchesJson6902", "patches"),
            ("patchesStrategicMerge", "patches"),
            ("vars", "replacements"),
        ];
        let starts = |name: &str| {
            text.lines().any(|line| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.trim_start().starts_with(':'))
            })
        };
        FIELDS
            .iter()
            .filter(|(name, _)| starts(name))
            .map(|(name, _)| *name)
            .collect()
    }
}
