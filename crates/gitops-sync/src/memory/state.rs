//! The objects, their history and what is still to be done about them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use gitops_core::{GroupKind, Object, ObjectKey};
use jiff::Timestamp;
use serde_json::Value;

use super::options::Options;
use super::registry::Registry;

/// Everything that the cluster knows.
pub(super) struct State {
    pub(super) options: Options,
    pub(super) registry: Registry,
    pub(super) now: Timestamp,
    /// Who has yet to be looked at by a controller.
    pub(super) due: BTreeSet<ObjectKey>,
    /// Who is to be looked at later.
    timers: BTreeSet<(Timestamp, ObjectKey)>,
    /// When each of them is.
    alarms: BTreeMap<ObjectKey, Timestamp>,
    /// Since when the node has each pod that does not yet run, by UID.
    begun: BTreeMap<String, Timestamp>,
    revision: u64,
    identities: u64,
    tables: BTreeMap<GroupKind, Table>,
    by_uid: BTreeMap<String, ObjectKey>,
    /// By the owner's UID; also of owners that do not exist any more.
    dependants: BTreeMap<String, BTreeSet<ObjectKey>>,
}

/// All objects of a kind.
#[derive(Default)]
struct Table {
    /// By namespace and name.
    objects: BTreeMap<(String, String), Arc<Object>>,
    log: VecDeque<Logged>,
    /// The last revision that the log has forgotten.
    forgotten: u64,
}

/// One change of one object.
#[derive(Clone)]
pub(super) struct Logged {
    pub(super) revision: u64,
    pub(super) change: Change,
    pub(super) object: Arc<Object>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Added,
    Modified,
    Deleted,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        Self {
            registry: Registry::new(&options.server_version),
            now: options.start,
            due: BTreeSet::new(),
            timers: BTreeSet::new(),
            alarms: BTreeMap::new(),
            begun: BTreeMap::new(),
            revision: 0,
            identities: 0,
            tables: BTreeMap::new(),
            by_uid: BTreeMap::new(),
            dependants: BTreeMap::new(),
            options,
        }
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The time as `metadata` writes it: whole seconds.
    pub(super) fn time(&self) -> String {
        stamp(self.now)
    }

    pub(super) fn get(&self, key: &ObjectKey) -> Option<&Arc<Object>> {
        let table = self.tables.get(&key.group_kind())?;
        table
            .objects
            .get(&(key.namespace.clone(), key.name.clone()))
    }

    pub(super) fn by_uid(&self, uid: &str) -> Option<&Arc<Object>> {
        self.get(self.by_uid.get(uid)?)
    }

    /// A kind's objects by namespace and name.
    pub(super) fn list(
        &self,
        kind: &GroupKind,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = &Arc<Object>> {
        let first = (namespace.unwrap_or_default().to_owned(), String::new());
        let objects = self
            .tables
            .get(kind)
            .map(|table| table.objects.range(first..));
        objects
            .into_iter()
            .flatten()
            .take_while(move |((own, _), _)| namespace.is_none_or(|wanted| wanted == own))
            .map(|(_, object)| object)
    }

    /// How many objects there are of a kind.
    pub(super) fn count(&self, kind: &GroupKind) -> usize {
        self.tables.get(kind).map_or(0, |table| table.objects.len())
    }

    /// Since when the node has the pod; from now on, if this is the first time it is asked.
    pub(super) fn begun(&mut self, uid: &str) -> Timestamp {
        *self.begun.entry(uid.to_owned()).or_insert(self.now)
    }

    /// Every kind that has or had objects.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &GroupKind> {
        self.tables.keys()
    }

    /// The objects that name `uid` as an owner.
    pub(super) fn dependants(&self, uid: &str) -> Vec<Arc<Object>> {
        let keys = self.dependants.get(uid).into_iter().flatten();
        keys.filter_map(|key| self.get(key)).cloned().collect()
    }

    /// A kind's changes after `since`, oldest first; the revision that is
    /// forgotten where `since` is older.
    pub(super) fn changes(
        &self,
        kind: &GroupKind,
        since: u64,
    ) -> Result<impl Iterator<Item = &Logged>, u64> {
        let table = self.tables.get(kind);
        let forgotten = table.map_or(0, |table| table.forgotten);
        if since < forgotten {
            return Err(forgotten);
        }
        let changes = table.map(|table| {
            let start = table.log.partition_point(|logged| logged.revision <= since);
            table.log.range(start..)
        });
        Ok(changes.into_iter().flatten())
    }

    /// Forgets all changes so far, as a real cluster does every few minutes.
    pub(super) fn compact(&mut self) {
        for table in self.tables.values_mut() {
            table.log.clear();
            table.forgotten = self.revision;
        }
    }

    /// Keeps `object` in place of what has its key, under a revision of its own.
    pub(super) fn store(&mut self, object: Object) -> Arc<Object> {
        self.revision += 1;
        let object = Arc::new(at_revision(object, self.revision));
        let key = object.key();
        let former = self.table(&key).objects.insert(
            (key.namespace.clone(), key.name.clone()),
            Arc::clone(&object),
        );
        let change = match &former {
            Some(_) => Change::Modified,
            None => Change::Added,
        };
        if let Some(former) = &former {
            self.unlink(&key, former);
        }
        self.link(&key, &object);
        self.log(&key, change, &object);
        self.touch(&key, &object);
        object
    }

    /// Forgets the object; its last state gets a revision of its own.
    pub(super) fn discard(&mut self, key: &ObjectKey) {
        let name = (key.namespace.clone(), key.name.clone());
        let Some(object) = self.table(key).objects.remove(&name) else {
            return;
        };
        self.revision += 1;
        let last = at_revision(Object::clone(&object), self.revision);
        self.unlink(key, &object);
        self.begun.remove(object.uid().unwrap_or_default());
        self.log(key, Change::Deleted, &Arc::new(last));
        self.touch(key, &object);
        let orphans = self.dependants.get(object.uid().unwrap_or_default());
        self.due.extend(orphans.into_iter().flatten().cloned());
        self.due.extend(self.definition_of(key));
        self.due.extend(self.emptied(&key.namespace));
    }

    /// Takes the next object that a controller has to look at now; what it was to
    /// be looked at for later is forgotten, because the controller will say again.
    pub(super) fn take_due(&mut self) -> Option<ObjectKey> {
        let key = self.due.pop_first()?;
        if let Some(at) = self.alarms.remove(&key) {
            self.timers.remove(&(at, key.clone()));
        }
        Some(key)
    }

    /// Has a controller look at the object once `wait` is over, or earlier where
    /// it was to be looked at earlier.
    pub(super) fn wake(&mut self, key: ObjectKey, wait: Duration) {
        let at = self.now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        match self.alarms.get(&key) {
            Some(known) if *known <= at => return,
            Some(known) => self.timers.remove(&(*known, key.clone())),
            None => true,
        };
        self.alarms.insert(key.clone(), at);
        self.timers.insert((at, key));
    }

    /// When the next object is to be looked at.
    pub(super) fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Moves the clock and makes due what was to be looked at by then.
    pub(super) fn move_to(&mut self, at: Timestamp) {
        self.now = self.now.max(at);
        while let Some((_, key)) = self.timers.first().filter(|(due, _)| *due <= at) {
            let key = key.clone();
            self.timers.pop_first();
            self.alarms.remove(&key);
            self.due.insert(key);
        }
    }

    /// A number that no one had before and that looks random.
    pub(super) fn random(&mut self) -> u64 {
        self.identities += 1;
        scramble(self.options.seed ^ scramble(self.identities))
    }

    /// A UID that no one had before.
    pub(super) fn uid(&mut self) -> String {
        let (high, low) = (self.random(), self.random());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }

    /// Who must know of a change: the object's controller and its owners'.
    fn touch(&mut self, key: &ObjectKey, object: &Object) {
        self.due.insert(key.clone());
        for owner in object.owner_references() {
            let uid = owner.get("uid").and_then(Value::as_str);
            if let Some(owner) = uid.and_then(|uid| self.by_uid.get(uid)) {
                self.due.insert(owner.clone());
            }
        }
        if object.deletion_timestamp().is_some() {
            let uid = object.uid().unwrap_or_default();
            let dependants = self.dependants.get(uid).into_iter().flatten();
            self.due.extend(dependants.cloned());
        }
    }

    /// The definition of a custom kind, where it is being deleted.
    fn definition_of(&self, key: &ObjectKey) -> Option<ObjectKey> {
        let kind = self
            .registry
            .preferred(&key.group_kind())
            .filter(|it| it.is_custom())?;
        let (group, name) = ("apiextensions.k8s.io", kind.qualified());
        let key = ObjectKey::new(group, "CustomResourceDefinition", "", &name);
        let definition = self.get(&key)?;
        definition.deletion_timestamp().map(|_| key)
    }

    /// The namespace, where it is being deleted and nothing is left in it.
    fn emptied(&self, namespace: &str) -> Option<ObjectKey> {
        let key = ObjectKey::new("", "Namespace", "", namespace);
        self.get(&key)?.deletion_timestamp()?;
        let mut kinds = self.tables.keys();
        let empty = kinds.all(|kind| self.list(kind, Some(namespace)).next().is_none());
        empty.then_some(key)
    }

    fn link(&mut self, key: &ObjectKey, object: &Object) {
        if let Some(uid) = object.uid() {
            self.by_uid.insert(uid.to_owned(), key.clone());
        }
        for owner in owners(object) {
            let dependants = self.dependants.entry(owner.to_owned()).or_default();
            dependants.insert(key.clone());
        }
    }

    fn unlink(&mut self, key: &ObjectKey, object: &Object) {
        self.by_uid.remove(object.uid().unwrap_or_default());
        for owner in owners(object) {
            if let Some(dependants) = self.dependants.get_mut(owner) {
                dependants.remove(key);
                if dependants.is_empty() {
                    self.dependants.remove(owner);
                }
            }
        }
    }

    fn log(&mut self, key: &ObjectKey, change: Change, object: &Arc<Object>) {
        let (revision, history) = (self.revision, self.options.history);
        let table = self.table(key);
        table.log.push_back(Logged {
            revision,
            change,
            object: Arc::clone(object),
        });
        while table.log.len() > history {
            table.forgotten = table.log.pop_front().map_or(0, |logged| logged.revision);
        }
    }

    fn table(&mut self, key: &ObjectKey) -> &mut Table {
        self.tables.entry(key.group_kind()).or_default()
    }
}

/// A time as `metadata` writes it.
pub(super) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn at_revision(object: Object, revision: u64) -> Object {
    let mut value = object.into_value();
    value["metadata"]["resourceVersion"] = revision.to_string().into();
    Object::new(value).expect("a resource version does not change what identifies an object")
}

fn owners(object: &Object) -> impl Iterator<Item = &str> {
    let references = object.owner_references().iter();
    references.filter_map(|owner| owner.get("uid")?.as_str())
}

/// splitmix64: spreads neighbouring numbers over the whole range.
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
