//! Objects in the version that is asked for.

use gitops_core::Object;

use super::registry::Kind;

/// The object in the kind's version.
pub(super) fn shown(object: &Object, kind: &Kind) -> Object {
    let version = kind.resource.kind.api_version();
    let mut shown = object.clone();
    if object.api_version() != version {
        relabel(&mut shown, &version);
    }
    shown
}

/// The object in the version that the cluster keeps it in.
pub(super) fn stored(object: &Object, kind: &Kind) -> Object {
    shown(object, kind)
}

fn relabel(object: &mut Object, version: &str) {
    let result = object.update(|value| value["apiVersion"] = version.into());
    debug_assert!(result.is_ok(), "a version is never empty");
}
