//! How objects are compared.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::normalize::normalize;
use super::{Choice, KnownTypes};
use crate::GroupVersionKind;
use crate::ignore::Rules;
use crate::schema::{self, Schema, Types};

/// The field manager that syncs apply as.
const MANAGER: &str = "argocd-controller";

/// How objects are compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// What does not count.
    pub ignore: Rules,
    /// Whether the rules of aggregated cluster roles, which the server fills in,
    /// are left out.
    pub ignore_aggregated_roles: bool,
    /// Which way of comparing is asked for.
    pub choice: Choice,
    /// The field manager that syncs apply as.
    pub manager: String,
    /// Whether what admission webhooks change in a dry run is shown.
    pub show_webhook_changes: bool,
    /// The shapes of the cluster's kinds, which count more than the built-in ones.
    pub types: Option<Arc<Types>>,
    /// Fields of custom resources that hold types Kubernetes knows.
    pub known_types: KnownTypes,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ignore: Rules::default(),
            ignore_aggregated_roles: false,
            choice: Choice::default(),
            manager: MANAGER.into(),
            show_webhook_changes: false,
            types: None,
            known_types: KnownTypes::default(),
        }
    }
}

impl Settings {
    /// Sets what does not count.
    #[must_use]
    pub fn ignore(mut self, rules: Rules) -> Self {
        self.ignore = rules;
        self
    }

    /// Leaves the rules of aggregated cluster roles out.
    #[must_use]
    pub fn ignore_aggregated_roles(mut self, ignore: bool) -> Self {
        self.ignore_aggregated_roles = ignore;
        self
    }

    /// Sets which way of comparing is asked for.
    #[must_use]
    pub fn choice(mut self, choice: Choice) -> Self {
        self.choice = choice;
        self
    }

    /// Sets the field manager that syncs apply as.
    #[must_use]
    pub fn manager(mut self, manager: impl Into<String>) -> Self {
        self.manager = manager.into();
        self
    }

    /// Shows what admission webhooks change in a dry run.
    #[must_use]
    pub fn show_webhook_changes(mut self, show: bool) -> Self {
        self.show_webhook_changes = show;
        self
    }

    /// Sets the shapes of the cluster's kinds.
    #[must_use]
    pub fn types(mut self, types: impl Into<Arc<Types>>) -> Self {
        self.types = Some(types.into());
        self
    }

    /// Sets the fields of custom resources that hold types Kubernetes knows.
    #[must_use]
    pub fn known_types(mut self, known: KnownTypes) -> Self {
        self.known_types = known;
        self
    }

    /// One side in its normal form; most are given back as they are.
    pub(crate) fn normal<'a>(&self, kind: &GroupVersionKind, value: &'a Value) -> Cow<'a, Value> {
        let normal = normalize(kind, value, self.ignore_aggregated_roles);
        if self.known_types.has(&kind.group) {
            return self.known_types.canonical(&kind.group_kind(), normal);
        }
        normal
    }

    /// The shape of a kind, where it is known.
    pub(crate) fn schema(&self, kind: &GroupVersionKind) -> Option<Schema<'_>> {
        let own = self.types.as_ref().and_then(|types| types.kind(kind));
        own.or_else(|| schema::builtin().kind(kind))
    }
}
