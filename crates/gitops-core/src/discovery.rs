//! What kinds a cluster serves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{GroupKind, GroupVersionKind};

/// Whether objects of a kind live in namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// They belong to the whole cluster.
    Cluster,
    /// They belong to a namespace.
    Namespaced,
}

/// One kind in one version, as a cluster serves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resource {
    /// Group, version and kind.
    pub kind: GroupVersionKind,
    /// The name in URLs, such as `deployments`.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub scope: Scope,
    /// What may be asked of it, such as `get`, `list`, `watch`.
    pub verbs: Vec<String>,
}

impl Resource {
    /// A kind that allows everything the engine asks for.
    pub fn new(kind: GroupVersionKind, plural: impl Into<String>, scope: Scope) -> Self {
        let verbs = [
            "create", "delete", "get", "list", "patch", "update", "watch",
        ];
        Self {
            kind,
            plural: plural.into(),
            scope,
            verbs: verbs.map(str::to_owned).to_vec(),
        }
    }

    /// Sets what may be asked of it.
    #[must_use]
    pub fn verbs(mut self, verbs: Vec<String>) -> Self {
        self.verbs = verbs;
        self
    }

    /// Whether `verb` may be asked of it.
    pub fn supports(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}

/// The kinds a cluster serves at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The server's version, such as `1.35.4`; empty when unknown.
    pub server_version: String,
    /// By kind, with the cluster's preferred version first.
    resources: BTreeMap<GroupKind, Vec<Resource>>,
}

impl Discovery {
    /// What a cluster of `server_version` serves. Of the versions of one kind,
    /// the one that comes first is preferred.
    pub fn new(
        server_version: impl Into<String>,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Self {
        let mut discovery = Self {
            server_version: server_version.into(),
            resources: BTreeMap::new(),
        };
        for resource in resources {
            let versions = discovery
                .resources
                .entry(resource.kind.group_kind())
                .or_default();
            if versions.iter().all(|known| known.kind != resource.kind) {
                versions.push(resource);
            }
        }
        discovery
    }

    /// The kind in exactly this version.
    pub fn get(&self, kind: &GroupVersionKind) -> Option<&Resource> {
        self.versions(&kind.group_kind())
            .iter()
            .find(|resource| resource.kind == *kind)
    }

    /// The kind in the cluster's preferred version.
    pub fn preferred(&self, kind: &GroupKind) -> Option<&Resource> {
        self.versions(kind).first()
    }

    /// The kind in all its versions, the preferred one first.
    pub fn versions(&self, kind: &GroupKind) -> &[Resource] {
        self.resources.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The kind's scope; `None` when the cluster does not know the kind.
    pub fn scope(&self, kind: &GroupKind) -> Option<Scope> {
        self.preferred(kind).map(|resource| resource.scope)
    }

    /// Every kind once, in its preferred version, ordered by group and kind.
    pub fn kinds(&self) -> impl Iterator<Item = &Resource> {
        self.resources
            .values()
            .filter_map(|versions| versions.first())
    }

    /// What charts ask with `.Capabilities.APIVersions`: `v1`, `apps/v1` and
    /// `apps/v1/Deployment`, sorted.
    pub fn api_versions(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .resources
            .values()
            .flatten()
            .flat_map(|resource| [resource.kind.api_version(), resource.kind.to_string()])
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
