//! Objects in the version that is asked for.

mod autoscaler;

use gitops_core::Object;

use super::registry::Kind;

/// The object in the kind's version: in that in which it is asked for, or in
/// that in which the cluster keeps it.
pub(super) fn shown(object: &Object, kind: &Kind) -> Object {
    let version = kind.resource.kind.api_version();
    let mut shown = object.clone();
    if object.api_version() == version {
        return shown;
    }
    let result = shown.update(|value| {
        autoscaler::convert(value, &version);
        value["apiVersion"] = version.into();
    });
    debug_assert!(result.is_ok(), "a version is never empty");
    shown
}
