//! An object on its way into the cluster: named, checked, filled in and kept.

use std::sync::Arc;

use gitops_core::apply::Error;
use gitops_core::{Object, ObjectKey};
use serde_json::{Map, Value};

use super::super::managers::Operation;
use super::super::registry::Kind;
use super::super::state::State;
use super::super::{defaults, delete, errors, normal, validate};
use super::{Effect, Ownership, Writer, Written};

/// An object on its way.
pub(super) struct Draft {
    value: Value,
    key: ObjectKey,
    live: Option<Arc<Object>>,
}

impl Draft {
    pub(super) fn of_new(state: &mut State, kind: &Kind, mut value: Value) -> Result<Self, Error> {
        value["apiVersion"] = kind.resource.kind.api_version().into();
        let uid = state.uid();
        let suffix = state.random();
        let time = state.time();
        let metadata = metadata(&mut value)?;
        for field in [
            "resourceVersion",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "generation",
            "selfLink",
        ] {
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

    pub(super) fn of_live(
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
    pub(super) fn check_version(kind: &Kind, live: &Object, value: &Value) -> Result<(), Error> {
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

    pub(super) fn finish(
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
        if finished && !delete::waits_for_controller(&object) {
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
