//! The types of custom resources, from the schema in their definition.

use serde_json::Value;

use super::{Empty, Field, Keys, Scalar, Schema, Struct, Type, builtin};

/// How deep a definition's schema is read; what is deeper may be anything.
const DEPTH: usize = 100;

/// The name that the definition's own type has in the schema.
pub(in crate::memory) const ROOT: &str = "";

/// The types of one version of a CustomResourceDefinition.
pub(in crate::memory) fn of_definition(open_api: &Value) -> Schema {
    let mut schema = Schema::default();
    let root = read(open_api, &mut schema, DEPTH);
    schema.names.insert(ROOT.into(), root);
    if let Some(Type::Struct(index)) = schema.names.get(ROOT).cloned() {
        let metadata = graft_metadata(&mut schema);
        let text = || field(Type::Scalar(Scalar::String));
        let fields = &mut schema.structs[index].fields;
        fields.insert("apiVersion".into(), text());
        fields.insert("kind".into(), text());
        fields.insert("metadata".into(), field(metadata));
    }
    schema
}

/// A copy of the type of `metadata`, which no definition may describe itself.
fn graft_metadata(schema: &mut Schema) -> Type {
    let source = builtin();
    let mut graft = |name: &str| {
        let Some(Type::Struct(index)) = source.names.get(name) else {
            return Type::Any;
        };
        let original = &source.structs[*index];
        let fields = original.fields.iter().map(|(name, field)| {
            let ty = match (name.as_str(), &field.ty) {
                ("ownerReferences", Type::List { keys, .. }) => Type::List {
                    items: Box::new(Type::Any),
                    keys: keys.clone(),
                },
                ("managedFields", _) => Type::Any,
                (_, ty) => ty.clone(),
            };
            let empty = field.empty;
            (name.clone(), Field { ty, empty })
        });
        let fields = fields.collect();
        push(
            schema,
            Struct {
                fields,
                atomic: false,
                open: false,
            },
        )
    };
    graft("meta.v1.ObjectMeta")
}

fn read(open_api: &Value, schema: &mut Schema, depth: usize) -> Type {
    let flag = |name: &str| open_api.get(name).and_then(Value::as_bool) == Some(true);
    let text = |name: &str| open_api.get(name).and_then(Value::as_str);
    if depth == 0 {
        return Type::Any;
    }
    if flag("x-kubernetes-int-or-string") {
        return Type::Scalar(Scalar::IntegerOrString);
    }
    let atomic = text("x-kubernetes-map-type") == Some("atomic");
    match text("type") {
        Some("string") => Type::Scalar(Scalar::String),
        Some("integer") => Type::Scalar(Scalar::Integer),
        Some("number") => Type::Scalar(Scalar::Number),
        Some("boolean") => Type::Scalar(Scalar::Boolean),
        Some("array") => list(open_api, schema, depth),
        Some("object") => match open_api.get("additionalProperties") {
            Some(values @ Value::Object(_)) => Type::Map {
                values: Box::new(read(values, schema, depth - 1)),
                atomic,
            },
            Some(Value::Bool(true)) => Type::Any,
            _ => {
                let open = flag("x-kubernetes-preserve-unknown-fields");
                structure(open_api, schema, depth, atomic, open)
            }
        },
        _ => Type::Any,
    }
}

fn structure(
    open_api: &Value,
    schema: &mut Schema,
    depth: usize,
    atomic: bool,
    open: bool,
) -> Type {
    let properties = open_api.get("properties").and_then(Value::as_object);
    let fields = properties
        .into_iter()
        .flatten()
        .map(|(name, property)| (name.clone(), field(read(property, schema, depth - 1))))
        .collect();
    push(
        schema,
        Struct {
            fields,
            atomic,
            open,
        },
    )
}

fn list(open_api: &Value, schema: &mut Schema, depth: usize) -> Type {
    let items = open_api.get("items").unwrap_or(&Value::Null);
    let keys = match open_api
        .get("x-kubernetes-list-type")
        .and_then(Value::as_str)
    {
        Some("set") => Keys::Set,
        Some("map") => keys(open_api, items),
        _ => Keys::Atomic,
    };
    let items = Box::new(read(items, schema, depth - 1));
    Type::List { items, keys }
}

fn keys(open_api: &Value, items: &Value) -> Keys {
    let names = open_api
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array);
    let default = |name: &str| items.get("properties")?.get(name)?.get("default").cloned();
    let keys = names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|name| (name.to_owned(), default(name)))
        .collect();
    Keys::Fields(keys)
}

fn push(schema: &mut Schema, structure: Struct) -> Type {
    schema.structs.push(structure);
    Type::Struct(schema.structs.len() - 1)
}

fn field(ty: Type) -> Field {
    Field {
        ty,
        empty: Empty::Kept,
    }
}
