//! Prefixes and suffixes of names.

use crate::kustomize::field::FieldSpec;
use crate::kustomize::resource::Resource;

/// Where a text is added to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Prefix,
    Suffix,
}

/// Adds a prefix or suffix to the fields of `specs`.
pub(crate) fn affix(
    resources: &mut [Resource],
    side: Side,
    text: &str,
    specs: &[FieldSpec],
) -> Result<(), String> {
    for resource in resources {
        let original = resource.original_id();
        if keeps_its_name(&original.gvk.kind, &original.gvk.group) {
            continue;
        }
        for spec in specs {
            if !original.gvk.is_selected(&spec.gvk) {
                continue;
            }
            if spec.path == "metadata/name" && !text.is_empty() {
                match side {
                    Side::Prefix => resource.prefixes.push(text.to_owned()),
                    Side::Suffix => resource.suffixes.push(text.to_owned()),
                }
                resource.store_previous_id();
            }
            spec.apply(&mut resource.node, None, &mut |node| {
                let Some(name) = node.as_text() else {
                    let found = node.kind_name();
                    return Err(format!(
                        "wrong node kind: expected ScalarNode but got {found}"
                    ));
                };
                let name = match side {
                    Side::Prefix => format!("{text}{name}"),
                    Side::Suffix => format!("{name}{text}"),
                };
                node.set_text(&name);
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// Kinds whose names mean something.
fn keeps_its_name(kind: &str, group: &str) -> bool {
    match kind {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => group == "apiregistration.k8s.io",
        _ => false,
    }
}
