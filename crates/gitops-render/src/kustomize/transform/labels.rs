//! Labels and annotations.

use std::collections::BTreeMap;

use super::names::set_entries;
use crate::kustomize::field::{Create, FieldSpec};
use crate::kustomize::resource::Resource;

/// Sets labels or annotations in the maps of `specs`.
pub(crate) fn set(
    resources: &mut [Resource],
    entries: &BTreeMap<String, String>,
    specs: &[FieldSpec],
) -> Result<(), String> {
    if entries.is_empty() {
        return Ok(());
    }
    for resource in resources {
        for spec in specs {
            spec.apply(&mut resource.node, Some(Create::Map), &mut |node| {
                set_entries(node, entries.iter())
            })?;
        }
    }
    Ok(())
}
