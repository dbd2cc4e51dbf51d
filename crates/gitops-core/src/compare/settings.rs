//! What a comparison must know of the application and the cluster.

use std::sync::Arc;

use crate::api::ManagedNamespaceMetadata;
use crate::filter::Filter;
use crate::tracking::Tracking;
use crate::{Discovery, GroupKind, Scope, diff, schema};

/// What a comparison must know of the application and the cluster.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The application's name in tracking marks.
    pub instance: String,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// How objects are marked.
    pub tracking: Tracking,
    /// The kinds the cluster serves. The scope of kinds it does not know comes from
    /// the built-in table, and is unknown for the rest.
    pub discovery: Arc<Discovery>,
    /// How objects are compared.
    pub diff: diff::Settings,
    /// Labels and annotations of the destination namespace, where the application
    /// manages them.
    pub managed_namespace: Option<ManagedNamespaceMetadata>,
    /// Which kinds take part.
    pub filter: Filter,
    /// The URL of the cluster's API server, which the filter may ask for.
    pub cluster: String,
}

impl Settings {
    /// The settings of an application with this name in tracking marks and this
    /// destination namespace.
    pub fn new(instance: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self {
            instance: instance.into(),
            namespace: namespace.into(),
            tracking: Tracking::default(),
            discovery: Arc::default(),
            diff: diff::Settings::default(),
            managed_namespace: None,
            filter: Filter::default(),
            cluster: String::new(),
        }
    }

    /// Sets how objects are marked.
    #[must_use]
    pub fn tracking(mut self, tracking: Tracking) -> Self {
        self.tracking = tracking;
        self
    }

    /// Sets the kinds the cluster serves.
    #[must_use]
    pub fn discovery(mut self, discovery: impl Into<Arc<Discovery>>) -> Self {
        self.discovery = discovery.into();
        self
    }

    /// Sets how objects are compared.
    #[must_use]
    pub fn diff(mut self, diff: diff::Settings) -> Self {
        self.diff = diff;
        self
    }

    /// Sets the labels and annotations of the destination namespace.
    #[must_use]
    pub fn managed_namespace(mut self, metadata: ManagedNamespaceMetadata) -> Self {
        self.managed_namespace = Some(metadata);
        self
    }

    /// Sets which kinds take part on the cluster with this URL.
    #[must_use]
    pub fn filter(mut self, filter: Filter, cluster: impl Into<String>) -> Self {
        self.filter = filter;
        self.cluster = cluster.into();
        self
    }

    /// The scope of a kind; `None` when nobody knows the kind.
    pub(crate) fn scope(&self, kind: &GroupKind) -> Option<Scope> {
        self.discovery
            .scope(kind)
            .or_else(|| schema::builtin().scope(kind))
    }
}
