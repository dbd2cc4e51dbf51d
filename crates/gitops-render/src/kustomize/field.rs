//! Field specs: paths to fields, for some kinds.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::id::{Gvk, ResId};
use super::node::{Map, Node};

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
        if !self.gvk.selects(object) {
            return Ok(());
        }
        let create = create.filter(|_| self.create);
        self.walk(object, create, set)
    }

    /// Calls `set` with every node the path leads to, whatever the object's kind.
    pub(crate) fn walk(
        &self,
        object: &mut Node,
        create: Option<Create>,
        set: &mut dyn FnMut(&mut Node) -> Result<(), String>,
    ) -> Result<(), String> {
        walk(object, &self.path, create, set).map_err(|message| {
            let id = ResId::of(object);
            format!(
                "considering field '{}' of object {id}: {message}",
                self.path
            )
        })
    }
}

/// Adds specs to a list: equal ones are dropped, contradicting ones refused. Whether there were any
/// to add.
pub(crate) fn merge(list: &mut Vec<FieldSpec>, incoming: &[FieldSpec]) -> Result<bool, String> {
    if incoming.is_empty() {
        return Ok(false);
    }
    let mut by_path: BTreeMap<&str, Vec<&FieldSpec>> = BTreeMap::new();
    for known in list.iter() {
        by_path.entry(&known.path).or_default().push(known);
    }
    let mut added = Vec::new();
    for spec in incoming {
        let same_path = by_path.entry(&spec.path).or_default();
        let mut known = same_path.iter();
        match known.find(|known| known.gvk.is_selected(&spec.gvk)) {
            None => {
                same_path.push(spec);
                added.push(spec.clone());
            }
            Some(known) if known.create == spec.create => {}
            Some(_) => return Err("conflicting fieldspecs".to_owned()),
        }
    }
    let grows = !added.is_empty();
    list.extend(added);
    Ok(grows)
}

/// The first part of a path and the rest; `\/` is a slash in a part.
fn first_part(path: &str) -> Option<(Cow<'_, str>, &str)> {
    let path = path.trim_start_matches('/');
    if path.is_empty() {
        return None;
    }
    let mut from = 0;
    let end = loop {
        match path[from..].find('/') {
            Some(at) if path[..from + at].ends_with('\\') => from += at + 1,
            Some(at) => break from + at,
            None => break path.len(),
        }
    };
    let part = &path[..end];
    let part = if from == 0 {
        Cow::Borrowed(part)
    } else {
        Cow::Owned(part.replace("\\/", "/"))
    };
    Some((part, &path[end..]))
}

fn walk(
    node: &mut Node,
    path: &str,
    create: Option<Create>,
    set: &mut dyn FnMut(&mut Node) -> Result<(), String>,
) -> Result<(), String> {
    let Some((part, rest)) = first_part(path) else {
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
        Node::Map(map) => match field(map, &part, rest, create) {
            Some(field) => walk(field, rest, create, set),
            None => Ok(()),
        },
    }
}

/// The field that a part names, made or set to what it should be where that is asked for.
fn field<'a>(
    map: &'a mut Map,
    part: &str,
    rest: &str,
    create: Option<Create>,
) -> Option<&'a mut Node> {
    let (name, is_list) = match part.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (part, false),
    };
    let made = || match create {
        Some(kind) if !is_list && rest.trim_start_matches('/').is_empty() => Some(kind.node()),
        Some(_) if !is_list => Some(Node::map()),
        _ => None,
    };
    let Some(at) = map.0.iter().position(|(key, _)| key.text == name) else {
        map.set(name, made()?);
        return map.get_mut(name);
    };
    let field = &mut map.0[at].1;
    if field.is_null() {
        let stands_for_null = if is_list {
            Some(Node::List(Vec::new()))
        } else {
            made()
        };
        if let Some(node) = stands_for_null {
            *field = node;
        }
    }
    Some(field)
}
