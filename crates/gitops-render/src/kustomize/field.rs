//! Field specs: paths to fields, for some kinds.

use serde::Deserialize;

use super::id::{Gvk, ResId};
use super::node::Node;

/// A path to a field and the kinds it holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FieldSpec {
    /// The kinds; what is empty holds for all.
    #[serde(flatten)]
    pub gvk: Gvk,
    /// The way to the field, `/` between the parts, `[]` behind a list that is not made.
    pub path: String,
    /// Whether the field is made where it is absent.
    pub create: bool,
}

/// What to make where a field is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    Map,
    Text,
    Scalar,
}

impl Create {
    fn node(self) -> Node {
        match self {
            Self::Map => Node::map(),
            Self::Text => Node::text(""),
            Self::Scalar => Node::plain(""),
        }
    }
}

impl FieldSpec {
    /// A field of every kind.
    pub(crate) fn everywhere(path: &str, create: bool) -> Self {
        Self {
            path: path.into(),
            create,
            ..Self::default()
        }
    }

    /// Calls `set` with every node the path leads to.
    ///
    /// # Errors
    ///
    /// Names the field and the object where the path ends in a scalar too early, or `set` fails.
    pub(crate) fn apply(
        &self,
        object: &mut Node,
        create: Option<Create>,
        set: &mut dyn FnMut(&mut Node) -> Result<(), String>,
    ) -> Result<(), String> {
        if !Gvk::of(object).is_selected(&self.gvk) {
            return Ok(());
        }
        let path = split(&self.path);
        let create = create.filter(|_| self.create);
        walk(object, &path, create, set).map_err(|message| {
            let id = ResId::of(object);
            format!(
                "considering field '{}' of object {id}: {message}",
                self.path
            )
        })
    }
}

/// Adds specs to a list: equal ones are dropped, contradicting ones refused.
pub(crate) fn merge(list: &mut Vec<FieldSpec>, incoming: &[FieldSpec]) -> Result<(), String> {
    for spec in incoming {
        let covers =
            |known: &&FieldSpec| known.path == spec.path && known.gvk.is_selected(&spec.gvk);
        match list.iter().find(covers) {
            None => list.push(spec.clone()),
            Some(known) if known.create == spec.create => {}
            Some(_) => return Err("conflicting fieldspecs".to_owned()),
        }
    }
    Ok(())
}

/// The parts of a path; `\/` is a slash in a part.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for piece in path.trim_start_matches('/').split('/') {
        let last = parts.last_mut().expect("starts with one and only grows");
        if let Some(head) = last.strip_suffix('\\') {
            *last = format!("{head}/{piece}");
        } else if last.is_empty() {
            last.push_str(piece);
        } else {
            parts.push(piece.to_owned());
        }
    }
    parts
}

fn walk(
    node: &mut Node,
    path: &[String],
    create: Option<Create>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), String>,
) -> Result<(), String> {
    let Some((part, rest)) = path.split_first() else {
        return set(node);
    };
    if node.is_null() {
        return Ok(());
    }
    match node {
        Node::List(list) => list
            .iter_mut()
            .try_for_each(|item| walk(item, path, create, set)),
        Node::Scalar(_) => Err("expected sequence or mapping node".into()),
        Node::Map(map) => {
            let (name, is_list) = match part.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (part.as_str(), false),
            };
            let made = match create {
                Some(kind) if !is_list && rest.is_empty() => Some(kind.node()),
                Some(_) if !is_list => Some(Node::map()),
                _ => None,
            };
            let stands_for_null = if is_list {
                Some(Node::List(Vec::new()))
            } else {
                made.clone()
            };
            if map.get(name).is_none() {
                let Some(made) = made else {
                    return Ok(());
                };
                map.set(name, made);
            }
            let Some(field) = map.get_mut(name) else {
                return Ok(());
            };
            if let Some(node) = stands_for_null.filter(|_| field.is_null()) {
                *field = node;
            }
            walk(field, rest, create, set)
        }
    }
}
