//! What is remembered of one live object.

use std::fmt;
use std::sync::Arc;

use gitops_core::{GroupKind, HealthStatus, Object, ObjectKey, ObjectRef};
use serde_json::Value;

use super::names::Names;
use crate::definition::is_definition;

/// Group, kind, namespace and name, in texts shared by all who have the same.
///
/// In this order, so that a range of it is a kind, or a kind in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id {
    pub(super) group: Arc<str>,
    pub(super) kind: Arc<str>,
    pub(super) namespace: Arc<str>,
    pub(super) name: Arc<str>,
}

impl Id {
    pub(super) fn of(key: &ObjectKey) -> Self {
        Self {
            group: key.group.as_str().into(),
            kind: key.kind.as_str().into(),
            namespace: key.namespace.as_str().into(),
            name: key.name.as_str().into(),
        }
    }

    pub(super) fn key(&self) -> ObjectKey {
        ObjectKey::new(&self.group, &self.kind, &self.namespace, &self.name)
    }

    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        &*self.group == group && &*self.kind == kind
    }
}

/// An object that another one belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// Group and kind.
    pub kind: GroupKind,
    /// The name.
    pub name: String,
    /// The UID; empty where only the name is known.
    pub uid: String,
}

/// What is remembered of one live object.
///
/// Everything of those that an application may be compared with, and of others
/// only what places them: a Pod takes a few hundred bytes.
pub struct Entry {
    pub(super) id: Id,
    pub(super) version: Arc<str>,
    pub(super) uid: Box<str>,
    pub(super) resource_version: Box<str>,
    pub(super) created: Box<str>,
    pub(super) owners: Box<[Owner]>,
    /// In whose name the object is deployed; only without owners.
    pub(super) instance: Option<Arc<str>>,
    pub(super) health: Option<HealthStatus>,
    /// Of what the object has that is not mere bookkeeping; `None` where it cannot be told.
    pub(super) fingerprint: Option<u64>,
    /// The names of a StatefulSet's volume claims.
    pub(super) claims: Box<[Box<str>]>,
    /// The whole as JSON, a tenth as large as the tree of values it stands for.
    pub(super) content: Option<Box<str>>,
}

/// What an application's settings say of an object.
pub(super) struct Traits {
    pub(super) instance: Option<String>,
    pub(super) health: Option<HealthStatus>,
    pub(super) fingerprint: Option<u64>,
}

impl Entry {
    /// Takes from the object what is to be remembered.
    pub(super) fn new(object: &Object, traits: Traits, names: &mut Names) -> Self {
        let owners = owners(object);
        let instance = traits.instance.filter(|_| owners.is_empty());
        let keep = instance.is_some() || is_definition(object.group(), object.kind());
        let created = object.value().pointer("/metadata/creationTimestamp");
        Self {
            id: Id {
                group: names.get(object.group()),
                kind: names.get(object.kind()),
                namespace: names.get(object.namespace().unwrap_or_default()),
                name: object.name().into(),
            },
            version: names.get(object.version()),
            uid: object.uid().unwrap_or_default().into(),
            resource_version: object.resource_version().unwrap_or_default().into(),
            created: created.and_then(Value::as_str).unwrap_or_default().into(),
            owners: owners.into(),
            instance: instance.map(|instance| names.get(&instance)),
            health: traits.health,
            fingerprint: traits.fingerprint,
            claims: claims(object),
            content: keep.then(|| object.value().to_string().into()),
        }
    }

    /// What identifies the object.
    pub fn key(&self) -> ObjectKey {
        self.id.key()
    }

    /// Where the object is found, in the version it was read in.
    pub fn reference(&self) -> ObjectRef {
        let Id {
            group,
            kind,
            namespace,
            name,
        } = &self.id;
        ObjectRef {
            kind: gitops_core::GroupVersionKind::new(group, &self.version, kind),
            namespace: Some(namespace.to_string()).filter(|namespace| !namespace.is_empty()),
            name: name.to_string(),
        }
    }

    /// `metadata.uid`.
    pub fn uid(&self) -> &str {
        &self.uid
    }

    /// `metadata.resourceVersion`.
    pub fn resource_version(&self) -> &str {
        &self.resource_version
    }

    /// `metadata.creationTimestamp`, as the server writes it.
    pub fn created(&self) -> &str {
        &self.created
    }

    /// What the object says it belongs to, and what its kind lets one infer.
    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// In whose name the object is deployed; `None` for what has an owner.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// How the object fares; `None` where no check knows its kind.
    pub fn health(&self) -> Option<HealthStatus> {
        self.health
    }

    /// The whole object, where it is kept: that of an application, or a
    /// CustomResourceDefinition.
    pub fn object(&self) -> Option<Object> {
        serde_json::from_str(self.content.as_deref()?).ok()
    }

    /// Whether the other state of the same object is no news.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.fingerprint.is_some()
            && self.fingerprint == other.fingerprint
            && self.health == other.health
            && self.uid == other.uid
    }

    /// Whether this state of an object came after the other one.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.uid != other.uid || is_after(&self.resource_version, &other.resource_version)
    }
}

/// Prints where the object is and nothing it holds, because it may be a Secret.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({})", self.reference())
    }
}

/// Whether one resource version came after another: they are numbers that grow.
/// What is no number cannot be told, so what comes last counts.
pub(super) fn is_after(version: &str, other: &str) -> bool {
    match (version.parse::<u128>(), other.parse::<u128>()) {
        (Ok(version), Ok(other)) => version > other,
        _ => version != other,
    }
}

fn owners(object: &Object) -> Vec<Owner> {
    let stated: Vec<Owner> = object.owner_references().iter().map(stated_owner).collect();
    match inferred_owner(object) {
        Some(owner) if stated.is_empty() => vec![owner],
        _ => stated,
    }
}

fn stated_owner(reference: &Value) -> Owner {
    let text = |field| {
        reference
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (group, _version) = text("apiVersion").split_once('/').unwrap_or_default();
    Owner {
        kind: GroupKind::new(group, text("kind")),
        name: text("name").to_owned(),
        uid: text("uid").to_owned(),
    }
}

/// The owner of a kind that states none and always has one.
fn inferred_owner(object: &Object) -> Option<Owner> {
    let (kind, name, uid) = match (object.group(), object.kind()) {
        ("", "Endpoints") => (GroupKind::new("", "Service"), object.name(), ""),
        ("", "Secret") => {
            let kind = object.value().get("type").and_then(Value::as_str);
            let name = object.annotation("kubernetes.io/service-account.name")?;
            let uid = object.annotation("kubernetes.io/service-account.uid")?;
            if kind != Some("kubernetes.io/service-account-token") {
                return None;
            }
            (GroupKind::new("", "ServiceAccount"), name, uid)
        }
        ("operators.coreos.com", "ClusterServiceVersion") => {
            let name = object.annotation("olm.operatorGroup")?;
            let kind = GroupKind::new("operators.coreos.com", "OperatorGroup");
            (kind, name, "")
        }
        _ => return None,
    };
    Some(Owner {
        kind,
        name: name.to_owned(),
        uid: uid.to_owned(),
    })
}

fn claims(object: &Object) -> Box<[Box<str>]> {
    if object.kind() != "StatefulSet" {
        return Box::default();
    }
    let templates = object.value().pointer("/spec/volumeClaimTemplates");
    let templates = templates.and_then(Value::as_array);
    templates
        .into_iter()
        .flatten()
        .filter_map(|template| template.pointer("/metadata/name")?.as_str())
        .map(Into::into)
        .collect()
}
