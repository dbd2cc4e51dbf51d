//! What an Argo CD installation's `argocd-cm` says about comparing.
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

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::api::ResourceIgnoreDifferences;
use crate::diff::{KnownField, KnownTypes};
use crate::filter::{self, Filter};
use crate::ignore::{self, Rules};
use crate::mask::Masking;
use crate::tracking::{INSTANCE_LABEL, Method, Tracking};
use crate::{GroupKind, diff, yaml};

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

/// The sorts of customizations; others are errors.
const KINDS: [&str; 6] = [
    "health",
    "useOpenLibs",
    "actions",
    "ignoreDifferences",
    "ignoreResourceUpdates",
    "knownTypeFields",
];
const CUSTOMIZATIONS: &str = "resource.customizations";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CompareOptions {
    ignore_aggregated_roles: bool,
    ignore_resource_status_field: serde_json::Value,
}

/// One entry of the map that holds everything of a kind.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Legacy {
    #[serde(rename = "ignoreDifferences")]
    ignore_differences: String,
    #[serde(rename = "knownTypeFields")]
    known_type_fields: Vec<KnownField>,
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
        };
        let mut rules = BTreeMap::new();
        let legacy: BTreeMap<String, Legacy> = setting(data, CUSTOMIZATIONS)?.unwrap_or_default();
        for (kind, legacy) in legacy {
            let (group, kind) = kind.split_once('/').unwrap_or(("", &kind));
            let kind = GroupKind::new(group, kind);
            let lists: Option<ResourceIgnoreDifferences> =
                parse(CUSTOMIZATIONS, &legacy.ignore_differences)?;
            rules.extend(lists.map(|lists| (kind.clone(), lists)));
            if !legacy.known_type_fields.is_empty() {
                warnings.extend(installation.know(&kind, &legacy.known_type_fields));
            }
        }
        for (key, text) in data {
            let Some((sort, kind)) = customization(key)? else {
                continue;
            };
            match sort {
                "ignoreDifferences" => {
                    rules.extend(parse(key, text)?.map(|lists| (kind, lists)));
                }
                "knownTypeFields" => {
                    let fields: Vec<KnownField> = parse(key, text)?.unwrap_or_default();
                    warnings.extend(installation.know(&kind, &fields));
                }
                _ => {}
            }
        }
        let named = rules.into_iter().map(|(kind, mut rule)| {
            (rule.group, rule.kind) = (kind.group, kind.kind);
            rule
        });
        installation.ignore.extend(named);
        let status = status(&options.ignore_resource_status_field, &mut warnings);
        installation.ignore.extend(status);
        Ok((installation, warnings))
    }

    fn know(&mut self, kind: &GroupKind, fields: &[KnownField]) -> Vec<String> {
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
        Rules::only(application.iter().chain(&self.ignore).cloned())
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

/// The sort and kind of a customization's key: `resource.customizations.<sort>.<kind>`.
fn customization(key: &str) -> Result<Option<(&str, GroupKind)>, Error> {
    let Some(rest) = key
        .strip_prefix(CUSTOMIZATIONS)
        .and_then(|rest| rest.strip_prefix('.'))
    else {
        return Ok(None);
    };
    let error = |reason: &str| Error {
        key: key.to_owned(),
        reason: reason.to_owned(),
    };
    let (sort, kind) = rest.split_once('.').ok_or_else(|| error("names no kind"))?;
    if !KINDS.contains(&sort) {
        return Err(error("is no known customization"));
    }
    let parts: Vec<&str> = kind.split('_').collect();
    let kind = match parts.as_slice() {
        ["all"] => GroupKind::new("*", "*"),
        [kind] => GroupKind::new("", kind),
        [group, kind] => GroupKind::new(group, kind),
        _ => return Err(error("must end in group_Kind or Kind")),
    };
    Ok(Some((sort, kind)))
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
mod tests {
    use super::*;

    fn read(entries: &[(&str, &str)]) -> Result<(Installation, Vec<String>), Error> {
        let data = entries
            .iter()
            .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
        Installation::read(&data.collect())
    }

    fn kinds(installation: &Installation) -> Vec<String> {
        let rules = installation.ignore.iter();
        let mut kinds: Vec<String> = rules
            .map(|rule| format!("{}/{}", rule.group, rule.kind))
            .collect();
        kinds.sort();
        kinds
    }

    #[test]
    fn keys_name_kinds() {
        let (installation, _) = read(&[
            (
                "resource.customizations.ignoreDifferences.all",
                "jsonPointers: [/a]",
            ),
            (
                "resource.customizations.ignoreDifferences.ConfigMap",
                "jsonPointers: [/a]",
            ),
            (
                "resource.customizations.ignoreDifferences.apps_Deployment",
                "jsonPointers: [/a]",
            ),
            (
                "resource.customizations.health.apps_Deployment",
                "return {}",
            ),
            (
                "resource.compareoptions",
                "ignoreAggregatedRoles: true\nignoreResourceStatusField: none",
            ),
        ])
        .unwrap();
        assert_eq!(
            kinds(&installation),
            ["*/*", "/ConfigMap", "apps/Deployment"]
        );
        assert!(installation.ignore_aggregated_roles);
    }

    #[test]
    fn a_key_of_its_own_replaces_the_entry_of_the_map() {
        let (installation, _) = read(&[
            (
                "resource.customizations",
                "apps/Deployment:\n  ignoreDifferences: |\n    jsonPointers: [/old]\n",
            ),
            (
                "resource.customizations.ignoreDifferences.apps_Deployment",
                "jsonPointers: [/new]",
            ),
        ])
        .unwrap();
        assert_eq!(installation.ignore[0].json_pointers, ["/new"]);
    }

    #[test]
    fn the_status_is_left_out_as_the_setting_says() {
        for (setting, expected) in [
            ("all", 1),
            ("crd", 1),
            ("none", 0),
            ("false", 0),
            ("off", 0),
            ("maybe", 1),
        ] {
            let text = format!("ignoreResourceStatusField: {setting}");
            let (installation, warnings) = read(&[("resource.compareoptions", &text)]).unwrap();
            assert_eq!(installation.ignore.len(), expected, "{setting}");
            assert_eq!(warnings.len(), usize::from(setting == "maybe"), "{setting}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (key, text) in [
            ("resource.customizations.nonsense.apps_Deployment", ""),
            (
                "resource.customizations.ignoreDifferences.a_b_c",
                "jsonPointers: []",
            ),
            (
                "resource.customizations.ignoreDifferences.ConfigMap",
                "jsonPointers: 3",
            ),
            ("resource.exclusions", "{"),
        ] {
            assert_eq!(read(&[(key, text)]).unwrap_err().key, key);
        }
    }
}
