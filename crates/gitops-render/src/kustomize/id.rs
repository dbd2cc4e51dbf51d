//! What identifies a resource, and which kinds are cluster scoped.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use super::node::Node;

/// The namespace that stands for none in comparisons.
pub(crate) const CLUSTER: &str = "_non_namespaceable_";

/// Group, version and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(default)]
pub struct Gvk {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
}

impl Gvk {
    /// From `apiVersion` and `kind` as they stand in an object.
    pub fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        }
    }

    /// Of an object.
    pub fn of(node: &Node) -> Self {
        let text = |key| node.get(key).and_then(Node::as_text).unwrap_or_default();
        Self::new(text("apiVersion"), text("kind"))
    }

    /// `group/version`, or only the version in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether everything that `selector` asks for is here.
    pub fn is_selected(&self, selector: &Self) -> bool {
        let fits = |asked: &str, here: &str| asked.is_empty() || asked == here;
        fits(&selector.group, &self.group)
            && fits(&selector.version, &self.version)
            && fits(&selector.kind, &self.kind)
    }

    /// Whether an object is of the kinds this stands for; what is empty stands for all.
    pub(crate) fn selects(&self, object: &Node) -> bool {
        let text = |key| object.get(key).and_then(Node::as_text).unwrap_or_default();
        if !self.kind.is_empty() && self.kind != text("kind") {
            return false;
        }
        if self.group.is_empty() && self.version.is_empty() {
            return true;
        }
        let api_version = text("apiVersion");
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        (self.group.is_empty() || self.group == group)
            && (self.version.is_empty() || self.version == version)
    }

    /// Whether the kind is among the built-in ones.
    pub(crate) fn is_known(&self) -> bool {
        static KNOWN: LazyLock<BTreeSet<(&str, &str)>> = LazyLock::new(|| {
            let rows = include_str!("tables/scope.tsv").lines().skip(1);
            rows.filter_map(|row| {
                let mut columns = row.split('\t');
                let (api_version, kind) = (columns.next()?, columns.next()?);
                Some((kind, api_version))
            })
            .collect()
        });
        KNOWN.contains(&(self.kind.as_str(), self.api_version().as_str()))
    }

    /// Whether the kind is known to have no namespace.
    pub fn is_cluster_scoped(&self) -> bool {
        static SCOPES: LazyLock<BTreeSet<(&str, &str)>> = LazyLock::new(|| {
            let rows = include_str!("tables/scope.tsv").lines().skip(1);
            rows.filter_map(|row| {
                let mut columns = row.split('\t');
                let (api_version, kind) = (columns.next()?, columns.next()?);
                (columns.next()? == "cluster").then_some((kind, api_version))
            })
            .collect()
        });
        static KINDS: LazyLock<BTreeSet<&str>> =
            LazyLock::new(|| SCOPES.iter().map(|(kind, _)| *kind).collect());
        KINDS.contains(self.kind.as_str())
            && SCOPES.contains(&(self.kind.as_str(), self.api_version().as_str()))
    }
}

/// `Kind.version.group` with a word for each part that is absent.
impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, absent: &str| if text.is_empty() { absent } else { text }.to_owned();
        let kind = or(&self.kind, "[noKind]");
        let version = or(&self.version, "[noVer]");
        write!(f, "{kind}.{version}.{}", or(&self.group, "[noGrp]"))
    }
}

/// What identifies a resource: kind, name and namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ResId {
    /// `metadata.name`, which tells most ids apart and so is compared first.
    pub(crate) name: String,
    /// `metadata.namespace`, as written.
    pub(crate) namespace: String,
    /// Group, version and kind.
    pub(crate) gvk: Gvk,
}

impl ResId {
    /// Of an object.
    pub(crate) fn of(node: &Node) -> Self {
        Self {
            gvk: Gvk::of(node),
            name: metadata(node, "name").into(),
            namespace: metadata(node, "namespace").into(),
        }
    }

    /// The namespace that counts: a marker for cluster-scoped kinds, `default` for none.
    pub(crate) fn effective_namespace(&self) -> &str {
        if self.gvk.is_cluster_scoped() {
            CLUSTER
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }

    /// The same with the namespace that counts, to compare by.
    pub(crate) fn into_effective(mut self) -> Self {
        if self.gvk.is_cluster_scoped() {
            CLUSTER.clone_into(&mut self.namespace);
        } else if self.namespace.is_empty() {
            "default".clone_into(&mut self.namespace);
        }
        self
    }
}

pub(crate) fn metadata<'a>(node: &'a Node, field: &str) -> &'a str {
    let value = node.at(&["metadata", field]);
    let value = value.filter(|value| !value.is_null());
    value.and_then(Node::as_text).unwrap_or_default()
}

/// `Kind.version.group/name.namespace`.
impl fmt::Display for ResId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() {
            "[noName]"
        } else {
            &self.name
        };
        let namespace = if self.namespace.is_empty() {
            "[noNs]"
        } else {
            &self.namespace
        };
        write!(f, "{}/{name}.{namespace}", self.gvk)
    }
}
