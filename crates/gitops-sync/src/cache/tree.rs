//! What belongs to what.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use gitops_core::{GroupKind, ObjectKey};

use super::entry::{Entry, Id};
use super::store::Store;

/// An object in a tree of what belongs to what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Node {
    /// What is remembered of the object.
    pub entry: Arc<Entry>,
    /// What it belongs to, of what is in the tree; empty for a root.
    pub parents: Vec<ObjectKey>,
}

/// The roots that exist and everything below them, each object once, parents first.
pub(super) fn below(store: &Store, roots: &[ObjectKey]) -> Vec<Node> {
    let mut found: Vec<Node> = Vec::new();
    let mut places: BTreeMap<Id, usize> = BTreeMap::new();
    let mut open: VecDeque<(Arc<Entry>, Option<ObjectKey>)> = roots
        .iter()
        .filter_map(|key| store.get(&Id::of(key)))
        .map(|entry| (Arc::clone(entry), None))
        .collect();
    while let Some((entry, parent)) = open.pop_front() {
        if let Some(place) = places.get(&entry.id) {
            let parents = &mut found[*place].parents;
            parents.extend(parent.filter(|parent| !parents.contains(parent)));
            continue;
        }
        places.insert(entry.id.clone(), found.len());
        let key = entry.key();
        for child in children(store, &entry) {
            open.push_back((child, Some(key.clone())));
        }
        found.push(Node {
            entry,
            parents: parent.into_iter().collect(),
        });
    }
    found
}

/// What belongs to the entry: in its namespace, or in any where it has none.
fn children(store: &Store, parent: &Entry) -> Vec<Arc<Entry>> {
    let namespace = &parent.id.namespace;
    let mut by_uid: BTreeMap<&str, &Arc<Entry>> = BTreeMap::new();
    let mut children = Vec::new();
    for child in store.children(parent).chain(claims(store, parent)) {
        if !namespace.is_empty() && child.id.namespace != *namespace {
            continue;
        }
        // One object served in two groups: the first by key stands for both.
        match by_uid.get(&*child.uid) {
            Some(known) if known.id <= child.id => {}
            _ => {
                by_uid.insert(&child.uid, child);
            }
        }
        children.push(child);
    }
    children.retain(|child| {
        child.uid.is_empty()
            || by_uid
                .get(&*child.uid)
                .is_some_and(|kept| kept.id == child.id)
    });
    children.into_iter().map(Arc::clone).collect()
}

/// The volume claims that a StatefulSet made: nothing but their names tells.
fn claims<'a>(store: &'a Store, parent: &'a Entry) -> impl Iterator<Item = &'a Arc<Entry>> {
    let kind = GroupKind::new("", "PersistentVolumeClaim");
    let claims = (!parent.claims.is_empty()).then(|| store.of_kind_in(&kind, &parent.id.namespace));
    claims
        .into_iter()
        .flatten()
        .filter(|claim| claim.owners.is_empty() && made_claim(parent, claim))
}

fn made_claim(set: &Entry, claim: &Entry) -> bool {
    set.claims.iter().any(|template| {
        let ordinal = claim.id.name.strip_prefix(&**template).and_then(|rest| {
            rest.strip_prefix('-')?
                .strip_prefix(&*set.id.name)?
                .strip_prefix('-')
        });
        ordinal.is_some_and(|ordinal| {
            !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

/// Whether the object belongs to no other, stated or inferred.
pub(super) fn is_root(store: &Store, entry: &Entry) -> bool {
    entry.owners.is_empty() && maker_of_claim(store, entry).is_none()
}

fn maker_of_claim<'a>(store: &'a Store, claim: &Entry) -> Option<&'a Arc<Entry>> {
    if !claim.id.is("", "PersistentVolumeClaim") {
        return None;
    }
    let sets = ["apps", "extensions"].map(|group| GroupKind::new(group, "StatefulSet"));
    sets.iter()
        .flat_map(|kind| store.of_kind_in(kind, &claim.id.namespace))
        .find(|set| made_claim(set, claim))
}

/// The applications an object belongs to: its own, or those of what it belongs to.
pub(super) fn instances(store: &Store, entry: &Arc<Entry>) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![entry];
    while let Some(entry) = open.pop() {
        if !seen.insert(&entry.id) {
            continue;
        }
        if let Some(instance) = &entry.instance {
            found.insert(Arc::clone(instance));
            continue;
        }
        let owners = entry.owners.iter();
        open.extend(owners.filter_map(|owner| store.owner(entry, owner)));
        open.extend(maker_of_claim(store, entry));
    }
    found
}
