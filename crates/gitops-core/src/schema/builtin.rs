//! The kinds that come with Kubernetes.
//!
//! `builtin.txt` is written by `tools/kinds` of the repository, which also
//! documents its format. It is read once, on first use.

use std::sync::OnceLock;

use serde_json::Value;

use super::{Field, Kind, Merge, Omit, Patch, Shape, Struct, Text, Types};
use crate::{GroupVersionKind, Scope};

/// The shapes of the kinds that come with Kubernetes, old versions included.
///
/// ```
/// use gitops_core::schema::builtin;
/// use gitops_core::{GroupKind, Scope};
///
/// let role = GroupKind::new("rbac.authorization.k8s.io", "ClusterRole");
/// assert_eq!(builtin().scope(&role), Some(Scope::Cluster));
/// ```
pub fn builtin() -> &'static Types {
    static TYPES: OnceLock<Types> = OnceLock::new();
    TYPES.get_or_init(|| read(include_str!("builtin.txt")))
}

fn read(text: &'static str) -> Types {
    let mut types = Types::default();
    let names = text.lines().filter_map(|line| line.strip_prefix("S "));
    for (index, line) in names.enumerate() {
        types
            .names
            .insert(first_word(line).into(), Shape::Struct(index));
    }
    for line in text.lines() {
        match line.split_at_checked(2) {
            Some(("K ", kind)) => add_kind(&mut types, kind),
            Some(("S ", rest)) => types.structs.push(Struct {
                atomic: rest.ends_with(" a"),
                ..Struct::default()
            }),
            Some(("F ", rest)) => {
                let field = field(&types, rest);
                if let (Some(owner), Some(field)) = (types.structs.last_mut(), field) {
                    owner.fields.push(field);
                }
            }
            _ => {}
        }
    }
    for found in &mut types.structs {
        found
            .fields
            .sort_by(|left, right| left.name.cmp(&right.name));
    }
    types
}

fn first_word(line: &'static str) -> &'static str {
    line.split(' ').next().unwrap_or_default()
}

fn add_kind(types: &mut Types, line: &'static str) {
    let mut words = line.split(' ');
    let (Some(version), Some(kind), Some(name)) = (words.next(), words.next(), words.next()) else {
        return;
    };
    if let Some(root) = types.names.get(name) {
        let kind = GroupVersionKind::from_api_version(version, kind);
        let found = Kind {
            root: root.clone(),
            scope: match words.next() {
                Some("c") => Scope::Cluster,
                _ => Scope::Namespaced,
            },
            custom: false,
        };
        types.kinds.insert(kind, found);
    }
}

fn field(types: &Types, line: &'static str) -> Option<Field> {
    let mut words = line.split(' ');
    let name = words.next()?;
    let shape = shape(types, words.next()?)?;
    let mut field = Field {
        name: name.into(),
        shape,
        omit: Omit::Never,
        pointer: false,
        patch: Patch::Default,
        retain_keys: false,
        merge: Merge::Granular,
        default: None,
    };
    let mut omitted = false;
    for word in words {
        omitted |= word == "o";
        flag(&mut field, word);
    }
    if omitted {
        field.omit = omitted_when_empty(&field);
    }
    Some(field)
}

fn flag(field: &mut Field, word: &'static str) {
    match word {
        "p" => field.pointer = true,
        "r" => field.retain_keys = true,
        "R" => field.patch = Patch::Replace,
        "m=" => field.patch = Patch::Set,
        "a" => field.merge = Merge::Atomic,
        "e" => field.merge = Merge::Set,
        _ => {
            if let Some(key) = word.strip_prefix("m=") {
                field.patch = Patch::Key(key.into());
            } else if let Some(keys) = word.strip_prefix("k=") {
                field.merge = Merge::Keys(keys.split(',').map(Text::from).collect());
            } else if let Some(default) = word.strip_prefix("D=") {
                field.default = Some(self::default(&field.shape, default));
            }
        }
    }
}

fn default(shape: &Shape, text: &'static str) -> Value {
    match shape {
        Shape::Int32 | Shape::Int64 => text.parse::<i64>().map_or(text.into(), Value::from),
        Shape::Boolean => text.parse::<bool>().map_or(text.into(), Value::from),
        _ => text.into(),
    }
}

/// When the server's writer leaves out a field that it may leave out. A struct is never
/// its own zero value; where it is a scalar to everybody else, that value is written.
fn omitted_when_empty(field: &Field) -> Omit {
    match field.shape {
        _ if field.pointer => Omit::Null,
        Shape::Boolean
        | Shape::Int32
        | Shape::Int64
        | Shape::Float
        | Shape::String
        | Shape::Bytes
        | Shape::List(_)
        | Shape::Map(_) => Omit::Zero,
        Shape::Quantity | Shape::IntOrString => Omit::Never,
        _ => Omit::Null,
    }
}

fn shape(types: &Types, text: &'static str) -> Option<Shape> {
    Some(match text.split_at_checked(1)? {
        ("s", "") => Shape::String,
        ("b", "") => Shape::Boolean,
        ("i", "") => Shape::Int32,
        ("l", "") => Shape::Int64,
        ("f", "") => Shape::Float,
        ("y", "") => Shape::Bytes,
        ("q", "") => Shape::Quantity,
        ("p", "") => Shape::IntOrString,
        ("t", "") => Shape::Time,
        ("u", "") => Shape::MicroTime,
        ("d", "") => Shape::Duration,
        ("*", "") => Shape::Any,
        ("@", name) => types.names.get(name)?.clone(),
        ("[", element) => Shape::List(Box::new(shape(types, element)?)),
        ("{", element) => Shape::Map(Box::new(shape(types, element)?)),
        _ => return None,
    })
}
