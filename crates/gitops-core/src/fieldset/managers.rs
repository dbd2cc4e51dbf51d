//! The managers of an object's fields.

use serde_json::Value;

use super::FieldSet;

/// How a manager wrote its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// By a server-side apply.
    Apply,
    /// By any other write.
    Update,
}

/// The fields of one manager.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Managed {
    /// The manager's name.
    pub manager: String,
    /// How it wrote them.
    pub operation: Operation,
    /// The version it wrote, such as `apps/v1`.
    pub api_version: String,
    /// The part of the object it wrote; empty for the object itself.
    pub subresource: String,
    /// Its fields.
    pub fields: FieldSet,
}

/// Why `managedFields` cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metadata.managedFields[{index}]: {reason}")]
pub struct Error {
    /// Which entry.
    pub index: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// The managers of an object's fields, in the object's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managers(pub Vec<Managed>);

impl Managers {
    /// Reads `metadata.managedFields` of an object.
    ///
    /// # Errors
    ///
    /// Names the first entry that is malformed.
    pub fn of(object: &Value) -> Result<Self, Error> {
        let entries = object
            .get("metadata")
            .and_then(|metadata| metadata.get("managedFields"))
            .and_then(Value::as_array);
        let read = |(index, entry)| managed(entry).map_err(|reason| Error { index, reason });
        let entries = entries.into_iter().flatten().enumerate();
        entries.map(read).collect::<Result<_, _>>().map(Self)
    }

    /// The fields of every entry of a manager, whatever the operation.
    pub fn fields(&self, manager: &str) -> FieldSet {
        let own = self.0.iter().filter(|entry| entry.manager == manager);
        own.fold(FieldSet::default(), |all, entry| all.union(&entry.fields))
    }

    /// The fields of everybody but a manager. What client-side apply wrote before
    /// belongs to whoever applies.
    pub fn others(&self, manager: &str) -> FieldSet {
        let is_other = |entry: &&Managed| {
            entry.manager != manager && entry.manager != "kubectl-client-side-apply"
        };
        let others = self.0.iter().filter(is_other);
        others.fold(FieldSet::default(), |all, entry| all.union(&entry.fields))
    }

    /// Whether somebody but `manager` owns the end of a path.
    pub fn is_owned_by_another(&self, manager: &str, path: &[super::Element]) -> bool {
        let mut others = self.0.iter().filter(|entry| entry.manager != manager);
        others.any(|entry| entry.fields.contains(path))
    }
}

fn managed(entry: &Value) -> Result<Managed, String> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let operation = match text("operation") {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        other => return Err(format!("operation {other:?} is unknown")),
    };
    if text("apiVersion").is_empty() {
        return Err("apiVersion is missing".into());
    }
    if text("fieldsType") != "FieldsV1" {
        return Err(format!("fieldsType {:?} is unknown", text("fieldsType")));
    }
    let fields = match entry.get("fieldsV1") {
        None | Some(Value::Null) => FieldSet::default(),
        Some(fields) => FieldSet::read(fields).map_err(|error| error.to_string())?,
    };
    Ok(Managed {
        manager: text("manager").to_owned(),
        operation,
        api_version: text("apiVersion").to_owned(),
        subresource: text("subresource").to_owned(),
        fields,
    })
}
