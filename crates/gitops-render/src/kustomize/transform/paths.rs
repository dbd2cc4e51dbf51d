//! Field paths as replacements and variables write them: `spec.containers.[name=web].image`.

use regex::Regex;

use crate::kustomize::node::{Node, Scalar};
use crate::kustomize::pattern::regex;

/// The field a path leads to: names, numbers, `[name=value]` for the first element that fits, `-`
/// for the last.
///
/// ```
/// use gitops_render::kustomize::{Node, transform::paths};
/// use serde_json::json;
///
/// let pod = Node::from_value(&json!({"containers": [{"name": "web", "image": "web:1"}]}));
/// let image = paths::get(&pod, "containers.[name=web].image")?;
/// assert_eq!(image.and_then(Node::as_text), Some("web:1"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// When the path goes through a scalar, or asks for every element.
pub fn get<'a>(object: &'a Node, path: &str) -> Result<Option<&'a Node>, String> {
    lookup(object, &split(path))
}

/// Sets every field a path leads to, and returns how many; `create` makes the ones that are absent.
///
/// In addition to what [`get`] takes, `*` means every element, and a value in brackets is a regular
/// expression.
///
/// ```
/// use gitops_render::kustomize::{Node, transform::paths};
/// use serde_json::json;
///
/// let mut pod = Node::from_value(&json!({"containers": [{"name": "web"}, {"name": "log"}]}));
/// assert_eq!(paths::set(&mut pod, "containers.*.tty", &Node::plain("true"), true)?, 2);
/// assert_eq!(pod.to_value().unwrap()["containers"][1], json!({"name": "log", "tty": true}));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
///
/// When the path goes through a scalar, or a regular expression is wrong.
pub fn set(object: &mut Node, path: &str, value: &Node, create: bool) -> Result<usize, String> {
    let make = if create {
        Make::of(value)
    } else {
        Make::Nothing
    };
    visit(object, &split(path), make, false, &mut |node, _| {
        node.clone_from(value);
        Ok(())
    })
}

/// The parts of a path; `\.` is a dot in a part, and brackets keep theirs.
pub(crate) fn split(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let path = path.strip_prefix('.').unwrap_or(path);
    for piece in path.split('.') {
        match parts.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('.');
                last.push_str(piece);
            }
            Some(last) if last.starts_with('[') && !last.ends_with(']') => {
                last.push('.');
                last.push_str(piece);
            }
            _ => parts.push(piece.to_owned()),
        }
    }
    for part in &mut parts {
        // Brackets around a name only protect its dots.
        if part.starts_with('[') && part.contains('.') && !part.contains('=') {
            *part = part.trim_matches(['[', ']']).to_owned();
        }
    }
    parts
}

/// `name` and `value` of `[name=value]`.
fn predicate(part: &str) -> Option<(&str, &str)> {
    part.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

fn number(part: &str) -> Option<usize> {
    part.parse().ok()
}

/// The one node a source path leads to.
pub(crate) fn lookup<'a>(node: &'a Node, path: &[String]) -> Result<Option<&'a Node>, String> {
    let mut at = node;
    for part in path {
        if at.is_null() {
            return Ok(None);
        }
        let next = match at {
            Node::List(list) if part == "-" => list.last(),
            Node::List(list) => match (number(part), predicate(part)) {
                (Some(index), _) => list.get(index),
                (None, Some((name, value))) => list.iter().find(|item| {
                    let field = if name.is_empty() {
                        Some(*item)
                    } else {
                        item.get(name)
                    };
                    field.and_then(Node::as_text) == Some(value)
                }),
                _ if part == "*" => {
                    return Err("wildcard is not supported in PathGetter".into());
                }
                _ => return Err(wrong_kind("MappingNode", at)),
            },
            Node::Map(map) => map.get(part),
            Node::Scalar(_) => return Err(wrong_kind("MappingNode", at)),
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn wrong_kind(expected: &str, node: &Node) -> String {
    format!(
        "wrong node kind: expected {expected} but got {}",
        node.kind_name()
    )
}

/// What a target path makes where it leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    Nothing,
    Scalar,
    List,
    Map,
}

impl Make {
    /// Makes room for a value.
    pub(crate) fn of(value: &Node) -> Self {
        match value {
            Node::Scalar(_) => Self::Scalar,
            Node::List(_) => Self::List,
            Node::Map(_) => Self::Map,
        }
    }

    /// The node for the part before `next`.
    fn node(self, next: Option<&String>) -> Node {
        match next {
            Some(part) if number(part).is_some() || part.starts_with('[') => Node::List(Vec::new()),
            Some(_) => Node::map(),
            None => match self {
                Self::List => Node::List(Vec::new()),
                Self::Map => Node::map(),
                _ => Node::Scalar(Scalar::plain("")),
            },
        }
    }
}

/// Calls `set` with every node a target path leads to, and whether it was made; returns how many.
pub(crate) fn visit(
    node: &mut Node,
    path: &[String],
    make: Make,
    made: bool,
    set: &mut dyn FnMut(&mut Node, bool) -> Result<(), String>,
) -> Result<usize, String> {
    let Some((part, rest)) = path.split_first() else {
        set(node, made)?;
        return Ok(1);
    };
    if let Some(index) = number(part) {
        return visit_index(node, index, rest, make, made, set);
    }
    if part.starts_with('[') && part.ends_with(']') {
        return visit_elements(node, part, rest, make, made, set);
    }
    if part == "*" {
        let Node::List(list) = node else {
            return Err(wrong_kind("SequenceNode", node));
        };
        return list
            .iter_mut()
            .try_fold(0, |sum, item| Ok(sum + visit(item, rest, make, made, set)?));
    }
    visit_field(node, part, rest, make, made, set)
}

fn visit_field(
    node: &mut Node,
    part: &str,
    rest: &[String],
    make: Make,
    made: bool,
    set: &mut dyn FnMut(&mut Node, bool) -> Result<(), String>,
) -> Result<usize, String> {
    if node.is_null() {
        if make == Make::Nothing {
            return Ok(0);
        }
        *node = Node::map();
    }
    let Node::Map(map) = node else {
        return Err(wrong_kind("MappingNode", node));
    };
    let mut made = made;
    if map.get(part).is_none() {
        if make == Make::Nothing {
            return Ok(0);
        }
        map.set(part, make.node(rest.first()));
        made = true;
    }
    match map.get_mut(part) {
        Some(field) => visit(field, rest, make, made, set),
        None => Ok(0),
    }
}

fn visit_index(
    node: &mut Node,
    index: usize,
    rest: &[String],
    make: Make,
    made: bool,
    set: &mut dyn FnMut(&mut Node, bool) -> Result<(), String>,
) -> Result<usize, String> {
    let Node::List(list) = node else {
        return Err(wrong_kind("SequenceNode", node));
    };
    let mut made = made;
    if list.len() == index && make != Make::Nothing {
        list.push(make.node(rest.first()));
        made = true;
    }
    let length = list.len();
    let Some(item) = list.get_mut(index) else {
        return Err(format!(
            "index {index} specified but only {length} elements found"
        ));
    };
    visit(item, rest, make, made, set)
}

fn visit_elements(
    node: &mut Node,
    part: &str,
    rest: &[String],
    make: Make,
    made: bool,
    set: &mut dyn FnMut(&mut Node, bool) -> Result<(), String>,
) -> Result<usize, String> {
    let Some((name, pattern)) = predicate(part) else {
        return Err(format!(
            "list index must have the form [field=value], got {part:?}"
        ));
    };
    let compiled = regex(pattern)?;
    let Node::List(list) = node else {
        return Err(wrong_kind("SequenceNode", node));
    };
    let count = matching(list, name, &compiled, rest, (make, made), set)?;
    if count > 0 || make == Make::Nothing {
        return Ok(count);
    }
    let value = Node::Scalar(Scalar::plain(pattern));
    let mut element = Node::map();
    if let (Some(map), false) = (element.as_map_mut(), name.is_empty()) {
        map.set(name, value);
    } else {
        element = value;
    }
    list.push(element);
    matching(list, name, &compiled, rest, (make, true), set)
}

fn matching(
    list: &mut [Node],
    name: &str,
    pattern: &Regex,
    rest: &[String],
    (make, made): (Make, bool),
    set: &mut dyn FnMut(&mut Node, bool) -> Result<(), String>,
) -> Result<usize, String> {
    let mut count = 0;
    for item in list {
        let field = if name.is_empty() {
            Some(&*item)
        } else {
            item.get(name)
        };
        let fits = field
            .and_then(Node::as_text)
            .is_some_and(|text| pattern.is_match(text));
        if !fits {
            continue;
        }
        if name.is_empty() {
            set(item, made)?;
            count += 1;
        } else {
            count += visit(item, rest, make, made, set)?;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_escapes_keep_dots() {
        assert_eq!(
            split(r"a.b\.c.[x.y/z].[n=a.b].0"),
            ["a", "b.c", "x.y/z", "[n=a.b]", "0"]
        );
    }
}
