//! Sync options: `Key=value` switches of an application and of single objects.
//!
//! An application lists them under `spec.syncPolicy.syncOptions`, an object in
//! an annotation. Both are read here once, into types; whoever acts on an
//! option never sees its text. What is not understood is reported with the
//! nearest option that exists, because the reference ignores it in silence.

mod report;

use serde::{Deserialize, Serialize};

use crate::Object;
use crate::api::Application;
use crate::apply::Propagation;

pub use report::{Level, Misspelt};

/// The annotation with an object's own options, separated by commas.
pub const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// Whether objects may be deleted.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Removal {
    /// They may.
    #[default]
    Allowed,
    /// They may, once a person has confirmed it.
    Confirm,
    /// They stay.
    Refused,
}

impl Removal {
    /// Any value but `false` and `confirm` allows it, as in the reference.
    fn parse(value: &str) -> Self {
        match value {
            "false" => Self::Refused,
            "confirm" => Self::Confirm,
            _ => Self::Allowed,
        }
    }
}

/// The options of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the reference, on or off on its own"
)]
pub struct ApplicationOptions {
    /// `CreateNamespace=true`: the destination namespace is created first.
    pub create_namespace: bool,
    /// `Prune=…`: what becomes of objects that left the sources.
    pub prune: Removal,
    /// `Delete=…`: what becomes of objects when the application is deleted.
    pub delete: Removal,
    /// `PruneLast=true`: prunes wait for everything else.
    pub prune_last: bool,
    /// `PrunePropagationPolicy=…`: what becomes of a pruned object's dependants.
    pub propagation: Propagation,
    /// Off with `Validate=false`: objects are applied with fields their schema does not know.
    pub validate: bool,
    /// `SkipDryRunOnMissingResource=true`: a kind the cluster lacks is no error before it is applied.
    pub skip_dry_run_on_missing_resource: bool,
    /// `ApplyOutOfSyncOnly=true`: objects that are as wanted are left out.
    pub apply_out_of_sync_only: bool,
    /// `Replace=true`: objects are put in the place of live ones instead of merged.
    pub replace: bool,
    /// `ServerSideApply=true`: the server merges by field ownership.
    pub server_side_apply: bool,
    /// Off with `ClientSideApplyMigration=false`: fields of a client-side manager stay its own.
    pub client_side_apply_migration: bool,
    /// `FailOnSharedResource=true`: an object of another application fails the sync.
    pub fail_on_shared_resource: bool,
    /// `RespectIgnoreDifferences=true`: ignored fields keep their live values.
    pub respect_ignore_differences: bool,
    /// What the list holds that is no option.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub misspelt: Vec<Misspelt>,
}

impl Default for ApplicationOptions {
    fn default() -> Self {
        Self {
            create_namespace: false,
            prune: Removal::Allowed,
            delete: Removal::Allowed,
            prune_last: false,
            propagation: Propagation::Foreground,
            validate: true,
            skip_dry_run_on_missing_resource: false,
            apply_out_of_sync_only: false,
            replace: false,
            server_side_apply: false,
            client_side_apply_migration: true,
            fail_on_shared_resource: false,
            respect_ignore_differences: false,
            misspelt: Vec::new(),
        }
    }
}

impl ApplicationOptions {
    /// Reads the list of an application's sync policy.
    pub fn of(application: &Application) -> Self {
        let policy = application.spec.sync_policy.as_ref();
        policy.map_or_else(Self::default, |policy| Self::parse(&policy.sync_options))
    }

    /// Reads an application's list. An item counts only when it is written
    /// exactly so; see [`misspelt`] for those that do not.
    ///
    /// ```
    /// use gitops_core::sync_options::ApplicationOptions;
    ///
    /// let options = ApplicationOptions::parse(&["CreateNamespace=true", "Validate=false"]);
    /// assert!(options.create_namespace);
    /// assert!(!options.validate);
    /// ```
    pub fn parse(items: &[impl AsRef<str>]) -> Self {
        let on = |item: &str| items.iter().any(|known| known.as_ref() == item);
        let value = |prefix: &str| {
            items
                .iter()
                .find_map(|item| item.as_ref().strip_prefix(prefix))
        };
        Self {
            create_namespace: on("CreateNamespace=true"),
            prune: value("Prune=").map_or(Removal::Allowed, Removal::parse),
            delete: value("Delete=").map_or(Removal::Allowed, Removal::parse),
            prune_last: on("PruneLast=true"),
            propagation: propagation(on),
            validate: !on("Validate=false"),
            skip_dry_run_on_missing_resource: on("SkipDryRunOnMissingResource=true"),
            apply_out_of_sync_only: on("ApplyOutOfSyncOnly=true"),
            replace: on("Replace=true"),
            server_side_apply: on("ServerSideApply=true"),
            client_side_apply_migration: !on("ClientSideApplyMigration=false"),
            fail_on_shared_resource: on("FailOnSharedResource=true"),
            respect_ignore_differences: on("RespectIgnoreDifferences=true"),
            misspelt: misspelt(items),
        }
    }
}

/// Background wins over foreground, and foreground over orphan, wherever they stand.
fn propagation(on: impl Fn(&str) -> bool) -> Propagation {
    if on("PrunePropagationPolicy=background") {
        Propagation::Background
    } else if on("PrunePropagationPolicy=foreground") {
        Propagation::Foreground
    } else if on("PrunePropagationPolicy=orphan") {
        Propagation::Orphan
    } else {
        Propagation::Foreground
    }
}

/// The options of one object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the reference, on or off on its own"
)]
pub struct ObjectOptions {
    /// `Prune=…`, where the object has an opinion.
    pub prune: Option<Removal>,
    /// `Delete=…`, where the object has an opinion.
    pub delete: Option<Removal>,
    /// `PruneLast=true`.
    pub prune_last: bool,
    /// `Validate=false`.
    pub skip_validation: bool,
    /// `SkipDryRunOnMissingResource=true`.
    pub skip_dry_run_on_missing_resource: bool,
    /// `Replace=true`.
    pub replace: bool,
    /// `Force=true`.
    pub force: bool,
    /// `ServerSideApply=…`, where the object has an opinion.
    pub server_side_apply: Option<bool>,
}

impl ObjectOptions {
    /// Reads an object's annotation.
    pub fn of(object: &Object) -> Self {
        object
            .annotation(SYNC_OPTIONS)
            .map_or_else(Self::default, Self::parse)
    }

    /// Reads the annotation's text. The first value of an option counts.
    pub fn parse(text: &str) -> Self {
        let mut options = Self::default();
        for item in text.split(',').map(str::trim) {
            options.take(item);
        }
        options
    }

    fn take(&mut self, item: &str) {
        match item {
            "PruneLast=true" => self.prune_last = true,
            "Validate=false" => self.skip_validation = true,
            "SkipDryRunOnMissingResource=true" => self.skip_dry_run_on_missing_resource = true,
            "Replace=true" => self.replace = true,
            "Force=true" => self.force = true,
            "ServerSideApply=true" => {
                self.server_side_apply = self.server_side_apply.or(Some(true));
            }
            "ServerSideApply=false" => self.server_side_apply = Some(false),
            _ => self.take_value(item),
        }
    }

    fn take_value(&mut self, item: &str) {
        match item.split_once('=') {
            Some(("Prune", value)) => _ = self.prune.get_or_insert(Removal::parse(value)),
            Some(("Delete", value)) => _ = self.delete.get_or_insert(Removal::parse(value)),
            _ => {}
        }
    }
}

/// What an application's list holds that is no option, each with the nearest one that is.
///
/// ```
/// use gitops_core::sync_options::misspelt;
///
/// let reports = misspelt(&["CreateNamespaces=true", "Validate=false"]);
/// assert_eq!(
///     reports[0].to_string(),
///     r#"sync option "CreateNamespaces=true" is not known; did you mean "CreateNamespace=true"?"#
/// );
/// assert_eq!(reports.len(), 1);
/// ```
pub fn misspelt(items: &[impl AsRef<str>]) -> Vec<Misspelt> {
    items
        .iter()
        .filter_map(|item| report::application(item.as_ref()))
        .collect()
}

/// What an object's annotation holds that is no option, each with the nearest one that is.
pub fn misspelt_on(object: &Object) -> Vec<Misspelt> {
    object
        .annotation(SYNC_OPTIONS)
        .into_iter()
        .flat_map(|text| text.split(','))
        .filter_map(|item| report::object(item.trim()))
        .collect()
}

#[cfg(test)]
mod tests;
