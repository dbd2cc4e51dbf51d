//! Strategic merge: maps merge, some lists merge by key, the rest is replaced.

use std::collections::BTreeMap;

use super::associative;
use super::schema::{Place, Schema};
use crate::kustomize::node::{Map, Node};

/// Merges a patch into an object; `None` where the patch deletes it.
///
/// ```
/// use gitops_render::kustomize::{Node, patch::{schema::Schema, strategic}};
/// use serde_json::json;
///
/// let pod = Node::from_value(&json!({
///     "apiVersion": "v1", "kind": "Pod",
///     "spec": {"containers": [{"name": "web", "image": "web:1"}, {"name": "log"}]},
/// }));
/// let patch = Node::from_value(&json!({
///     "spec": {"containers": [{"name": "web", "image": "web:2"}]},
/// }));
/// let merged = strategic::merge(pod, &patch, &Schema::built_in())?.unwrap().to_value().unwrap();
/// assert_eq!(merged["spec"]["containers"], json!([{"name": "web", "image": "web:2"}, {"name": "log"}]));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// When a field is a map on one side and a scalar or list on the other, or a `$patch` directive is
/// unknown.
pub fn merge(object: Node, patch: &Node, schema: &Schema) -> Result<Option<Node>, String> {
    // The reference loses the replacement of a whole object, so the directive does nothing there.
    if patch.get("$patch").and_then(Node::as_text) == Some("replace") {
        return Ok(Some(object));
    }
    let merger = Merger { schema };
    merger.walk(Some(object), Some(patch.clone()), None)
}

/// What a `$patch` directive asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

pub(super) struct Merger<'a> {
    schema: &'a Schema,
}

fn is_missing(node: Option<&Node>) -> bool {
    node.is_none_or(Node::is_null)
}

impl<'a> Merger<'a> {
    /// Merges two nodes, either of which may be absent.
    pub(super) fn walk(
        &self,
        old: Option<Node>,
        patch: Option<Node>,
        place: Option<Place<'a>>,
    ) -> Result<Option<Node>, String> {
        let place = place.or_else(|| self.place_of(old.as_ref(), patch.as_ref()));
        let leading = [old.as_ref(), patch.as_ref()];
        let leading = leading.into_iter().flatten().find(|node| !node.is_null());
        let Some(leading) = leading else {
            return Ok(keep_explicit_null(old, patch.as_ref()));
        };
        for node in [old.as_ref(), patch.as_ref()].into_iter().flatten() {
            let (expected, found) = (leading.kind_name(), node.kind_name());
            if !node.is_null() && expected != found {
                return Err(format!(
                    "wrong node kind: expected {expected} but got {found}"
                ));
            }
        }
        match leading {
            Node::Map(_) => self.walk_map(old, patch, place),
            Node::List(_) => self.walk_list(old, patch, place),
            Node::Scalar(_) => Ok(match patch {
                Some(patch) if patch.is_null() => None,
                Some(patch) => Some(patch),
                None => old,
            }),
        }
    }

    /// The schema of a kind, where a node says which it is.
    fn place_of(&self, old: Option<&Node>, patch: Option<&Node>) -> Option<Place<'a>> {
        [old, patch].into_iter().flatten().find_map(|node| {
            let text = |key| {
                node.get(key)
                    .and_then(Node::as_text)
                    .filter(|it| !it.is_empty())
            };
            self.schema.of(text("apiVersion")?, text("kind")?)
        })
    }

    fn walk_map(
        &self,
        old: Option<Node>,
        patch: Option<Node>,
        place: Option<Place<'a>>,
    ) -> Result<Option<Node>, String> {
        let missing = is_missing(old.as_ref());
        if patch.as_ref().is_some_and(Node::is_null) {
            return Ok(None);
        }
        let Some(Node::Map(mut patch)) = patch else {
            return self.fields(old.unwrap_or_else(Node::map), None, place);
        };
        let mut old = old;
        if let (Some(Node::Map(old)), Some(directive)) = (&mut old, patch.get("$patch"))
            && old.get("$patch") == Some(directive)
        {
            // What was taken over from a patch is the patch itself.
            old.remove("$patch");
        }
        let directive = map_directive(&mut patch);
        // Where the field is new, an unknown directive is no error.
        let directive = if missing {
            directive.unwrap_or(Directive::Merge)
        } else {
            directive?
        };
        match (directive, old) {
            (Directive::Delete, _) => Ok(None),
            (Directive::Merge, Some(old)) if !missing => self.fields(old, Some(patch), place),
            _ => self.fields(Node::Map(patch.clone()), Some(patch), place),
        }
    }

    /// Merges the fields of two maps into the first.
    fn fields(
        &self,
        old: Node,
        patch: Option<Map>,
        place: Option<Place<'a>>,
    ) -> Result<Option<Node>, String> {
        let Node::Map(mut map) = old else {
            return Ok(Some(old));
        };
        let mut patches: BTreeMap<String, Node> = BTreeMap::new();
        let mut added = Vec::new();
        for (key, node) in patch.unwrap_or_default().0 {
            let name = key.text.clone();
            // Of equal keys the last one counts.
            if patches.insert(name, node).is_none() {
                added.push(key);
            }
        }
        let mut kept = Vec::with_capacity(map.0.len() + added.len());
        for (key, node) in std::mem::take(&mut map.0) {
            let field = place.and_then(|place| place.field(&key.text));
            let change = patches.remove(&key.text);
            let style = Style::of(&node);
            if let Some(merged) = self.walk(Some(node), change, field)? {
                kept.push((key, style.kept_by(merged)));
            }
        }
        for key in added {
            let Some(node) = patches.remove(&key.text) else {
                continue;
            };
            let field = place.and_then(|place| place.field(&key.text));
            if let Some(merged) = self.walk(None, Some(node), field)? {
                kept.push((key, merged));
            }
        }
        Ok(Some(Node::Map(Map(kept))))
    }

    fn walk_list(
        &self,
        old: Option<Node>,
        patch: Option<Node>,
        place: Option<Place<'a>>,
    ) -> Result<Option<Node>, String> {
        let Some(keys) = place.and_then(Place::merge_keys) else {
            return Ok(match patch {
                Some(patch) if patch.is_null() => None,
                Some(patch) => Some(patch),
                None => old,
            });
        };
        let missing = is_missing(old.as_ref());
        let mut patch = match patch {
            Some(patch) if patch.is_null() => return Ok(None),
            Some(Node::List(list)) => list,
            _ => Vec::new(),
        };
        let directive = if missing {
            Directive::Merge
        } else {
            list_directive(&mut patch)?
        };
        let old = match (directive, old) {
            (Directive::Delete, _) => return Ok(None),
            (Directive::Merge, Some(Node::List(old))) if !missing => old,
            _ => patch.clone(),
        };
        let elements = place.and_then(Place::elements);
        associative::merge(self, old, patch, &keys, elements).map(|list| Some(Node::List(list)))
    }
}

/// A null that was written out stays where the patch does not name the field.
fn keep_explicit_null(old: Option<Node>, patch: Option<&Node>) -> Option<Node> {
    old.filter(|old| patch.is_none() && old.as_text().is_some_and(|text| !text.is_empty()))
}

/// What a field keeps whatever is written to it.
#[derive(Clone, Copy)]
struct Style(Option<(bool, bool, u32)>);

impl Style {
    fn of(node: &Node) -> Self {
        Self(match node {
            Node::Scalar(scalar) => Some((scalar.quoted, scalar.explicit, scalar.link)),
            _ => None,
        })
    }

    fn kept_by(self, node: Node) -> Node {
        match (node, self.0) {
            (Node::Scalar(mut scalar), Some((quoted, explicit, link))) => {
                scalar.quoted = quoted;
                scalar.explicit = explicit;
                scalar.link = link;
                if scalar.untagged {
                    scalar.tag = scalar.implied_tag();
                }
                Node::Scalar(scalar)
            }
            (node, _) => node,
        }
    }
}

fn directive(text: &str) -> Result<Directive, String> {
    match text {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => Err(format!("unknown patch strategy '{other}'")),
    }
}

/// Takes the directive out of a map.
fn map_directive(map: &mut Map) -> Result<Directive, String> {
    let Some(node) = map.get("$patch").filter(|node| !node.is_null()) else {
        return Ok(Directive::Merge);
    };
    let directive = directive(node.as_text().unwrap_or_default())?;
    map.remove("$patch");
    Ok(directive)
}

/// Takes the directive out of a list: an element that holds nothing else.
fn list_directive(list: &mut Vec<Node>) -> Result<Directive, String> {
    let holder = list.iter().find(|item| item.get("$patch").is_some());
    let holder = holder.and_then(Node::as_map).filter(|map| map.0.len() == 1);
    let Some(text) = holder
        .and_then(|map| map.get("$patch"))
        .and_then(Node::as_text)
    else {
        return Ok(Directive::Merge);
    };
    let text = text.to_owned();
    let directive = directive(&text)?;
    list.retain(|item| item.get("$patch").and_then(Node::as_text) != Some(text.as_str()));
    Ok(directive)
}
