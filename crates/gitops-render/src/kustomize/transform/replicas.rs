//! Replica counts.

use crate::kustomize::field::{Create, FieldSpec};
use crate::kustomize::kustomization::Replica;
use crate::kustomize::node::{Node, Scalar};
use crate::kustomize::resource::Resource;

/// Sets the count of everything with the entry's name.
pub(crate) fn set(
    resources: &mut [Resource],
    replica: &Replica,
    specs: &[FieldSpec],
) -> Result<(), String> {
    let mut found = false;
    for spec in specs {
        for resource in resources.iter_mut() {
            let mut ids = resource.ids().into_iter();
            if !ids.any(|id| id.name == replica.name && id.gvk.is_selected(&spec.gvk)) {
                continue;
            }
            found = true;
            spec.apply(&mut resource.node, Some(Create::Scalar), &mut |node| {
                // Quotes stay, and so make text of the count.
                let quoted = matches!(node, Node::Scalar(old) if old.quoted);
                *node = Node::Scalar(Scalar {
                    quoted,
                    ..Scalar::plain(replica.count.to_string())
                });
                Ok(())
            })?;
        }
    }
    if found {
        return Ok(());
    }
    let kinds: Vec<String> = specs.iter().map(|spec| spec.gvk.to_string()).collect();
    Err(format!(
        "resource with name {} does not match a config with the following GVK [{}]",
        replica.name,
        kinds.join(" ")
    ))
}
