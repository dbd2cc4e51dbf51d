//! Shapes from a cluster's own documents: OpenAPI v3, and the schemas that
//! definitions of custom resources hold.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Field, Kind, Merge, Omit, Patch, Shape, Struct, Text, Types, builtin};
use crate::{GroupVersionKind, Object, Scope};

/// Why a document with schemas cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It holds more schemas than are read.
    #[error("the document holds more than {MAX_SCHEMAS} schemas")]
    TooLarge,
    /// It holds no schemas at all.
    #[error("the document has no {0}")]
    NoSchemas(&'static str),
}

/// Documents with more schemas are refused; the largest of Kubernetes has 5,000.
const MAX_SCHEMAS: usize = 500_000;
/// Schemas inside each other are read no deeper; what is below counts as anything.
const MAX_DEPTH: usize = 64;
const REFERENCE: &str = "#/components/schemas/";
/// Definitions of the kinds whose Go types know how lists are patched.
const TYPED: &str = "io.k8s.api.";
const META: &str = "io.k8s.apimachinery.pkg.apis.";
const METADATA: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
/// Kinds that are no custom resources and whose schemas do not tell how the server
/// fills them in.
const UNTOLD: [&str; 2] = ["io.k8s.apiextensions-apiserver.", "io.k8s.kube-aggregator."];
const KIND: &str = "x-kubernetes-group-version-kind";

impl Types {
    /// Adds the kinds of one OpenAPI v3 document, such as a cluster answers for
    /// `/openapi/v3/apis/apps/v1`.
    ///
    /// Of kinds that come with Kubernetes the document counts; what it does not tell,
    /// such as when the server leaves a field out, is taken from [`builtin()`].
    ///
    /// ```
    /// use gitops_core::GroupVersionKind;
    /// use gitops_core::schema::Types;
    /// use serde_json::json;
    ///
    /// let mut types = Types::default();
    /// types.add_openapi(&json!({"components": {"schemas": {"org.example.v1.Thing": {
    ///     "type": "object",
    ///     "x-kubernetes-group-version-kind": [{"group": "example.org", "version": "v1", "kind": "Thing"}],
    /// }}}}))?;
    /// assert!(types.kind(&GroupVersionKind::new("example.org", "v1", "Thing")).is_some());
    /// # Ok::<(), gitops_core::schema::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it holds no schemas, or too many.
    pub fn add_openapi(&mut self, document: &Value) -> Result<(), Error> {
        let schemas = document
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .ok_or(Error::NoSchemas("components.schemas"))?;
        let mut reader = Reader::new(self);
        let added = reader.reserve(schemas);
        for (index, name) in added {
            let found = reader.named_struct(name, &schemas[name])?;
            reader.types.structs[index] = found;
        }
        let namespaced = namespaced(document);
        for (name, schema) in schemas {
            reader.kinds(name, schema, &namespaced);
        }
        Ok(())
    }

    /// Adds the kinds that a `CustomResourceDefinition` defines.
    ///
    /// # Errors
    ///
    /// When it holds no versions, or too many schemas.
    pub fn add_definition(&mut self, definition: &Object) -> Result<(), Error> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let spec = &definition.value()["spec"];
        let versions = spec["versions"].as_array();
        let versions = versions.ok_or(Error::NoSchemas("spec.versions"))?;
        let (group, kind) = (text(&spec["group"]), text(&spec["names"]["kind"]));
        let scope = match spec["scope"].as_str() {
            Some("Cluster") => Scope::Cluster,
            _ => Scope::Namespaced,
        };
        let mut reader = Reader::new(self);
        for version in versions {
            let schema = &version["schema"]["openAPIV3Schema"];
            let root = reader.custom_root(schema)?;
            let kind = GroupVersionKind::new(&group, &text(&version["name"]), &kind);
            let custom = true;
            reader.types.kinds.insert(
                kind,
                Kind {
                    root,
                    scope,
                    custom,
                },
            );
        }
        Ok(())
    }
}

/// The kinds with a path below a namespace.
fn namespaced(document: &Value) -> BTreeSet<GroupVersionKind> {
    let paths = document.get("paths").and_then(Value::as_object);
    let below = paths.into_iter().flatten();
    let below = below.filter(|(path, _)| path.contains("/namespaces/{namespace}/"));
    let operations = below.filter_map(|(_, item)| item.as_object()).flatten();
    operations
        .filter_map(|(_, operation)| kind_of(operation.get(KIND)?))
        .collect()
}

fn kind_of(value: &Value) -> Option<GroupVersionKind> {
    let text = |key: &str| value.get(key)?.as_str();
    Some(GroupVersionKind::new(
        text("group")?,
        text("version")?,
        text("kind")?,
    ))
}

/// Reads schemas into types.
struct Reader<'a> {
    types: &'a mut Types,
    /// How many schemas may still be read.
    left: usize,
    /// Whether the schemas are those of Kubernetes' own types.
    typed: bool,
}

impl<'a> Reader<'a> {
    fn new(types: &'a mut Types) -> Self {
        Self {
            types,
            left: MAX_SCHEMAS,
            typed: false,
        }
    }

    /// Makes a place for every definition that is not known yet, because they name
    /// each other in any order; gives those that are structs.
    fn reserve<'s>(&mut self, schemas: &'s Map<String, Value>) -> Vec<(usize, &'s str)> {
        let mut added = Vec::new();
        for (name, schema) in schemas {
            if self.types.names.contains_key(name.as_str()) {
                continue;
            }
            let shape = match scalar_by_name(name) {
                Some(scalar) => scalar,
                None if has_properties(schema) => {
                    self.types.structs.push(Struct::default());
                    added.push((self.types.structs.len() - 1, name.as_str()));
                    Shape::Struct(self.types.structs.len() - 1)
                }
                None => plain(schema).unwrap_or(Shape::Any),
            };
            self.types.names.insert(name.clone().into(), shape);
        }
        added
    }

    fn named_struct(&mut self, name: &str, schema: &Value) -> Result<Struct, Error> {
        self.typed = name.starts_with(TYPED) || name.starts_with(META);
        let known = builtin_name(name).and_then(|name| builtin().named(&name)?.as_struct());
        self.fields(schema, known, 0)
    }

    /// The root of a custom resource, whose metadata every kind shares.
    fn custom_root(&mut self, schema: &Value) -> Result<Shape, Error> {
        self.typed = false;
        let mut root = self.fields(schema, None, 0)?;
        if let Some(shape) = self.types.names.get(METADATA)
            && let Some(metadata) = root.fields.iter_mut().find(|one| one.name == "metadata")
        {
            metadata.shape = shape.clone();
        }
        self.types.structs.push(root);
        Ok(Shape::Struct(self.types.structs.len() - 1))
    }

    fn fields(
        &mut self,
        schema: &Value,
        known: Option<&'static Struct>,
        depth: usize,
    ) -> Result<Struct, Error> {
        let properties = schema.get("properties").and_then(Value::as_object);
        let mut fields = Vec::new();
        for (name, schema) in properties.into_iter().flatten() {
            let known = known.and_then(|known| known.field(name));
            fields.push(self.field(name, schema, known, depth)?);
        }
        // Ordered as texts are, whatever order the document's maps keep.
        fields.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(Struct {
            fields,
            atomic: schema.get("x-kubernetes-map-type") == Some(&"atomic".into())
                || known.is_some_and(|known| known.atomic),
        })
    }

    fn field(
        &mut self,
        name: &str,
        schema: &Value,
        known: Option<&'static Field>,
        depth: usize,
    ) -> Result<Field, Error> {
        let shape = self.shape(schema, depth)?;
        let read = Field {
            name: name.to_owned().into(),
            merge: merge(schema),
            default: schema
                .get("default")
                .filter(|default| !default.is_null())
                .cloned(),
            shape,
            omit: Omit::Null,
            pointer: !self.typed,
            patch: patch(schema),
            retain_keys: strategies(schema).any(|strategy| strategy == "retainKeys"),
        };
        let Some(known) = known else {
            return Ok(read);
        };
        // The document does not tell scalars of one JSON type apart, nor when the
        // server leaves them out.
        let is_scalar = !matches!(
            known.shape,
            Shape::Struct(_) | Shape::List(_) | Shape::Map(_)
        );
        Ok(Field {
            shape: if is_scalar {
                known.shape.clone()
            } else {
                read.shape
            },
            omit: known.omit,
            pointer: known.pointer,
            patch: known.patch.clone(),
            retain_keys: known.retain_keys,
            ..read
        })
    }

    fn shape(&mut self, schema: &Value, depth: usize) -> Result<Shape, Error> {
        self.left = self.left.checked_sub(1).ok_or(Error::TooLarge)?;
        if depth > MAX_DEPTH {
            return Ok(Shape::Any);
        }
        if let Some(name) = reference(schema) {
            let known = self.types.names.get(name);
            return Ok(known.cloned().unwrap_or(Shape::Any));
        }
        if let Some(items) = schema.get("items") {
            return Ok(Shape::List(Box::new(self.shape(items, depth + 1)?)));
        }
        if has_properties(schema) {
            let found = self.fields(schema, None, depth + 1)?;
            self.types.structs.push(found);
            return Ok(Shape::Struct(self.types.structs.len() - 1));
        }
        if let Some(element) = schema
            .get("additionalProperties")
            .filter(|one| one.is_object())
        {
            return Ok(Shape::Map(Box::new(self.shape(element, depth + 1)?)));
        }
        let known = plain(schema).unwrap_or(Shape::Any);
        // Only Kubernetes' own types have a form of times and bytes to bring them into.
        Ok(match known {
            Shape::Bytes | Shape::Time if !self.typed => Shape::String,
            known => known,
        })
    }

    fn kinds(&mut self, name: &str, schema: &Value, namespaced: &BTreeSet<GroupVersionKind>) {
        if name.starts_with(META) || UNTOLD.iter().any(|untold| name.starts_with(untold)) {
            return;
        }
        let Some(root) = self.types.names.get(name).cloned() else {
            return;
        };
        let named = schema.get(KIND).and_then(Value::as_array);
        for kind in named.into_iter().flatten().filter_map(kind_of) {
            let scope = if namespaced.contains(&kind) {
                Scope::Namespaced
            } else {
                let known = builtin().scope(&kind.group_kind());
                known.unwrap_or(Scope::Cluster)
            };
            let found = Kind {
                root: root.clone(),
                scope,
                custom: !name.starts_with(TYPED),
            };
            self.types.kinds.insert(kind, found);
        }
    }
}

fn has_properties(schema: &Value) -> bool {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.is_some_and(|properties| !properties.is_empty())
}

/// The definition that a schema names, by itself or as the only one of `allOf`.
fn reference(schema: &Value) -> Option<&str> {
    let own = schema.get("$ref").and_then(Value::as_str);
    let only = || match schema.get("allOf")?.as_array()?.as_slice() {
        [one] => one.get("$ref")?.as_str(),
        _ => None,
    };
    own.or_else(only)?.strip_prefix(REFERENCE)
}

/// What has a form of its own although its schema is one of texts.
fn scalar_by_name(name: &str) -> Option<Shape> {
    Some(match name.strip_prefix("io.k8s.apimachinery.pkg.")? {
        "api.resource.Quantity" => Shape::Quantity,
        "util.intstr.IntOrString" => Shape::IntOrString,
        "apis.meta.v1.Time" => Shape::Time,
        "apis.meta.v1.MicroTime" => Shape::MicroTime,
        "apis.meta.v1.Duration" => Shape::Duration,
        _ => return None,
    })
}

fn plain(schema: &Value) -> Option<Shape> {
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    if schema.get("x-kubernetes-int-or-string") == Some(&true.into()) {
        return Some(Shape::IntOrString);
    }
    Some(match (text("type"), text("format")) {
        (_, "int-or-string") => Shape::IntOrString,
        ("string", "byte") => Shape::Bytes,
        ("string", "date-time") => Shape::Time,
        ("string", _) => Shape::String,
        ("boolean", _) => Shape::Boolean,
        ("integer", "int32") => Shape::Int32,
        ("integer", _) => Shape::Int64,
        ("number", _) => Shape::Float,
        _ => return None,
    })
}

fn merge(schema: &Value) -> Merge {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    match (
        text("x-kubernetes-list-type"),
        text("x-kubernetes-map-type"),
    ) {
        (Some("set"), _) => Merge::Set,
        (Some("map"), _) => {
            let keys = schema
                .get("x-kubernetes-list-map-keys")
                .and_then(Value::as_array);
            let keys = keys.into_iter().flatten().filter_map(Value::as_str);
            Merge::Keys(keys.map(|key| Text::from(key.to_owned())).collect())
        }
        (Some("atomic"), _) | (_, Some("atomic")) => Merge::Atomic,
        _ => Merge::Granular,
    }
}

fn patch(schema: &Value) -> Patch {
    let key = schema
        .get("x-kubernetes-patch-merge-key")
        .and_then(Value::as_str);
    match (
        strategies(schema).find(|one| matches!(*one, "merge" | "replace")),
        key,
    ) {
        (Some("merge"), Some(key)) => Patch::Key(key.to_owned().into()),
        (Some("merge"), None) if schema.get("items").is_some() => Patch::Set,
        (Some("replace"), _) => Patch::Replace,
        _ => Patch::Default,
    }
}

fn strategies(schema: &Value) -> impl Iterator<Item = &str> {
    let text = schema
        .get("x-kubernetes-patch-strategy")
        .and_then(Value::as_str);
    text.unwrap_or_default().split(',')
}

/// The compiled-in name of a definition: `io.k8s.api.apps.v1.Deployment` is
/// `apps/v1.Deployment`.
fn builtin_name(name: &str) -> Option<String> {
    let rest = name
        .strip_prefix(TYPED)
        .or_else(|| name.strip_prefix(META))?;
    let (package, name) = rest.rsplit_once('.')?;
    let (group, version) = package.rsplit_once('.')?;
    Some(format!("{group}/{version}.{name}"))
}

#[cfg(test)]
mod tests;
