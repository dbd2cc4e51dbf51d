//! What happens once, when all layers are done.

use std::collections::BTreeSet;

use crate::kustomize::generate::hash;
use crate::kustomize::node::{Map, Node, Scalar};
use crate::kustomize::origin::Origin;
use crate::kustomize::resource::Resource;

/// Adds the hash of their content to the names of generated objects.
pub(crate) fn add_hashes(resources: &mut [Resource]) -> Result<(), String> {
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash) {
        let hash = hash::of(&resource.node)?;
        resource.store_previous_id();
        let name = format!("{}-{hash}", resource.name());
        resource.set_name(&name);
    }
    Ok(())
}

/// Drops objects that are only there for the build. All must still have a kind and a name, and the
/// others must be told apart.
pub(crate) fn drop_local(resources: &mut Vec<Resource>) -> Result<(), String> {
    resources.iter().try_for_each(Resource::check)?;
    resources.retain(|resource| {
        let mut annotations = resource.entries("annotations");
        let local = annotations.find(|(key, _)| *key == "config.kubernetes.io/local-config");
        local.is_none_or(|(_, value)| value.as_text() == Some("false"))
    });
    let mut seen = BTreeSet::new();
    for resource in resources.iter() {
        let id = resource.id();
        if !seen.insert(id.clone().into_effective()) {
            return Err(format!(
                "may not add resource with an already registered id: {id}"
            ));
        }
    }
    Ok(())
}

/// Which notes a build leaves in its objects.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) origin: bool,
    pub(crate) transformations: bool,
}

const ORIGIN: &str = "config.kubernetes.io/origin";
const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Annotations the reference keeps its books in, which never reach the output.
const INTERNAL: [&str; 15] = [
    "previousNames",
    "previousNamespaces",
    "previousKinds",
    "prefixes",
    "suffixes",
    "refBy",
    "generatorBehavior",
    "needsHashSuffix",
    "allowNameChange",
    "allowKindChange",
    "path",
    "index",
    "id",
    "seqindent",
    "annotations-migration-resource-id",
];

fn is_internal(key: &str) -> bool {
    let internal = key.strip_prefix("internal.config.kubernetes.io/");
    internal.is_some_and(|name| INTERNAL.contains(&name))
        || matches!(
            key,
            "config.kubernetes.io/path" | "config.kubernetes.io/index" | "config.k8s.io/id"
        )
}

/// Rewrites annotations: all values text, no bookkeeping, the notes asked for; no empty map.
pub(crate) fn annotate(resource: &mut Resource, notes: Notes) {
    let origin = resource.origin.take().filter(|_| notes.origin);
    let transformations = std::mem::take(&mut resource.transformations);
    let transformations =
        Some(transformations).filter(|it| notes.transformations && !it.is_empty());
    let Some(metadata) = resource.node.get_mut("metadata").and_then(Node::as_map_mut) else {
        return;
    };
    let mut kept = Map::default();
    if let Some(Node::Map(annotations)) = metadata.remove("annotations") {
        for (key, value) in annotations.0 {
            let dropped =
                is_internal(&key.text) || (key.text == ORIGIN) || (key.text == TRANSFORMATIONS);
            if !dropped {
                kept.set(&key.text, Node::text(annotation_text(&value)));
            }
        }
    }
    if let Some(origin) = origin {
        kept.set(ORIGIN, Node::text(origin.text()));
    }
    if let Some(transformations) = transformations {
        kept.set(TRANSFORMATIONS, Node::text(Origin::list(&transformations)));
    }
    if !kept.is_empty() {
        metadata
            .0
            .push((Scalar::text("annotations"), Node::Map(kept)));
    }
}

fn annotation_text(value: &Node) -> String {
    value.as_text().unwrap_or_default().to_owned()
}
