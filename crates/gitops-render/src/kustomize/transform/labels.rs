//! Labels and annotations.

use std::collections::BTreeMap;

use crate::kustomize::field::FieldSpec;
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
    resources
        .iter_mut()
        .try_for_each(|resource| resource.set_linked(entries, specs))
}
