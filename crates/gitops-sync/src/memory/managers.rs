//! Who owns which fields: `metadata.managedFields`.

use gitops_core::apply::{Error, LAST_APPLIED};
use serde_json::{Map, Value, json};

use super::errors;
use super::fields::{self, FieldSet};
use super::schema::Place;

/// Fields of `metadata` that nobody owns.
const UNOWNED: [&str; 8] = [
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
];

/// How a manager came to own its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    /// By a server-side apply.
    Apply,
    /// By any other write.
    Update,
}

/// In whose name a write happens.
#[derive(Clone, Debug)]
pub(super) struct Author<'a> {
    pub(super) manager: &'a str,
    pub(super) operation: Operation,
    pub(super) api_version: &'a str,
    /// `None` for the object itself.
    pub(super) subresource: Option<&'a str>,
    /// Whether `status` is left to its subresource.
    pub(super) status: bool,
    /// When, as `metadata` writes it.
    pub(super) time: &'a str,
}

/// All entries of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Managers(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    operation: Operation,
    time: String,
    manager: String,
    api_version: String,
    subresource: Option<String>,
    fields: FieldSet,
}

impl Managers {
    /// Those that the object's metadata names.
    pub(super) fn of(object: &Value) -> Self {
        let entries = object["metadata"]["managedFields"].as_array();
        Self(entries.into_iter().flatten().filter_map(entry).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes them into the object's metadata.
    pub(super) fn write(&self, object: &mut Value) {
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
            return;
        };
        if self.0.is_empty() {
            metadata.remove("managedFields")
        } else {
            let entries = self.0.iter().map(Entry::to_json).collect();
            metadata.insert("managedFields".into(), Value::Array(entries))
        };
    }

    /// Notes that `author` made `new` of `old`.
    pub(super) fn updated(
        &mut self,
        author: &Author<'_>,
        place: Place<'_>,
        old: &Value,
        new: &Value,
    ) {
        let mut changes = fields::changes(place, old, new);
        for set in [
            &mut changes.added,
            &mut changes.modified,
            &mut changes.removed,
        ] {
            author.strip(set);
        }
        self.disown(author, &changes);
        let own = self.entry(author);
        let mut fields = own.fields.clone();
        fields.subtract(&changes.removed);
        fields.union(&changes.added);
        fields.union(&changes.modified);
        own.set(author, fields);
        self.tidy();
    }

    /// Lays `config` over `live` in the name of `author` and says what comes of it.
    ///
    /// # Errors
    ///
    /// Names the managers whose fields `config` changes, unless `force`.
    pub(super) fn applied(
        &mut self,
        author: &Author<'_>,
        place: Place<'_>,
        (live, config): (&Value, &Value),
        force: bool,
    ) -> Result<Value, Error> {
        let mut merged = fields::merge(place, live, config);
        let config = FieldSet::of(place, config);
        let mut wanted = config.clone();
        author.strip(&mut wanted);
        let own = self.entry(author);
        let former = own.fields.clone();
        own.set(author, wanted);
        let mut owned = self.all();
        // What is never owned stays all the same, and so does what it is in.
        owned.union(&config);
        fields::prune(place, &mut merged, &former, &owned);
        let mut changes = fields::changes(place, live, &merged);
        for set in [
            &mut changes.added,
            &mut changes.modified,
            &mut changes.removed,
        ] {
            author.strip(set);
        }
        if !force {
            self.check_conflicts(author, &changes)?;
        }
        self.disown(author, &changes);
        self.tidy();
        Ok(merged)
    }

    /// Makes the fields that `author` applied of those that the manager `from`
    /// wrote, and of those of whoever keeps the last applied object in an annotation.
    pub(super) fn migrate(&mut self, author: &Author<'_>, from: Option<&str>) {
        let is_source = |entry: &Entry| {
            let asked = from == Some(entry.manager.as_str());
            (asked || entry.fields.has_annotation(LAST_APPLIED))
                && entry.operation == Operation::Update
                && entry.subresource.is_none()
        };
        let mut moved = FieldSet::default();
        for entry in self.0.iter().filter(|entry| is_source(entry)) {
            moved.union(&entry.fields);
        }
        if moved.is_empty() {
            return;
        }
        self.0.retain(|entry| !is_source(entry));
        let own = self.entry(author);
        moved.union(&own.fields);
        own.set(author, moved);
        self.tidy();
    }

    fn all(&self) -> FieldSet {
        let mut all = FieldSet::default();
        for entry in &self.0 {
            all.union(&entry.fields);
        }
        all
    }

    fn entry(&mut self, author: &Author<'_>) -> &mut Entry {
        let position = self.0.iter().position(|entry| entry.is_of(author));
        let position = position.unwrap_or_else(|| {
            self.0.push(Entry::new(author));
            self.0.len() - 1
        });
        &mut self.0[position]
    }

    fn check_conflicts(&self, author: &Author<'_>, changes: &fields::Changes) -> Result<(), Error> {
        let mut touched = changes.modified.clone();
        touched.union(&changes.added);
        let conflicts: Vec<_> = self
            .0
            .iter()
            .filter(|entry| !entry.is_of(author))
            .map(|entry| (entry.shown(), entry.fields.intersection(&touched).paths()))
            .filter(|(_, paths)| !paths.is_empty())
            .collect();
        if conflicts.is_empty() {
            Ok(())
        } else {
            Err(errors::owned_by_others(&conflicts))
        }
    }

    /// Others no longer own what `author` changed or removed.
    fn disown(&mut self, author: &Author<'_>, changes: &fields::Changes) {
        for entry in self.0.iter_mut().filter(|entry| !entry.is_of(author)) {
            entry.fields.subtract(&changes.modified);
            entry.fields.subtract(&changes.added);
            entry.fields.subtract(&changes.removed);
        }
    }

    /// Leaves out who owns nothing, and orders as the server does.
    fn tidy(&mut self) {
        self.0.retain(|entry| !entry.fields.is_empty());
        self.0.sort_by(|a, b| a.order().cmp(&b.order()));
    }
}

impl Author<'_> {
    /// Leaves out what a write of this kind owns in no case.
    fn strip(&self, set: &mut FieldSet) {
        for field in ["apiVersion", "kind"] {
            set.remove(&[field]);
        }
        for field in UNOWNED {
            set.remove(&["metadata", field]);
        }
        match self.subresource {
            Some(subresource) => set.retain(subresource),
            None if self.status => set.remove(&["status"]),
            None => {}
        }
    }
}

impl Entry {
    fn new(author: &Author<'_>) -> Self {
        Self {
            operation: author.operation,
            time: author.time.into(),
            manager: author.manager.into(),
            api_version: author.api_version.into(),
            subresource: author.subresource.map(Into::into),
            fields: FieldSet::default(),
        }
    }

    fn is_of(&self, author: &Author<'_>) -> bool {
        self.manager == author.manager
            && self.operation == author.operation
            && self.subresource.as_deref() == author.subresource
            && (self.operation == Operation::Apply || self.api_version == author.api_version)
    }

    /// The time moves only with the fields, or nothing could ever be unchanged.
    fn set(&mut self, author: &Author<'_>, fields: FieldSet) {
        if self.fields != fields || self.api_version != author.api_version {
            self.fields = fields;
            self.api_version = author.api_version.into();
            self.time = author.time.into();
        }
    }

    fn order(&self) -> (Operation, &str, &str, &str, Option<&str>) {
        let subresource = self.subresource.as_deref();
        let (time, manager) = (self.time.as_str(), self.manager.as_str());
        (
            self.operation,
            time,
            manager,
            &self.api_version,
            subresource,
        )
    }

    /// As an error names it.
    fn shown(&self) -> String {
        let subresource = match &self.subresource {
            Some(subresource) => format!(" with subresource {subresource:?}"),
            None => String::new(),
        };
        match self.operation {
            Operation::Apply => format!("{:?}{subresource}", self.manager),
            Operation::Update => {
                format!("{:?}{subresource} using {}", self.manager, self.api_version)
            }
        }
    }

    fn to_json(&self) -> Value {
        let operation = match self.operation {
            Operation::Apply => "Apply",
            Operation::Update => "Update",
        };
        let mut entry = Map::from_iter([
            ("manager".to_owned(), json!(self.manager)),
            ("operation".to_owned(), json!(operation)),
            ("apiVersion".to_owned(), json!(self.api_version)),
            ("time".to_owned(), json!(self.time)),
            ("fieldsType".to_owned(), json!("FieldsV1")),
            ("fieldsV1".to_owned(), self.fields.to_json()),
        ]);
        if let Some(subresource) = &self.subresource {
            entry.insert("subresource".into(), json!(subresource));
        }
        Value::Object(entry)
    }
}

/// One entry; none where it is not one, such as the `{}` that resets the list.
fn entry(json: &Value) -> Option<Entry> {
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let operation = match json.get("operation")?.as_str()? {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return None,
    };
    Some(Entry {
        operation,
        time: text("time").unwrap_or_default(),
        manager: text("manager").unwrap_or_default(),
        api_version: text("apiVersion").unwrap_or_default(),
        subresource: text("subresource").filter(|it| !it.is_empty()),
        fields: FieldSet::from_json(json.get("fieldsV1")?),
    })
}
