//! The way of an object into the cluster.

mod draft;

use std::sync::Arc;

use gitops_core::Object;
use gitops_core::apply::{Error, FieldValidation};
use serde_json::{Value, json};

use super::managers::{Author, Managers, Operation};
use super::registry::Kind;
use super::state::State;
use super::{errors, fields, normal};
use draft::Draft;

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

fn without_version(mut value: Value) -> Value {
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
    value
}
