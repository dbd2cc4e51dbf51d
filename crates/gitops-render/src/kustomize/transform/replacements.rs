//! Values copied from field to field.

use super::paths::{self, Make};
use crate::kustomize::kustomization::{
    FieldOptions, Replacement, ReplacementSource, ReplacementTarget,
};
use crate::kustomize::node::{Node, Scalar};
use crate::kustomize::resource::Resource;
use crate::kustomize::select;

const DEFAULT_PATH: &str = "metadata.name";

/// Carries out replacements one after the other; a later one sees what an earlier one wrote.
///
/// ```
/// use gitops_render::kustomize::{Kustomization, Node, transform::replacements};
/// use serde_json::json;
///
/// let file = "replacements: [{source: {kind: ConfigMap, fieldPath: data.host}, \
///     targets: [{select: {kind: Pod}, fieldPaths: [spec.hostname]}]}]";
/// let replacements = Kustomization::read(file, &Default::default())?.replacements;
/// let all: Vec<_> = replacements.into_iter().map(|entry| entry.replacement).collect();
/// let mut objects = [
///     Node::from_value(&json!({"kind": "ConfigMap", "data": {"host": "db"}})),
///     Node::from_value(&json!({"kind": "Pod", "spec": {"hostname": "none"}})),
/// ];
/// replacements::apply(&mut objects, &all)?;
/// assert_eq!(objects[1].to_value()?["spec"]["hostname"], "db");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a source selects no object or several, or a field is absent.
pub fn apply(objects: &mut [Node], all: &[Replacement]) -> Result<(), String> {
    let taken = objects.iter_mut();
    let taken = taken.map(|node| Resource::new(std::mem::replace(node, Node::null())));
    let mut resources: Vec<Resource> = taken.collect();
    let applied = run(&mut resources, all);
    for (object, resource) in objects.iter_mut().zip(resources) {
        *object = resource.node;
    }
    applied
}

/// Carries out the replacements of a layer.
pub(crate) fn run(resources: &mut [Resource], all: &[Replacement]) -> Result<(), String> {
    for replacement in all {
        let has_source = replacement.source.is_some() || replacement.source_value.is_some();
        let (true, Some(targets)) = (has_source, &replacement.targets) else {
            return Err("replacements must specify a source and at least one target".into());
        };
        let value = value(resources, replacement)?;
        for target in targets {
            write(resources, target, &value)?;
        }
    }
    Ok(())
}

fn value(resources: &[Resource], replacement: &Replacement) -> Result<Node, String> {
    match (&replacement.source, &replacement.source_value) {
        (Some(_), Some(_)) => Err("value and resource selectors are mutually exclusive".into()),
        (None, Some(text)) => Ok(Node::Scalar(Scalar::plain(text.as_str()))),
        (Some(source), None) => from_source(resources, source),
        (None, None) => Err("replacements must specify a source and at least one target".into()),
    }
}

fn from_source(resources: &[Resource], source: &ReplacementSource) -> Result<Node, String> {
    let selector = &source.selector;
    let mut matches = resources.iter().filter(|resource| {
        resource
            .ids()
            .iter()
            .any(|id| select::selects(selector, id))
    });
    let shown = || {
        let id = crate::kustomize::id::ResId {
            gvk: selector.gvk.clone(),
            name: selector.name.clone(),
            namespace: selector.namespace.clone(),
        };
        format!("{id}:{}", source.field_path)
    };
    let resource = matches
        .next()
        .ok_or_else(|| format!("nothing selected by {}", shown()))?;
    if matches.next().is_some() {
        return Err(format!("multiple matches for selector {}", shown()));
    }
    let path = if source.field_path.is_empty() {
        DEFAULT_PATH
    } else {
        &source.field_path
    };
    let found = paths::lookup(&resource.node, &paths::split(path))
        .map_err(|error| format!("error looking up replacement source: {error}"))?;
    let found = found.filter(|node| !node.is_empty()).ok_or_else(|| {
        format!(
            "fieldPath `{path}` is missing for replacement source {}",
            resource.id()
        )
    })?;
    refine(found, source.options.as_ref())
}

/// The part of a text that the source's options ask for.
fn refine(node: &Node, options: Option<&FieldOptions>) -> Result<Node, String> {
    let Some(options) = options.filter(|options| !options.delimiter.is_empty()) else {
        let mut node = node.clone();
        node.unlink();
        return Ok(node);
    };
    let Node::Scalar(scalar) = node else {
        return Err("delimiter option can only be used with scalar nodes".into());
    };
    let mut parts = scalar.text.split(&options.delimiter);
    let part = usize::try_from(options.index)
        .ok()
        .and_then(|index| parts.nth(index));
    let part = part.ok_or_else(|| {
        format!(
            "options.index {} is out of bounds for value {}",
            options.index, scalar.text
        )
    })?;
    Ok(Node::Scalar(Scalar {
        text: part.to_owned(),
        link: 0,
        ..scalar.clone()
    }))
}

fn write(
    resources: &mut [Resource],
    target: &ReplacementTarget,
    value: &Node,
) -> Result<(), String> {
    let Some(selector) = &target.select else {
        return Err("target must specify resources to select".into());
    };
    for resource in resources {
        let ids = resource.ids();
        if !select::matches_entries(selector, resource)? || is_rejected(resource, target, &ids)? {
            continue;
        }
        if ids.iter().any(|id| select::selects(selector, id)) {
            write_to(resource, target, value)?;
        }
    }
    Ok(())
}

fn is_rejected(
    resource: &Resource,
    target: &ReplacementTarget,
    ids: &[crate::kustomize::id::ResId],
) -> Result<bool, String> {
    for reject in &target.reject {
        let by_entries =
            !reject.label_selector.is_empty() || !reject.annotation_selector.is_empty();
        if by_entries && select::matches_entries(reject, resource)? {
            return Ok(true);
        }
        let names_id = !reject.name.is_empty()
            || !reject.namespace.is_empty()
            || reject.gvk != crate::kustomize::id::Gvk::default();
        if names_id && ids.iter().any(|id| select::selects(reject, id)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn write_to(
    resource: &mut Resource,
    target: &ReplacementTarget,
    value: &Node,
) -> Result<(), String> {
    let options = target.options.as_ref();
    let creates = options.is_some_and(|options| options.create);
    let make = if creates {
        Make::of(value)
    } else {
        Make::Nothing
    };
    let default = [DEFAULT_PATH.to_owned()];
    let fields = if target.field_paths.is_empty() {
        &default[..]
    } else {
        &target.field_paths
    };
    for field in fields {
        let failed = if creates {
            "unable to find or create"
        } else {
            "unable to find"
        };
        let failed = format!("{failed} field {field:?} in replacement target");
        let path = paths::split(field);
        let mut set = |node: &mut Node, made: bool| set_field(node, value, options, made);
        let count = paths::visit(&mut resource.node, &path, make, false, &mut set)
            .map_err(|error| format!("{failed}: {error}"))?;
        if count == 0 {
            return Err(failed);
        }
        resource.sync_links();
    }
    Ok(())
}

/// Writes a value: onto a scalar only its text, so that the field keeps its type.
fn set_field(
    field: &mut Node,
    value: &Node,
    options: Option<&FieldOptions>,
    made: bool,
) -> Result<(), String> {
    let mut value = value.clone();
    if let Some(options) = options.filter(|options| !options.delimiter.is_empty()) {
        let Node::Scalar(old) = &*field else {
            return Err("delimiter option can only be used with scalar nodes".into());
        };
        let new = select::shown(&value);
        let mut parts: Vec<&str> = old.text.split(&options.delimiter).collect();
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, new),
            Ok(index) if index >= parts.len() => parts.push(new),
            Ok(index) => parts[index] = new,
        }
        value = Node::text(parts.join(&options.delimiter));
    }
    match (&mut *field, value) {
        (Node::Scalar(old), Node::Scalar(new)) if made => {
            *old = Scalar::plain(new.text);
        }
        (Node::Scalar(old), value) => old.replace_text(select::shown(&value)),
        (_, value) => *field = value,
    }
    Ok(())
}
