//! All entries, and the ways to find them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gitops_core::{GroupKind, Object, ObjectKey};

use super::entry::{Entry, Id, Owner, Traits, is_after};
use super::names::Names;

/// What an owner is looked up by: its UID, or where none is known its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Parent {
    Uid(Box<str>),
    Place(Id),
}

/// How many objects may be known to be gone before their watches say so.
const BURIED: usize = 1024;

/// What became of an entry.
pub(super) struct Replaced {
    pub(super) old: Option<Arc<Entry>>,
    pub(super) new: Option<Arc<Entry>>,
}

/// All entries of a cluster.
#[derive(Default)]
pub(super) struct Store {
    entries: BTreeMap<Id, Arc<Entry>>,
    children: BTreeMap<Parent, BTreeSet<Id>>,
    instances: BTreeMap<Arc<str>, BTreeSet<Id>>,
    names: Names,
    /// UIDs of objects known to be gone whose watch has not said so yet.
    buried: BTreeSet<Box<str>>,
}

impl Store {
    /// Remembers an object's state unless a later one is known.
    pub(super) fn put(&mut self, object: &Object, traits: Traits) -> Option<Replaced> {
        let entry = Entry::new(object, traits, &mut self.names);
        self.put_entry(entry)
    }

    fn put_entry(&mut self, entry: Entry) -> Option<Replaced> {
        let old = self.entries.get(&entry.id);
        let is_late = old.is_some_and(|old| !entry.is_newer_than(old));
        if is_late || self.buried.contains(&entry.uid) {
            return None;
        }
        let old = self.remove(&entry.id.clone());
        let new = Arc::new(entry);
        self.link(&new);
        self.entries.insert(new.id.clone(), Arc::clone(&new));
        Some(Replaced {
            old,
            new: Some(new),
        })
    }

    /// Forgets an object before its watch says that it is gone. What the watch
    /// still says of it does not count.
    pub(super) fn bury(&mut self, key: &ObjectKey) -> Option<Replaced> {
        let old = self.remove(&Id::of(key))?;
        if self.buried.len() >= BURIED {
            self.buried.clear();
        }
        self.buried.insert(old.uid.clone());
        Some(Replaced {
            old: Some(old),
            new: None,
        })
    }

    /// Forgets an object, unless another has taken its place.
    pub(super) fn delete(&mut self, key: &ObjectKey, uid: Option<&str>) -> Option<Replaced> {
        let id = Id::of(key);
        if let Some(uid) = uid {
            self.buried.remove(uid);
        }
        let known = self.entries.get(&id)?;
        if uid.is_some_and(|uid| uid != &*known.uid) {
            return None;
        }
        let old = self.remove(&id);
        Some(Replaced { old, new: None })
    }

    /// Makes a kind, or a kind in a namespace, hold what a list says it held at
    /// `version`. What changed after that stays.
    pub(super) fn replace(
        &mut self,
        kind: &GroupKind,
        namespace: Option<&str>,
        objects: Vec<(Object, Traits)>,
        version: &str,
    ) -> Vec<Replaced> {
        let mut listed = BTreeSet::new();
        let mut changes = Vec::new();
        for (object, traits) in objects {
            let entry = Entry::new(&object, traits, &mut self.names);
            listed.insert(entry.id.clone());
            changes.extend(self.put_entry(entry));
        }
        let gone: Vec<Id> = self
            .of_kind(kind)
            .filter(|entry| namespace.is_none_or(|namespace| &*entry.id.namespace == namespace))
            .filter(|entry| !listed.contains(&entry.id))
            .filter(|entry| !is_after(&entry.resource_version, version))
            .map(|entry| entry.id.clone())
            .collect();
        changes.extend(gone.iter().map(|id| Replaced {
            old: self.remove(id),
            new: None,
        }));
        self.names.sweep();
        changes
    }

    /// Forgets a kind, or a kind in a namespace.
    pub(super) fn drop_kind(&mut self, kind: &GroupKind, namespace: Option<&str>) -> Vec<Replaced> {
        let all: Vec<Id> = self
            .of_kind(kind)
            .filter(|entry| namespace.is_none_or(|namespace| &*entry.id.namespace == namespace))
            .map(|entry| entry.id.clone())
            .collect();
        let changes = all.iter().map(|id| Replaced {
            old: self.remove(id),
            new: None,
        });
        changes.collect()
    }

    pub(super) fn get(&self, id: &Id) -> Option<&Arc<Entry>> {
        self.entries.get(id)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All entries of a kind, by namespace and name.
    pub(super) fn of_kind<'a>(
        &'a self,
        kind: &GroupKind,
    ) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a> {
        let first = first(kind, "");
        self.from(&first)
            .take_while(move |entry| entry.id.group == first.group && entry.id.kind == first.kind)
    }

    /// The entries of a kind in a namespace, by name.
    pub(super) fn of_kind_in<'a>(
        &'a self,
        kind: &GroupKind,
        namespace: &str,
    ) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a> {
        let first = first(kind, namespace);
        self.from(&first).take_while(move |entry| {
            let Id {
                group,
                kind,
                namespace,
                ..
            } = &entry.id;
            (group, kind, namespace) == (&first.group, &first.kind, &first.namespace)
        })
    }

    /// All entries without owners that carry an application's mark.
    pub(super) fn of_instance(&self, instance: &str) -> impl Iterator<Item = &Arc<Entry>> {
        let ids = self.instances.get(instance).into_iter().flatten();
        ids.filter_map(|id| self.entries.get(id))
    }

    /// All entries, by group, kind, namespace and name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// What names this entry as its owner, by UID or by place.
    pub(super) fn children(&self, parent: &Entry) -> impl Iterator<Item = &Arc<Entry>> {
        let by_uid = self.children.get(&Parent::Uid(parent.uid.clone()));
        let by_place = self.children.get(&Parent::Place(parent.id.clone()));
        let ids = by_uid.into_iter().chain(by_place).flatten();
        ids.filter_map(|id| self.entries.get(id))
    }

    /// The entry an owner reference of `child` names.
    pub(super) fn owner(&self, child: &Entry, owner: &Owner) -> Option<&Arc<Entry>> {
        let places = [place(owner, &child.id.namespace), place(owner, "")];
        places.into_iter().find_map(|place| {
            let found = self.entries.get(&place)?;
            (owner.uid.is_empty() || *owner.uid == *found.uid).then_some(found)
        })
    }

    fn from<'a>(&'a self, first: &Id) -> impl Iterator<Item = &'a Arc<Entry>> + use<'a> {
        let range = self.entries.range(first.clone()..);
        range.map(|(_, entry)| entry)
    }

    fn link(&mut self, entry: &Entry) {
        for owner in &entry.owners {
            let parent = parent(owner, entry);
            self.children
                .entry(parent)
                .or_default()
                .insert(entry.id.clone());
        }
        if let Some(instance) = &entry.instance {
            let ids = self.instances.entry(Arc::clone(instance)).or_default();
            ids.insert(entry.id.clone());
        }
    }

    fn remove(&mut self, id: &Id) -> Option<Arc<Entry>> {
        let entry = self.entries.remove(id)?;
        for owner in &entry.owners {
            unlink(&mut self.children, &parent(owner, &entry), id);
        }
        if let Some(instance) = &entry.instance {
            unlink(&mut self.instances, instance, id);
        }
        Some(entry)
    }
}

/// What comes before all of a kind in a namespace and those that follow.
fn first(kind: &GroupKind, namespace: &str) -> Id {
    Id {
        group: kind.group.as_str().into(),
        kind: kind.kind.as_str().into(),
        namespace: namespace.into(),
        name: "".into(),
    }
}

/// What the entry is a child of, as its owner reference tells.
fn parent(owner: &Owner, child: &Entry) -> Parent {
    match owner.uid.as_str() {
        "" => Parent::Place(place(owner, &child.id.namespace)),
        uid => Parent::Uid(uid.into()),
    }
}

fn place(owner: &Owner, namespace: &str) -> Id {
    Id {
        group: owner.kind.group.as_str().into(),
        kind: owner.kind.kind.as_str().into(),
        namespace: namespace.into(),
        name: owner.name.as_str().into(),
    }
}

fn unlink<K: Ord>(index: &mut BTreeMap<K, BTreeSet<Id>>, key: &K, id: &Id) {
    if let Some(ids) = index.get_mut(key) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(key);
        }
    }
}
