//! A value written to a path, or into a file path.

use serde::Deserialize;

use super::namespace;
use crate::kustomize::kustomization::Selector;
use crate::kustomize::node::Node;
use crate::kustomize::resource::Resource;
use crate::kustomize::select::Target;

/// Where a value goes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ValueTarget {
    pub(crate) selector: Option<Selector>,
    pub(crate) not_selector: Option<Selector>,
    pub(crate) field_path: String,
    pub(crate) file_path_position: i64,
}

/// Writes `value` to the fields of all targets.
pub(crate) fn apply(
    resources: &mut [Resource],
    value: &str,
    targets: &[ValueTarget],
) -> Result<(), String> {
    for target in targets {
        let selector = Target::new(&target.selector.clone().unwrap_or_default())?;
        for resource in resources
            .iter_mut()
            .filter(|resource| selector.matches(resource))
        {
            if target.field_path == "metadata/namespace" {
                namespace::set(&mut resource.node, value)?;
            } else {
                write(&mut resource.node, value, target)?;
            }
        }
    }
    Ok(())
}

fn write(object: &mut Node, value: &str, target: &ValueTarget) -> Result<(), String> {
    let escaped = target.field_path.replace("\\/", "\u{0}");
    let mut at = object;
    for part in escaped.split('/') {
        let part = part.replace('\u{0}', "/");
        if at.is_null() {
            *at = Node::map();
        }
        let found = at.kind_name();
        let Some(map) = at.as_map_mut() else {
            return Err(format!(
                "wrong node kind: expected MappingNode but got {found}"
            ));
        };
        at = map.get_or_insert(&part, Node::null);
    }
    let old = if at.is_null() {
        ""
    } else {
        at.as_text().unwrap_or_default()
    };
    let new = match usize::try_from(target.file_path_position) {
        Ok(position) if position > 0 => with_part(old, position - 1, value),
        _ => value.to_owned(),
    };
    at.set_text(&new);
    Ok(())
}

/// A file path with one more part; a place past the end is the end.
fn with_part(path: &str, position: usize, part: &str) -> String {
    let (root, path) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}
