//! What an Argo CD installation's `argocd-cm`, and `argocd-cmd-params-cm`, say about
//! comparing.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use gitops_core::installation::Installation;
//!
//! let data = BTreeMap::from([(
//!     "resource.customizations.ignoreDifferences.apps_Deployment".to_owned(),
//!     "jsonPointers: [/spec/replicas]".to_owned(),
//! )]);
//! let (installation, warnings) = Installation::read(&data)?;
//! assert!(warnings.is_empty());
//! assert_eq!(installation.ignore[0].kind, "Deployment");
//! # Ok::<(), gitops_core::installation::Error>(())
//! ```

mod customization;
mod parameters;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::api::ResourceIgnoreDifferences;
use crate::diff::{KnownField, KnownTypes};
use crate::filter::{self, Filter};
use crate::ignore::{self, Rules};
use crate::mask::Masking;
use crate::tracking::{INSTANCE_LABEL, Method, Tracking};
use crate::{GroupKind, diff, yaml};

use customization::customizations;

/// The time that a jq expression may take where no setting says otherwise.
const JQ_TIMEOUT: Duration = Duration::from_secs(1);

/// What an installation's settings say about comparing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Installation {
    /// Differences that count nowhere.
    pub ignore: Vec<ResourceIgnoreDifferences>,
    /// Whether the rules of aggregated cluster roles are left out.
    pub ignore_aggregated_roles: bool,
    /// Fields of custom resources that hold types Kubernetes knows.
    pub known_types: KnownTypes,
    /// Which kinds take part.
    pub filter: Filter,
    /// How objects are marked.
    pub tracking: Tracking,
    /// What is hidden beside the data of Secrets.
    pub masking: Masking,
    /// The time that a jq expression may take on one document, counted in steps.
    pub jq_timeout: Duration,
}

/// A setting that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct Error {
    /// The setting's key.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CompareOptions {
    ignore_aggregated_roles: bool,
    ignore_resource_status_field: serde_json::Value,
}

impl Installation {
    /// Reads the data of `argocd-cm`; gives what a person should know of it too.
    ///
    /// # Errors
    ///
    /// Names the first setting that cannot be read.
    pub fn read(data: &BTreeMap<String, String>) -> Result<(Self, Vec<String>), Error> {
        let mut warnings = Vec::new();
        let options: CompareOptions = setting(data, "resource.compareoptions")?.unwrap_or_default();
        let text = |key: &str| data.get(key).map(String::as_str).unwrap_or_default();
        let mut installation = Self {
            ignore: Vec::new(),
            ignore_aggregated_roles: options.ignore_aggregated_roles,
            known_types: KnownTypes::default(),
            filter: filter(data)?,
            tracking: tracking(data),
            masking: Masking::of_setting(text("resource.sensitive.mask.annotations")),
            jq_timeout: JQ_TIMEOUT,
        };
        for (kind, customization) in customizations(data)? {
            if let Some(mut rule) = customization.ignore_differences {
                (rule.group, rule.kind) = (kind.group.clone(), kind.kind.clone());
                installation.ignore.push(rule);
            }
            warnings.extend(installation.know(&kind, &customization.known_type_fields));
        }
        let status = status(&options.ignore_resource_status_field, &mut warnings);
        installation.ignore.extend(status);
        Ok((installation, warnings))
    }

    fn know(&mut self, kind: &GroupKind, fields: &[KnownField]) -> Vec<String> {
        if fields.is_empty() {
            return Vec::new();
        }
        let unknown = self.known_types.set(kind.clone(), fields);
        let text = |name: String| format!("knownTypeFields of {kind}: type {name} is not known");
        unknown.into_iter().map(text).collect()
    }

    /// An Application's rules with the installation's.
    ///
    /// # Errors
    ///
    /// Names the first rule that cannot be used.
    pub fn rules(&self, application: &[ResourceIgnoreDifferences]) -> Result<Rules, ignore::Error> {
        let rules = Rules::only(application.iter().chain(&self.ignore).cloned())?;
        #[cfg(feature = "jq")]
        let rules = rules.limits(ignore::Limits::of_time(self.jq_timeout));
        Ok(rules)
    }

    /// How an Application's objects are compared, by its rules and the installation's.
    ///
    /// # Errors
    ///
    /// As [`Installation::rules`].
    pub fn diff(
        &self,
        application: &[ResourceIgnoreDifferences],
    ) -> Result<diff::Settings, ignore::Error> {
        Ok(diff::Settings::default()
            .ignore(self.rules(application)?)
            .ignore_aggregated_roles(self.ignore_aggregated_roles)
            .known_types(self.known_types.clone()))
    }
}

fn filter(data: &BTreeMap<String, String>) -> Result<Filter, Error> {
    let entries =
        |key| -> Result<Vec<filter::Entry>, Error> { Ok(setting(data, key)?.unwrap_or_default()) };
    Ok(Filter::new(
        entries("resource.exclusions")?,
        entries("resource.inclusions")?,
    ))
}

fn tracking(data: &BTreeMap<String, String>) -> Tracking {
    let text = |key: &str| data.get(key).map(String::as_str).unwrap_or_default();
    let method = Method::parse(text("application.resourceTrackingMethod"));
    let label = match text("application.instanceLabelKey") {
        "" => INSTANCE_LABEL,
        label => label,
    };
    Tracking::new(method)
        .label(label)
        .installation(text("installationID"))
}

/// The rule that leaves `/status` out, of everything unless the setting says otherwise.
fn status(
    setting: &serde_json::Value,
    warnings: &mut Vec<String>,
) -> Option<ResourceIgnoreDifferences> {
    let text = match setting {
        serde_json::Value::Null => "all".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (group, kind) = match text.as_str() {
        "none" | "off" | "false" => return None,
        "crd" => ("apiextensions.k8s.io", "CustomResourceDefinition"),
        other => {
            if !matches!(other, "" | "all") {
                warnings.push(format!(
                    "ignoreResourceStatusField: {other:?} is read as all"
                ));
            }
            ("*", "*")
        }
    };
    Some(ResourceIgnoreDifferences {
        group: group.into(),
        kind: kind.into(),
        json_pointers: vec!["/status".into()],
        ..ResourceIgnoreDifferences::default()
    })
}

fn setting<T: DeserializeOwned>(
    data: &BTreeMap<String, String>,
    key: &str,
) -> Result<Option<T>, Error> {
    data.get(key).map_or(Ok(None), |text| parse(key, text))
}

fn parse<T: DeserializeOwned>(key: &str, text: &str) -> Result<Option<T>, Error> {
    let error = |reason: String| Error {
        key: key.to_owned(),
        reason,
    };
    let value = yaml::read(text, &yaml::Options::default()).map_err(|e| error(e.to_string()))?;
    serde_json::from_value(value).map_err(|e| error(e.to_string()))
}

#[cfg(test)]
mod tests;
