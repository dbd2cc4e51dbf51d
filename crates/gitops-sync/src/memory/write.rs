//! The way of an object into the cluster.

use std::sync::Arc;

use gitops_core::apply::{Error, FieldValidation};
use gitops_core::{Object, ObjectKey};
use serde_json::{Map, Value, json};

use super::managers::{Author, Managers, Operation};
use super::registry::Kind;
use super::state::State;
use super::{defaults, errors, fields, normal, validate};

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer<'a> {
    pub(super) manager: &'a str,
    /// `None` for the object itself.
    pub(super) subresource: Option<&'a str>,
    pub(super) validation: FieldValidation,
    pub(super) dry_run: bool,
}

/// What a write left.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) object: Arc<Object>,
    pub(super) effect: Effect,
    pub(super) warnings: Vec<String>,
}

impl Written {
    /// Nothing was written.
    pub(super) fn unchanged(object: Arc<Object>) -> Self {
        Self {
            object,
            effect: Effect::Nothing,
            warnings: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Created,
    Changed,
    Nothing,
}

/// How the owners of the written fields are found.
enum Ownership {
    /// By what differs from the live object.
    Tracked(Managers),
    /// They are known already: by a server-side apply.
    Known(Managers),
}

impl<'a> Writer<'a> {
    /// A controller of the cluster, writing `status` or the object itself.
    pub(super) fn controller(subresource: Option<&'a str>) -> Self {
        Self {
            manager: "kube-controller-manager",
            subresource,
            validation: FieldValidation::Ignore,
            dry_run: false,
        }
    }

    fn author(
        &self,
        kind: &Kind,
        operation: Operation,
        api_version: &'a str,
        time: &'a str,
    ) -> Author<'a> {
        Author {
            manager: self.manager,
            operation,
            api_version,
            subresource: self.subresource,
            status: kind.status,
            time,
        }
    }
}

/// Creates an object.
pub(super) fn create(
    state: &mut State,
    kind: &Kind,
    object: &Object,
    writer: &Writer<'_>,
) -> Result<Written, Error> {
    if object.resource_version().is_some() {
        let message = "resourceVersion should not be set on objects to be created";
        return Err(errors::malformed(message));
    }
    let draft = Draft::of_new(state, kind, object.value().clone())?;
    draft.finish(state, kind, writer, Ownership::Tracked(Managers::default()))
}

/// Puts `object` in the place of `live`.
pub(super) fn update(
    state: &mut State,
    kind: &Kind,
    live: &Arc<Object>,
    object: Value,
    writer: &Writer<'_>,
) -> Result<Written, Error> {
    let managers = match object["metadata"].get("managedFields") {
        Some(Value::Array(entries)) if !entries.is_empty() => Managers::of(&object),
        _ => Managers::of(live.value()),
    };
    let draft = Draft::of_live(kind, live, object, writer)?;
    draft.finish(state, kind, writer, Ownership::Tracked(managers))
}

/// How a server-side apply treats other managers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Takeover<'a> {
    /// Whether fields of other managers are taken.
    pub(super) force: bool,
    /// The manager whose updates become ours first.
    pub(super) migrate_from: Option<&'a str>,
}

/// Merges `object` into what is live, by field ownership.
pub(super) fn apply(
    state: &mut State,
    kind: &Kind,
    object: &Object,
    writer: &Writer<'_>,
    takeover: Takeover<'_>,
) -> Result<Written, Error> {
    if object.name().is_empty() {
        return Err(errors::malformed(
            "metadata.name is required for a server-side apply",
        ));
    }
    let live = state.get(&object.key()).cloned();
    let time = state.time();
    let author = writer.author(kind, Operation::Apply, object.api_version(), &time);
    let mut config = object.value().clone();
    drop_nulls(&mut config);
    if let Some(metadata) = config["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    typed(kind, object, &config)?;
    let nothing = json!({});
    let base = live.as_ref().map_or(&nothing, |live| live.value());
    let mut managers = Managers::of(base);
    if live.is_some() && managers.is_empty() {
        managers = before_first_apply(kind, base, &time);
    }
    // A dry run of a client cannot migrate anything first.
    if !writer.dry_run {
        managers.migrate(&author, takeover.migrate_from);
    }
    let merged = managers.applied(&author, kind.place(), (base, &config), takeover.force)?;
    let draft = match &live {
        None => Draft::of_new(state, kind, merged)?,
        Some(live) => {
            Draft::check_version(kind, live, &config)?;
            Draft::of_live(kind, live, without_version(merged), writer)?
        }
    };
    draft.finish(state, kind, writer, Ownership::Known(managers))
}

/// Refuses a configuration whose fields have no owner to be told apart by.
fn typed(kind: &Kind, object: &Object, config: &Value) -> Result<(), Error> {
    let faults = normal::normalise(kind.place(), &mut config.clone());
    let unknown = faults.unknown.iter();
    let unknown = unknown.map(|path| format!(".{path}: field not declared in schema"));
    let mistyped = faults.mistyped.iter().map(|fault| format!(".{fault}"));
    let repeated = fields::repeated(kind.place(), config);
    let repeated = repeated.map(|path| format!("{path}: duplicate entries for key"));
    match unknown.chain(mistyped).chain(repeated).next() {
        Some(fault) => Err(errors::untyped(object, &fault)),
        None => Ok(()),
    }
}

/// What is there before anybody applied it belongs to a manager of that name.
fn before_first_apply(kind: &Kind, live: &Value, time: &str) -> Managers {
    let writer = Writer {
        manager: "before-first-apply",
        ..Writer::controller(None)
    };
    let version = kind.resource.kind.api_version();
    let author = writer.author(kind, Operation::Update, &version, time);
    let mut managers = Managers::default();
    let place = kind.place();
    managers.updated(&author, place, &normal::nothing(place), live);
    managers
}

/// An object on its way.
struct Draft {
    value: Value,
    key: ObjectKey,
    live: Option<Arc<Object>>,
}

impl Draft {
    fn of_new(state: &mut State, kind: &Kind, mut value: Value) -> Result<Self, Error> {
        value["apiVersion"] = kind.resource.kind.api_version().into();
        let uid = state.uid();
        let suffix = state.random();
        let time = state.time();
        let metadata = metadata(&mut value)?;
        for field in [
            "resourceVersion",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ] {
            metadata.remove(field);
        }
        for field in ["managedFields", "generation", "selfLink"] {
            metadata.remove(field);
        }
        if !kind.is_namespaced() {
            metadata.remove("namespace");
        }
        let name = metadata
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if name.is_empty() {
            let prefix = metadata.get("generateName").and_then(Value::as_str);
            let name = format!("{}{}", prefix.unwrap_or_default(), suffix_of(suffix));
            metadata.insert("name".into(), name.into());
        }
        metadata.insert("uid".into(), uid.into());
        metadata.insert("creationTimestamp".into(), time.into());
        if kind.status {
            value.as_object_mut().and_then(|map| map.remove("status"));
        }
        let key = key_of(kind, &value);
        let draft = Self {
            value,
            key,
            live: None,
        };
        draft.check_place(state, kind)?;
        Ok(draft)
    }

    fn of_live(
        kind: &Kind,
        live: &Arc<Object>,
        mut value: Value,
        writer: &Writer<'_>,
    ) -> Result<Self, Error> {
        Self::check_version(kind, live, &value)?;
        value["apiVersion"] = live.value()["apiVersion"].clone();
        value["kind"] = live.value()["kind"].clone();
        let own = metadata(&mut value)?;
        let kept = [
            "name",
            "namespace",
            "uid",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "generation",
            "resourceVersion",
            "generateName",
        ];
        for field in kept {
            match live.value()["metadata"].get(field) {
                Some(value) => own.insert(field.into(), value.clone()),
                None => own.remove(field),
            };
        }
        own.remove("managedFields");
        own.remove("selfLink");
        match writer.subresource {
            Some(subresource) => keep_only(&mut value, live, subresource),
            None if kind.status => restore(&mut value, live, "status"),
            None => {}
        }
        Ok(Self {
            value,
            key: live.key(),
            live: Some(Arc::clone(live)),
        })
    }

    /// Refuses what was read from another state or another object of that name.
    fn check_version(kind: &Kind, live: &Object, value: &Value) -> Result<(), Error> {
        let given = |field: &str| {
            value["metadata"][field]
                .as_str()
                .filter(|it| !it.is_empty())
        };
        let identity = [
            ("name", Some(live.name())),
            ("namespace", live.namespace()),
            ("uid", live.uid()),
        ];
        let other = |(field, found): &(&str, Option<&str>)| {
            given(field).is_some_and(|it| Some(it) != *found)
        };
        if let Some((field, _)) = identity.into_iter().find(other) {
            return Err(errors::immutable_metadata(&live.key(), field));
        }
        match given("resourceVersion") {
            Some(version) if Some(version) != live.resource_version() => {
                Err(errors::changed_since(kind, live.name()))
            }
            _ => Ok(()),
        }
    }

    /// Refuses what has no room: no such namespace, or the name is taken.
    fn check_place(&self, state: &State, kind: &Kind) -> Result<(), Error> {
        validate::name(kind, &self.key)?;
        if state.get(&self.key).is_some() {
            return Err(errors::already_exists(kind, &self.key.name));
        }
        if !kind.is_namespaced() {
            return Ok(());
        }
        let namespace = &self.key.namespace;
        if namespace.is_empty() {
            let message = "an empty namespace may not be set during creation";
            return Err(errors::malformed(message));
        }
        match state.get(&ObjectKey::new("", "Namespace", "", namespace)) {
            None => Err(errors::no_namespace(namespace)),
            Some(it) if it.deletion_timestamp().is_some() => {
                Err(errors::terminating(kind, &self.key.name, namespace))
            }
            Some(_) => Ok(()),
        }
    }

    fn finish(
        mut self,
        state: &mut State,
        kind: &Kind,
        writer: &Writer<'_>,
        ownership: Ownership,
    ) -> Result<Written, Error> {
        let place = kind.place();
        let faults = normal::normalise(place, &mut self.value);
        let warnings = validate::fields(kind, &self.key, &faults, writer.validation)?;
        defaults::fill(kind, &mut self.value, self.live.as_deref());
        normal::normalise(place, &mut self.value);
        let time = state.time();
        let nothing = normal::nothing(place);
        let old = self.live.as_ref().map_or(&nothing, |live| live.value());
        let managers = match ownership {
            Ownership::Known(managers) => managers,
            Ownership::Tracked(mut managers) => {
                let version = kind.resource.kind.api_version();
                let author = writer.author(kind, Operation::Update, &version, &time);
                managers.updated(&author, place, old, &self.value);
                managers
            }
        };
        defaults::admit(state, kind, &mut self.value, self.live.as_deref());
        normal::forget_empty_lists(place, &mut self.value);
        validate::object(kind, &self.key, &self.value, self.live.as_deref())?;
        managers.write(&mut self.value);
        self.count_generation(kind);
        self.commit(state, writer, warnings)
    }

    fn count_generation(&mut self, kind: &Kind) {
        if !defaults::has_generation(kind) {
            return;
        }
        let generation = match &self.live {
            None => 1,
            Some(live) => {
                let changed = defaults::desired_differs(kind, live.value(), &self.value);
                live.generation().unwrap_or(0) + i64::from(changed)
            }
        };
        self.value["metadata"]["generation"] = generation.into();
    }

    fn commit(
        self,
        state: &mut State,
        writer: &Writer<'_>,
        warnings: Vec<String>,
    ) -> Result<Written, Error> {
        let written = |object, effect| Written {
            object,
            effect,
            warnings,
        };
        if let Some(live) = self.live.filter(|live| *live.value() == self.value) {
            return Ok(written(live, Effect::Nothing));
        }
        let created = state.get(&self.key).is_none();
        let object =
            Object::new(self.value).map_err(|fault| errors::malformed(fault.to_string()))?;
        let effect = if created {
            Effect::Created
        } else {
            Effect::Changed
        };
        if writer.dry_run {
            return Ok(written(Arc::new(object), effect));
        }
        let finished =
            object.deletion_timestamp().is_some() && object.finalizers().next().is_none();
        if finished && !super::delete::waits_for_controller(&object) {
            state.discard(&self.key);
            return Ok(written(Arc::new(object), effect));
        }
        Ok(written(state.store(object), effect))
    }
}

fn metadata(value: &mut Value) -> Result<&mut Map<String, Value>, Error> {
    let metadata = value.get_mut("metadata").and_then(Value::as_object_mut);
    metadata.ok_or_else(|| errors::malformed("metadata must be a map"))
}

fn key_of(kind: &Kind, value: &Value) -> ObjectKey {
    let text = |field: &str| value["metadata"][field].as_str().unwrap_or_default();
    let id = &kind.resource.kind;
    ObjectKey::new(&id.group, &id.kind, text("namespace"), text("name"))
}

/// A subresource's write leaves everything else as it is.
fn keep_only(value: &mut Value, live: &Object, subresource: &str) {
    let part = value.get_mut(subresource).map(Value::take);
    *value = live.value().clone();
    if let Some(map) = value.as_object_mut() {
        match part {
            Some(part) => map.insert(subresource.to_owned(), part),
            None => map.remove(subresource),
        };
    }
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
}

fn restore(value: &mut Value, live: &Object, field: &str) {
    if let Some(map) = value.as_object_mut() {
        match live.value().get(field) {
            Some(former) => map.insert(field.to_owned(), former.clone()),
            None => map.remove(field),
        };
    }
}

fn without_version(mut value: Value) -> Value {
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
    value
}

/// A null in a configuration says nothing about its field.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Five letters and digits that cannot be misread, as generated names end in.
fn suffix_of(mut number: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut suffix = String::with_capacity(5);
    for _ in 0..5 {
        let index = usize::try_from(number % LETTERS.len() as u64).unwrap_or(0);
        suffix.push(char::from(LETTERS[index]));
        number /= LETTERS.len() as u64;
    }
    suffix
}
