//! What a sync was asked to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::api::{ManagedNamespaceMetadata, SyncOperation, SyncOperationResource};
use crate::ignore::Rules;
use crate::sync_options::ApplicationOptions;
use crate::{Discovery, Object, ObjectKey};

/// What becomes of live objects that left the sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Prune {
    /// They stay, and are reported.
    #[default]
    Keep,
    /// They are deleted.
    Delete,
}

/// Whether hooks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hooks {
    /// They do.
    #[default]
    Run,
    /// They are left out, as strategy `apply` asks.
    LeaveOut,
}

/// Names objects that take part in a selective sync; `*` stands for any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Selector {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty stands for all.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Selector {
    /// Whether it names the object.
    pub fn matches(&self, key: &ObjectKey) -> bool {
        let is = |own: &str, name: &str| own == name || own == "*";
        is(&self.group, &key.group)
            && is(&self.kind, &key.kind)
            && is(&self.name, &key.name)
            && (self.namespace.is_empty() || is(&self.namespace, &key.namespace))
    }
}

impl From<SyncOperationResource> for Selector {
    fn from(resource: SyncOperationResource) -> Self {
        Self {
            group: resource.group,
            kind: resource.kind,
            namespace: resource.namespace,
            name: resource.name,
        }
    }
}

impl From<ObjectKey> for Selector {
    fn from(key: ObjectKey) -> Self {
        Self {
            group: key.group,
            kind: key.kind,
            namespace: key.namespace,
            name: key.name,
        }
    }
}

/// What a sync was asked to do.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The application's destination namespace.
    pub namespace: String,
    /// The application's sync options.
    pub application: ApplicationOptions,
    /// What becomes of live objects that left the sources.
    pub prune: Prune,
    /// Whether hooks run. A selective sync leaves them out whatever is said here.
    pub hooks: Hooks,
    /// Whether refused changes delete and create objects.
    pub force: bool,
    /// Whether the cluster is only asked what would come of it.
    pub dry_run: bool,
    /// The objects that take part; empty for all.
    pub resources: Vec<Selector>,
    /// The revision that is synced, for generated names; empty when there are several.
    pub revision: String,
    /// When the operation began, for generated names.
    pub started_at: Timestamp,
    /// The live destination namespace; needed only with `CreateNamespace=true`.
    pub live_namespace: Option<Arc<Object>>,
    /// What the destination namespace should carry.
    pub managed_namespace: Option<ManagedNamespaceMetadata>,
    /// The client-side manager whose fields a server-side apply takes over;
    /// `None` stands for the reference's `kubectl-client-side-apply`.
    pub migration_manager: Option<String>,
    /// What differences do not count, for `RespectIgnoreDifferences=true`.
    pub ignore: Rules,
    /// What the cluster serves; without it no kind is found missing.
    pub discovery: Option<Arc<Discovery>>,
    /// Objects that must not be synced, with the reason, such as those the project forbids.
    pub refused: BTreeMap<ObjectKey, String>,
}

impl Options {
    /// What an operation asks for; the destination and the rest of what is known
    /// is still to be set.
    pub fn of(sync: &SyncOperation) -> Self {
        let strategy = sync.sync_strategy.as_ref();
        let apply = strategy.and_then(|strategy| strategy.apply.as_ref());
        let hook = strategy.and_then(|strategy| strategy.hook.as_ref());
        // Where both strategies are named, `apply` counts.
        let force = match (apply, hook) {
            (Some(apply), _) => apply.force,
            (None, Some(hook)) => hook.force,
            (None, None) => false,
        };
        Self {
            application: ApplicationOptions::parse(&sync.sync_options),
            prune: if sync.prune {
                Prune::Delete
            } else {
                Prune::Keep
            },
            hooks: if apply.is_some() {
                Hooks::LeaveOut
            } else {
                Hooks::Run
            },
            force,
            dry_run: sync.dry_run,
            resources: sync.resources.iter().cloned().map(Selector::from).collect(),
            revision: sync.revision.clone(),
            ..Self::default()
        }
    }

    /// Sets the destination namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Sets the application's sync options.
    #[must_use]
    pub fn application(mut self, application: ApplicationOptions) -> Self {
        self.application = application;
        self
    }

    /// Sets what becomes of live objects that left the sources.
    #[must_use]
    pub fn prune(mut self, prune: Prune) -> Self {
        self.prune = prune;
        self
    }

    /// Sets whether hooks run.
    #[must_use]
    pub fn hooks(mut self, hooks: Hooks) -> Self {
        self.hooks = hooks;
        self
    }

    /// Sets whether refused changes delete and create objects.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// Sets whether the cluster is only asked what would come of it.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Sets the objects that take part.
    #[must_use]
    pub fn resources(mut self, resources: Vec<Selector>) -> Self {
        self.resources = resources;
        self
    }

    /// Sets the revision that is synced.
    #[must_use]
    pub fn revision(mut self, revision: impl Into<String>) -> Self {
        self.revision = revision.into();
        self
    }

    /// Sets when the operation began.
    #[must_use]
    pub fn started_at(mut self, started_at: Timestamp) -> Self {
        self.started_at = started_at;
        self
    }

    /// Sets the live destination namespace.
    #[must_use]
    pub fn live_namespace(mut self, live: Option<Arc<Object>>) -> Self {
        self.live_namespace = live;
        self
    }

    /// Sets what the destination namespace should carry.
    #[must_use]
    pub fn managed_namespace(mut self, managed: Option<ManagedNamespaceMetadata>) -> Self {
        self.managed_namespace = managed;
        self
    }

    /// Sets the client-side manager whose fields a server-side apply takes over.
    #[must_use]
    pub fn migration_manager(mut self, manager: Option<String>) -> Self {
        self.migration_manager = manager;
        self
    }

    /// Sets what differences do not count.
    #[must_use]
    pub fn ignore(mut self, rules: Rules) -> Self {
        self.ignore = rules;
        self
    }

    /// Sets what the cluster serves.
    #[must_use]
    pub fn discovery(mut self, discovery: Option<Arc<Discovery>>) -> Self {
        self.discovery = discovery;
        self
    }

    /// Sets the objects that must not be synced.
    #[must_use]
    pub fn refused(mut self, refused: BTreeMap<ObjectKey, String>) -> Self {
        self.refused = refused;
        self
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            namespace: self.namespace.clone(),
            revision: self.revision.clone(),
            started_at: self.started_at,
            dry_run: self.dry_run,
            propagation: self.application.propagation,
            selective: !self.resources.is_empty(),
        }
    }

    pub(super) fn selects(&self, key: &ObjectKey) -> bool {
        self.resources.is_empty() || self.resources.iter().any(|selector| selector.matches(key))
    }

    pub(super) fn runs_hooks(&self) -> bool {
        self.hooks == Hooks::Run && self.resources.is_empty()
    }
}
