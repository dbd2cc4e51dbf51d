//! One object on its way through the layers, and what is remembered of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::TreePath;

use super::field::{Create, FieldSpec};
use super::id::{Gvk, ResId};
use super::links::{self, Links};
use super::node::{Map, Node};
use super::origin::Origin;

/// What a generated object does where one of the same id is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Nothing was said; as create.
    #[default]
    Unspecified,
    /// There must be none.
    Create,
    /// Takes the place of the other.
    Replace,
    /// Adds its data to the other.
    Merge,
}

impl Behavior {
    /// From text; what is unknown is unspecified.
    pub(crate) fn new(text: &str) -> Self {
        match text {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => Self::Unspecified,
        }
    }
}

/// An object with its former identities.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The object as it stands.
    pub(crate) node: Node,
    /// Former identities, oldest first; group and version are always the current ones.
    previous: Vec<ResId>,
    /// Name prefixes that were added, innermost first.
    pub(crate) prefixes: Vec<String>,
    /// Name suffixes that were added, innermost first.
    pub(crate) suffixes: Vec<String>,
    pub(crate) behavior: Behavior,
    pub(crate) needs_hash: bool,
    /// Whether a generator made it.
    pub(crate) is_generated: bool,
    /// The file it was read from.
    pub(crate) file: Option<Arc<TreePath>>,
    pub(crate) origin: Option<Origin>,
    pub(crate) transformations: Vec<Origin>,
    /// The variables that take their value from this object.
    pub(crate) vars: Vec<String>,
    links: Links,
}

impl Resource {
    /// An object nothing has happened to.
    pub(crate) fn new(node: Node) -> Self {
        Self {
            node,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behavior: Behavior::default(),
            needs_hash: false,
            is_generated: false,
            file: None,
            origin: None,
            transformations: Vec::new(),
            vars: Vec::new(),
            links: Links::default(),
        }
    }

    /// Checks that a node is an object with a kind and a name.
    pub(crate) fn checked(node: Node) -> Result<Self, String> {
        let Node::Map(_) = node else {
            return Err("missing kind in object: not a map".into());
        };
        let resource = Self::new(node);
        resource.check()?;
        Ok(resource)
    }

    /// Checks that there is a kind and a name.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.kind().is_empty() {
            return Err("missing kind in object".into());
        }
        if self.name().is_empty() && !self.kind().ends_with("List") {
            return Err(format!("missing metadata.name in object {}", self.id()));
        }
        Ok(())
    }

    /// The identity as it stands.
    pub(crate) fn id(&self) -> ResId {
        ResId::of(&self.node)
    }

    /// The first identity.
    pub(crate) fn original_id(&self) -> ResId {
        self.previous_ids().next().unwrap_or_else(|| self.id())
    }

    /// Former identities, oldest first.
    pub(crate) fn previous_ids(&self) -> impl Iterator<Item = ResId> {
        let current = Gvk::of(&self.node);
        self.previous.iter().map(move |id| {
            let mut id = id.clone();
            id.gvk.group.clone_from(&current.group);
            id.gvk.version.clone_from(&current.version);
            id
        })
    }

    /// The names of former identities.
    pub(crate) fn previous_names(&self) -> impl Iterator<Item = &str> {
        self.previous.iter().map(|id| id.name.as_str())
    }

    /// All identities, former ones first.
    pub(crate) fn ids(&self) -> Vec<ResId> {
        self.previous_ids().chain([self.id()]).collect()
    }

    /// Remembers the identity as it stands.
    pub(crate) fn store_previous_id(&mut self) {
        self.previous.push(self.id().into_effective());
    }

    pub(crate) fn take_history(&mut self, other: &Self) {
        self.previous.clone_from(&other.previous);
        self.prefixes.clone_from(&other.prefixes);
        self.suffixes.clone_from(&other.suffixes);
    }

    /// `kind`.
    pub(crate) fn kind(&self) -> &str {
        self.node
            .get("kind")
            .and_then(Node::as_text)
            .unwrap_or_default()
    }

    /// `metadata.name`.
    pub(crate) fn name(&self) -> &str {
        super::id::metadata(&self.node, "name")
    }

    /// `metadata.namespace`; empty where there is none.
    pub(crate) fn namespace(&self) -> &str {
        super::id::metadata(&self.node, "namespace")
    }

    pub(crate) fn set_name(&mut self, name: &str) {
        self.set_metadata("name", name);
    }

    pub(crate) fn set_namespace(&mut self, namespace: &str) {
        if namespace.is_empty() {
            if let Some(metadata) = self.node.get_mut("metadata").and_then(Node::as_map_mut) {
                metadata.remove("namespace");
            }
        } else {
            self.set_metadata("namespace", namespace);
        }
    }

    pub(crate) fn set_kind(&mut self, kind: &str) {
        if let Some(map) = self.node.as_map_mut() {
            map.set_text("kind", kind);
        }
    }

    fn set_metadata(&mut self, field: &str, text: &str) {
        if let Some(metadata) = metadata_mut(&mut self.node) {
            metadata.set_text(field, text);
        }
    }

    /// Entries of `metadata.labels` or `metadata.annotations`.
    pub(crate) fn entries(&self, field: &str) -> impl Iterator<Item = (&str, &Node)> {
        let map = self.node.at(&["metadata", field]).and_then(Node::as_map);
        map.into_iter().flat_map(Map::iter)
    }

    /// Makes labels and annotations text, as those of a patch with a target are: a null is no null
    /// any more, and an empty map is none.
    pub(crate) fn write_entries_as_text(&mut self) {
        let Some(metadata) = self.node.get_mut("metadata").and_then(Node::as_map_mut) else {
            return;
        };
        write_as_text(metadata, "labels");
        write_as_text(metadata, "annotations");
        for field in ["name", "namespace"] {
            if let Some(Node::Scalar(scalar)) = metadata.get_mut(field) {
                scalar.untagged = true;
                scalar.tag = scalar.implied_tag();
            }
        }
    }

    /// Makes sure there is a map of annotations where the reference keeps its books in it.
    pub(crate) fn keep_annotations(&mut self) {
        let has_books = self.is_generated || self.origin.is_some() || !self.previous.is_empty();
        if let Some(metadata) = metadata_mut(&mut self.node).filter(|_| has_books) {
            let annotations = metadata.get_or_insert("annotations", Node::map);
            if annotations.is_null() {
                *annotations = Node::map();
            }
        }
    }

    /// Sets an entry of `metadata.labels` or `metadata.annotations`.
    pub(crate) fn set_entry(&mut self, field: &str, key: &str, text: &str) {
        let Some(metadata) = metadata_mut(&mut self.node) else {
            return;
        };
        let entries = metadata.get_or_insert(field, Node::map);
        if !matches!(entries, Node::Map(_)) {
            *entries = Node::map();
        }
        if let Some(entries) = entries.as_map_mut() {
            match entries.get_mut(key) {
                Some(former) => former.set_string(text),
                None => entries.set(key, Node::text(text)),
            }
        }
    }

    /// Sets labels or annotations in the maps of `specs`. Entries that one call adds in several
    /// places are one from then on: what is written to one of them shows in all.
    pub(crate) fn set_linked(
        &mut self,
        entries: &BTreeMap<String, String>,
        specs: &[FieldSpec],
    ) -> Result<(), String> {
        let first = self.links.reserve(entries.values());
        let mut made = vec![0_usize; entries.len()];
        for spec in specs {
            spec.apply(&mut self.node, Some(Create::Map), &mut |node| {
                links::set_entries(node, entries, first, &mut made)
            })?;
        }
        self.links.note(&made);
        self.sync_links();
        Ok(())
    }

    /// Writes what was written to one of several linked fields to the others.
    pub(crate) fn sync_links(&mut self) {
        self.links.sync(&mut self.node);
    }

    /// Makes all fields stand alone, as they do once an object has passed through JSON.
    pub(crate) fn forget_links(&mut self) {
        self.links = Links::default();
    }

    /// Makes annotations text that stands alone.
    pub(crate) fn write_annotations_as_text(&mut self) {
        if let Some(metadata) = self.node.get_mut("metadata").and_then(Node::as_map_mut) {
            write_as_text(metadata, "annotations");
        }
    }

    /// Whether nothing is left of the object.
    pub(crate) fn is_empty(&self) -> bool {
        self.node.is_null() || self.node.as_map().is_some_and(Map::is_empty)
    }

    /// Whether prefixes and suffixes agree with another's, the shorter list being an ending of the
    /// longer; with `loosely`, an empty list agrees with every other.
    pub(crate) fn context_fits(&self, other: &Self, loosely: bool) -> bool {
        let fits = |a: &[String], b: &[String]| {
            (loosely && (a.is_empty() || b.is_empty())) || same_ending(a, b)
        };
        fits(&self.prefixes, &other.prefixes) && fits(&self.suffixes, &other.suffixes)
    }
}

fn same_ending(a: &[String], b: &[String]) -> bool {
    if a.is_empty() || b.is_empty() {
        return a.is_empty() && b.is_empty();
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    long.ends_with(short)
}

/// Makes the entries of a map text; an empty map goes.
fn write_as_text(metadata: &mut Map, field: &str) {
    let Some(Node::Map(mut entries)) = metadata.remove(field) else {
        return;
    };
    for (_, value) in entries.iter_mut() {
        *value = Node::text(value.as_text().unwrap_or_default());
    }
    if !entries.is_empty() {
        metadata.set(field, Node::Map(entries));
    }
}

fn metadata_mut(node: &mut Node) -> Option<&mut Map> {
    let metadata = node.as_map_mut()?.get_or_insert("metadata", Node::map);
    if metadata.is_null() {
        *metadata = Node::map();
    }
    metadata.as_map_mut()
}
