//! The kinds that the cluster serves.

mod priority;

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::apply::Error;
use gitops_core::discovery::{Resource, Scope};
use gitops_core::{Discovery, GroupKind, GroupVersionKind};
use serde_json::Value;

use priority::Priority;

use super::errors;
use super::schema::{self, Place, Schema};

/// One kind in one version.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) resource: Resource,
    /// Whether `status` is changed on its own.
    pub(super) status: bool,
    /// Whether the kind's objects are kept in this version.
    is_stored: bool,
    types: Types,
}

#[derive(Debug)]
enum Types {
    Builtin(&'static str),
    Custom(Schema),
}

impl Kind {
    /// The type of its objects.
    pub(super) fn place(&self) -> Place<'_> {
        let known = match &self.types {
            Types::Builtin(name) => schema::builtin().named(name),
            Types::Custom(schema) => schema.named(schema::ROOT),
        };
        known.unwrap_or_else(schema::anything)
    }

    /// Whether a CustomResourceDefinition made it.
    pub(super) fn is_custom(&self) -> bool {
        matches!(self.types, Types::Custom(_))
    }

    pub(super) fn is_namespaced(&self) -> bool {
        self.resource.scope == Scope::Namespaced
    }

    pub(super) fn group_kind(&self) -> GroupKind {
        self.resource.kind.group_kind()
    }

    /// The name that errors call it by: `deployments.apps`.
    pub(super) fn qualified(&self) -> String {
        let plural = &self.resource.plural;
        match self.resource.kind.group.as_str() {
            "" => plural.clone(),
            group => format!("{plural}.{group}"),
        }
    }

    fn builtin(line: &schema::KindLine) -> Self {
        let (group, version) = line
            .api_version
            .split_once('/')
            .unwrap_or(("", line.api_version));
        let scope = if line.namespaced {
            Scope::Namespaced
        } else {
            Scope::Cluster
        };
        Self {
            resource: Resource::new(
                GroupVersionKind::new(group, version, line.kind),
                line.plural,
                scope,
            ),
            status: line.status,
            // The one that has two versions keeps its objects in the preferred one.
            is_stored: line.api_version != "autoscaling/v1",
            types: Types::Builtin(line.type_name),
        }
    }
}

/// All kinds, those of a group and kind with the preferred version first.
#[derive(Debug)]
pub(super) struct Registry {
    server_version: String,
    kinds: BTreeMap<GroupKind, Vec<Arc<Kind>>>,
    /// What was said of the kinds since they changed last.
    said: Option<Arc<Discovery>>,
}

impl Registry {
    /// The built-in kinds.
    pub(super) fn new(server_version: &str) -> Self {
        let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for kind in schema::kinds().map(|line| Kind::builtin(&line)) {
            kinds
                .entry(kind.group_kind())
                .or_default()
                .push(Arc::new(kind));
        }
        let server_version = server_version.into();
        Self {
            server_version,
            kinds,
            said: None,
        }
    }

    /// The kind in exactly this version.
    pub(super) fn get(&self, kind: &GroupVersionKind) -> Result<Arc<Kind>, Error> {
        let versions = self.kinds.get(&kind.group_kind());
        let found = versions.and_then(|all| all.iter().find(|it| it.resource.kind == *kind));
        found.cloned().ok_or_else(|| errors::unknown_kind(kind))
    }

    /// The kind in the version in which its objects are kept.
    pub(super) fn stored(&self, kind: &Arc<Kind>) -> Arc<Kind> {
        let versions = self.kinds.get(&kind.group_kind());
        let mut versions = versions.into_iter().flatten();
        Arc::clone(versions.find(|it| it.is_stored).unwrap_or(kind))
    }

    /// The kind in its preferred version.
    pub(super) fn preferred(&self, kind: &GroupKind) -> Option<Arc<Kind>> {
        self.kinds.get(kind)?.first().cloned()
    }

    /// What the cluster says it serves.
    pub(super) fn discovery(&mut self) -> Arc<Discovery> {
        let say = || {
            let resources = self.kinds.values().flatten().map(|it| it.resource.clone());
            Arc::new(Discovery::new(&*self.server_version, resources))
        };
        Arc::clone(self.said.get_or_insert_with(say))
    }

    /// Serves what a CustomResourceDefinition describes, in place of what it described before.
    pub(super) fn define(&mut self, definition: &Value) {
        let spec = &definition["spec"];
        let kinds: Vec<_> = versions(spec)
            .filter_map(|it| custom(spec, it))
            .map(Arc::new)
            .collect();
        if let Some(first) = kinds.first() {
            self.kinds.insert(first.group_kind(), kinds);
            self.said = None;
        }
    }

    /// Serves the kind of a CustomResourceDefinition no more.
    pub(super) fn forget(&mut self, kind: &GroupKind) {
        self.kinds.remove(kind);
        self.said = None;
    }

    /// Whether the kind is one of the built-in ones.
    pub(super) fn is_builtin(&self, kind: &GroupKind) -> bool {
        self.preferred(kind).is_some_and(|kind| !kind.is_custom())
    }
}

/// The kind that a CustomResourceDefinition describes.
pub(super) fn defined_kind(definition: &Value) -> Option<GroupKind> {
    let spec = definition.get("spec")?;
    let kind = spec.get("names")?.get("kind")?.as_str()?;
    Some(GroupKind::new(spec.get("group")?.as_str()?, kind))
}

/// The served versions, the preferred one first.
fn versions(spec: &Value) -> impl Iterator<Item = &Value> {
    let mut versions: Vec<&Value> = spec["versions"].as_array().into_iter().flatten().collect();
    versions.retain(|version| version["served"] == true);
    versions.sort_by_key(|version| Priority::of(version["name"].as_str().unwrap_or_default()));
    versions.into_iter()
}

fn custom(spec: &Value, version: &Value) -> Option<Kind> {
    let names = spec.get("names")?;
    let kind = GroupVersionKind::new(
        spec.get("group")?.as_str()?,
        version.get("name")?.as_str()?,
        names.get("kind")?.as_str()?,
    );
    let scope = match spec.get("scope")?.as_str()? {
        "Cluster" => Scope::Cluster,
        _ => Scope::Namespaced,
    };
    let open_api = &version["schema"]["openAPIV3Schema"];
    Some(Kind {
        resource: Resource::new(kind, names.get("plural")?.as_str()?, scope),
        status: version["subresources"].get("status").is_some(),
        is_stored: version["storage"] == true,
        types: Types::Custom(schema::of_definition(open_api)),
    })
}
