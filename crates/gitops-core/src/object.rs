//! Kubernetes objects and what identifies them.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A Kubernetes object: a JSON object with `apiVersion`, `kind` and a name.
///
/// What everybody asks for is borrowed from the JSON; everything else is
/// reached through [`Object::value`].
/// `Debug` and `Display` print what identifies the object and nothing it holds,
/// because it may be a Secret.
///
/// ```
/// use gitops_core::Object;
/// use serde_json::json;
///
/// let object = Object::new(json!({
///     "apiVersion": "apps/v1",
///     "kind": "Deployment",
///     "metadata": {"name": "web", "namespace": "shop"},
/// }))?;
/// assert_eq!(object.group(), "apps");
/// assert_eq!(object.key().to_string(), "apps/Deployment/shop/web");
/// # Ok::<(), gitops_core::object::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Object(Value);

/// Why a JSON value is not a Kubernetes object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The value is a scalar, a list or null.
    #[error("a Kubernetes object is a map, not {0}")]
    NotAMap(&'static str),
    /// `apiVersion`, `kind` or `metadata` is absent, empty or of the wrong type.
    #[error("field {field} must be a non-empty {expected}{}", named(.name.as_deref()))]
    Field {
        /// The field's path, such as `apiVersion`.
        field: &'static str,
        /// The JSON type it must have.
        expected: &'static str,
        /// `metadata.name`, where there is one, to find the object by.
        name: Option<String>,
    },
    /// Neither `metadata.name` nor `metadata.generateName` is set.
    #[error("{kind} has neither metadata.name nor metadata.generateName")]
    NoName {
        /// The object's kind.
        kind: String,
    },
}

fn named(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" (object {name:?})"))
}

impl Object {
    /// Checks that `value` is a Kubernetes object and takes it as one.
    ///
    /// A `metadata.generateName` serves where `metadata.name` is absent.
    ///
    /// # Errors
    ///
    /// Says which of the identifying fields is missing or of the wrong type.
    pub fn new(value: Value) -> Result<Self, Error> {
        let Value::Object(map) = &value else {
            return Err(Error::NotAMap(type_name(&value)));
        };
        let name = map
            .get("metadata")
            .and_then(|metadata| text(metadata.get("name")));
        let missing = |field, expected| Error::Field {
            field,
            expected,
            name: name.map(str::to_owned),
        };
        text(map.get("apiVersion")).ok_or_else(|| missing("apiVersion", "string"))?;
        let kind = text(map.get("kind")).ok_or_else(|| missing("kind", "string"))?;
        let metadata = match map.get("metadata") {
            Some(Value::Object(metadata)) => metadata,
            None | Some(Value::Null) => return Err(Error::NoName { kind: kind.into() }),
            Some(_) => return Err(missing("metadata", "map")),
        };
        if name.is_none() && text(metadata.get("generateName")).is_none() {
            return Err(Error::NoName { kind: kind.into() });
        }
        Ok(Self(value))
    }

    /// The whole object as JSON.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The whole object as JSON, owned.
    pub fn into_value(self) -> Value {
        self.0
    }

    /// Changes the object and checks afterwards that it still is one.
    ///
    /// # Errors
    ///
    /// As [`Object::new`], when `change` removed what identifies the object;
    /// the object then keeps its former content.
    pub fn update(&mut self, change: impl FnOnce(&mut Value)) -> Result<(), Error> {
        let mut value = self.0.clone();
        change(&mut value);
        *self = Self::new(value)?;
        Ok(())
    }

    /// `apiVersion`, such as `apps/v1`.
    pub fn api_version(&self) -> &str {
        self.text("apiVersion")
    }

    /// `kind`, such as `Deployment`.
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        split_api_version(self.api_version()).0
    }

    /// The API version without its group, such as `v1`.
    pub fn version(&self) -> &str {
        split_api_version(self.api_version()).1
    }

    /// `metadata.name`; empty while only `metadata.generateName` is set.
    pub fn name(&self) -> &str {
        text(self.metadata("name")).unwrap_or_default()
    }

    /// `metadata.generateName`.
    pub fn generate_name(&self) -> Option<&str> {
        text(self.metadata("generateName"))
    }

    /// `metadata.namespace`; absent and empty are the same.
    pub fn namespace(&self) -> Option<&str> {
        text(self.metadata("namespace"))
    }

    /// `metadata.uid`, given by the API server.
    pub fn uid(&self) -> Option<&str> {
        text(self.metadata("uid"))
    }

    /// `metadata.resourceVersion`, given by the API server.
    pub fn resource_version(&self) -> Option<&str> {
        text(self.metadata("resourceVersion"))
    }

    /// `metadata.generation`, counted by the API server.
    pub fn generation(&self) -> Option<i64> {
        self.metadata("generation")?.as_i64()
    }

    /// `metadata.deletionTimestamp`: set once deletion has begun.
    pub fn deletion_timestamp(&self) -> Option<&str> {
        text(self.metadata("deletionTimestamp"))
    }

    /// One annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        entry(self.annotations()?, key)?.as_str()
    }

    /// `metadata.annotations`, where it is a map.
    pub fn annotations(&self) -> Option<&Map<String, Value>> {
        self.metadata("annotations")?.as_object()
    }

    /// One label's value.
    pub fn label(&self, key: &str) -> Option<&str> {
        entry(self.labels()?, key)?.as_str()
    }

    /// `metadata.labels`, where it is a map.
    pub fn labels(&self) -> Option<&Map<String, Value>> {
        self.metadata("labels")?.as_object()
    }

    /// The names under `metadata.finalizers`.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        self.metadata("finalizers")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// The entries of `metadata.ownerReferences`.
    pub fn owner_references(&self) -> &[Value] {
        self.metadata("ownerReferences")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// Group, version and kind.
    pub fn group_version_kind(&self) -> GroupVersionKind {
        GroupVersionKind::new(self.group(), self.version(), self.kind())
    }

    /// Group and kind.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind::new(self.group(), self.kind())
    }

    /// What identifies the object in a cluster; its version does not count.
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            group: self.group().to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().unwrap_or_default().to_owned(),
            name: self.name().to_owned(),
        }
    }

    /// Where the object is found in a cluster, in its own version.
    pub fn reference(&self) -> ObjectRef {
        ObjectRef {
            kind: self.group_version_kind(),
            namespace: self.namespace().map(str::to_owned),
            name: self.name().to_owned(),
        }
    }

    /// Sets or removes an annotation.
    pub fn set_annotation(&mut self, key: &str, value: Option<&str>) {
        self.set_entry("annotations", key, value);
    }

    /// Sets or removes a label.
    pub fn set_label(&mut self, key: &str, value: Option<&str>) {
        self.set_entry("labels", key, value);
    }

    /// Sets `metadata.namespace`, or removes it.
    pub fn set_namespace(&mut self, namespace: Option<&str>) {
        let metadata = self.metadata_mut();
        match namespace {
            Some(namespace) => metadata.insert("namespace".into(), namespace.into()),
            None => metadata.remove("namespace"),
        };
    }

    /// Sets `metadata.name`.
    pub fn set_name(&mut self, name: &str) {
        self.metadata_mut().insert("name".into(), name.into());
    }

    /// Adds a name to `metadata.finalizers`.
    pub fn add_finalizer(&mut self, name: &str) {
        let finalizers = self
            .metadata_mut()
            .entry("finalizers")
            .or_insert(Value::Null);
        if !finalizers.is_array() {
            *finalizers = Value::Array(Vec::new());
        }
        if let Value::Array(finalizers) = finalizers {
            finalizers.push(name.into());
        }
    }

    fn set_entry(&mut self, field: &str, key: &str, value: Option<&str>) {
        let metadata = self.metadata_mut();
        let Some(value) = value else {
            if let Some(Value::Object(entries)) = metadata.get_mut(field) {
                entries.remove(key);
                if entries.is_empty() {
                    metadata.remove(field);
                }
            }
            return;
        };
        let entries = metadata.entry(field).or_insert(Value::Null);
        if !entries.is_object() {
            *entries = Value::Object(Map::new());
        }
        if let Value::Object(entries) = entries {
            entries.insert(key.to_owned(), value.into());
        }
    }

    fn metadata_mut(&mut self) -> &mut Map<String, Value> {
        self.0
            .get_mut("metadata")
            .and_then(Value::as_object_mut)
            .expect("checked by `new`, and no method takes it away")
    }

    fn metadata(&self, field: &str) -> Option<&Value> {
        entry(self.field("metadata")?.as_object()?, field)
    }

    fn text(&self, field: &str) -> &str {
        text(self.field(field)).expect("checked by `new`, and no method takes it away")
    }

    fn field(&self, name: &str) -> Option<&Value> {
        entry(self.0.as_object()?, name)
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({self})")
    }
}

/// Kind, namespace and name, as in `Deployment shop/web`.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reference())
    }
}

impl Serialize for Object {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl TryFrom<Value> for Object {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self, Error> {
        Self::new(value)
    }
}

/// What identifies an object in a cluster: group, kind, namespace and name.
///
/// The version does not count: `apps/v1` and `apps/v1beta1` show the same object.
/// `Display` prints `group/kind/namespace/name`, with empty parts left empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    /// A key from its parts.
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// Group and kind.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind::new(&self.group, &self.kind)
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            group,
            kind,
            namespace,
            name,
        } = self;
        write!(f, "{group}/{kind}/{namespace}/{name}")
    }
}

/// An API group and a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupKind {
    /// The API group; empty for the core group.
    pub group: String,
    /// The kind.
    pub kind: String,
}

impl GroupKind {
    /// A group and kind from its parts.
    pub fn new(group: &str, kind: &str) -> Self {
        Self {
            group: group.into(),
            kind: kind.into(),
        }
    }
}

/// `kind.group`, or only the kind in the core group.
impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group.as_str() {
            "" => f.write_str(&self.kind),
            group => write!(f, "{}.{group}", self.kind),
        }
    }
}

/// An API group, version and kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupVersionKind {
    /// The API group; empty for the core group.
    pub group: String,
    /// The version, such as `v1`.
    pub version: String,
    /// The kind.
    pub kind: String,
}

impl GroupVersionKind {
    /// A group, version and kind from its parts.
    pub fn new(group: &str, version: &str, kind: &str) -> Self {
        Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
        }
    }

    /// From `apiVersion` and `kind` as they stand in an object.
    pub fn from_api_version(api_version: &str, kind: &str) -> Self {
        let (group, version) = split_api_version(api_version);
        Self::new(group, version, kind)
    }

    /// `group/version`, or only the version in the core group.
    pub fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Group and kind.
    pub fn group_kind(&self) -> GroupKind {
        GroupKind::new(&self.group, &self.kind)
    }
}

/// `apiVersion/kind`, as in `apps/v1/Deployment`.
impl fmt::Display for GroupVersionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api_version(), self.kind)
    }
}

/// Where one object is found in a cluster, in one of its versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Group, version and kind to ask for.
    pub kind: GroupVersionKind,
    /// The namespace; `None` for cluster-scoped objects.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// What identifies the object, without the version.
    pub fn key(&self) -> ObjectKey {
        ObjectKey {
            group: self.kind.group.clone(),
            kind: self.kind.kind.clone(),
            namespace: self.namespace.clone().unwrap_or_default(),
            name: self.name.clone(),
        }
    }
}

/// `Kind namespace/name`, or `Kind name` for cluster-scoped objects.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind.kind, self.name),
            None => write!(f, "{} {}", self.kind.kind, self.name),
        }
    }
}

fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// More entries than these are searched by their order instead of one by one.
const FEW_ENTRIES: usize = 16;

/// What a map says under a key.
///
/// Keys are compared by their length first, so those of another length are not
/// read. With many objects at hand each read of a key waits for memory, and that
/// is what looking at an object costs.
fn entry<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    if map.len() > FEW_ENTRIES {
        return map.get(key);
    }
    let mut entries = map.iter();
    entries.find_map(|(own, value)| (own == key).then_some(value))
}

/// A string with something in it.
fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_str().filter(|text| !text.is_empty())
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refuses(value: Value, message: &str) {
        assert_eq!(Object::new(value).unwrap_err().to_string(), message);
    }

    #[test]
    fn what_is_missing_is_named() {
        refuses(json!([]), "a Kubernetes object is a map, not a list");
        refuses(
            json!({"kind": "Pod", "metadata": {"name": "a"}}),
            "field apiVersion must be a non-empty string (object \"a\")",
        );
        refuses(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {}}}),
            "Pod has neither metadata.name nor metadata.generateName",
        );
        refuses(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": []}),
            "field metadata must be a non-empty map",
        );
    }

    #[test]
    fn debug_shows_nothing_an_object_holds() {
        let secret = Object::new(json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "db", "namespace": "shop"},
            "stringData": {"password": "hunter2"},
        }))
        .unwrap();
        assert_eq!(format!("{secret:?}"), "Object(Secret shop/db)");
    }

    #[test]
    fn the_last_annotation_takes_the_map_with_it() {
        let mut pod = Object::new(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "annotations": null},
        }))
        .unwrap();
        pod.set_annotation("a", Some("1"));
        assert_eq!(pod.annotation("a"), Some("1"));
        pod.set_annotation("a", None);
        assert_eq!(pod.annotations(), None);
    }

    #[test]
    fn an_update_that_breaks_the_object_changes_nothing() {
        let mut pod = Object::new(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
        }))
        .unwrap();
        let error = pod.update(|value| value["kind"] = Value::Null).unwrap_err();
        assert!(matches!(error, Error::Field { field: "kind", .. }));
        assert_eq!(pod.kind(), "Pod");
    }
}
