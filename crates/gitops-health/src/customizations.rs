//! The customizations that users configured for Argo CD, unchanged.
//!
//! [`Customizations`] reads the keys of `argocd-cm`; [`Overrides`] are their
//! scripts, compiled, ready for a [`Chain`](crate::Chain).

mod overrides;
mod parse;

use std::collections::BTreeMap;

pub use overrides::{Overrides, Problem};

/// What the `argocd-cm` ConfigMap says about kinds of objects.
///
/// ```
/// use gitops_core::{HealthCheck, HealthStatus, Object};
/// use gitops_health::customizations::{Customizations, Overrides};
/// use gitops_health::{Chain, lua};
///
/// let data = [(
///     "resource.customizations.health.example.org_Database",
///     "return {status = obj.status.phase}",
/// )];
/// let customizations = Customizations::parse(data)?;
/// let overrides = Overrides::compile(&customizations, &lua::Runtime::default());
/// let chain = Chain::customized(overrides);
///
/// let object = Object::new(serde_json::json!({
///     "apiVersion": "example.org/v1", "kind": "Database",
///     "metadata": {"name": "orders"}, "status": {"phase": "Degraded"},
/// }))?;
/// assert_eq!(chain.check(&object)?.unwrap().status, HealthStatus::Degraded);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Customizations {
    /// What is said of each kind, by `group/Kind`, `Kind` or a pattern of them.
    pub overrides: BTreeMap<String, Override>,
}

/// What is said of one kind.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Override {
    /// The health script; empty where none is given.
    pub health: String,
    /// Whether the health script may use the open libraries.
    pub use_open_libs: bool,
    /// The actions, where they are given.
    pub actions: Option<Actions>,
    /// The rules for differences to ignore, as YAML.
    pub ignore_differences: Option<String>,
    /// The rules for updates to ignore, as YAML.
    pub ignore_resource_updates: Option<String>,
    /// The fields of known types, such as quantities, as YAML.
    pub known_type_fields: Option<serde_json::Value>,
}

/// The actions of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actions {
    /// The script that finds the actions an object offers; may be empty.
    pub discovery: String,
    /// The actions' own scripts, in the order given.
    pub definitions: Vec<Definition>,
    /// Whether the bundled actions are offered as well.
    pub merge_builtin: bool,
}

/// One action's name and script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Definition {
    /// The action's name.
    pub name: String,
    /// Its script.
    pub script: String,
}

/// Why customizations cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key's last part is no group and kind.
    #[error(
        "group kind should be in format `resource.customizations.<type>.<group_kind>` or resource.customizations.<type>.<kind>`, got group kind: '{0}'"
    )]
    GroupKind(String),
    /// A key's type is none of those that are known.
    #[error("resource customization type {0} not supported")]
    Type(String),
    /// A value is not of the form that its key asks for.
    #[error("{key}: {problem}")]
    Value {
        /// The ConfigMap's key, and the override's within it.
        key: String,
        /// What is wrong with the value.
        problem: String,
    },
}

impl Customizations {
    /// Reads the data of an `argocd-cm` ConfigMap; other keys are ignored.
    ///
    /// # Errors
    ///
    /// Names the first key that is not as it should be.
    pub fn parse<K: AsRef<str>, V: AsRef<str>>(
        data: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Error> {
        let data: BTreeMap<String, String> = data
            .into_iter()
            .map(|(key, value)| (key.as_ref().to_owned(), value.as_ref().to_owned()))
            .collect();
        parse::parse(&data)
    }
}

#[cfg(test)]
mod tests;
