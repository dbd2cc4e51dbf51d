//! Patches of part of an object.

use gitops_core::Object;
use gitops_core::apply::{Error, Patch};

use super::errors;

/// What the patch makes of the object.
pub(super) fn patched(live: &Object, patch: &Patch) -> Result<Object, Error> {
    let mut value = live.value().clone();
    match patch {
        Patch::Merge(patch) => {
            super::validate::depth(patch)?;
            json_patch::merge(&mut value, patch);
        }
        Patch::Json(operations) => {
            let operations = serde_json::from_value(operations.clone());
            let operations: json_patch::Patch = operations
                .map_err(|fault| errors::malformed(format!("not a JSON patch: {fault}")))?;
            json_patch::patch(&mut value, &operations).map_err(|fault| {
                let why = "the server rejected our request due to an error in our request";
                errors::malformed(format!("{why}: {fault}"))
            })?;
        }
    }
    super::validate::depth(&value)?;
    Object::new(value).map_err(|fault| errors::malformed(fault.to_string()))
}
