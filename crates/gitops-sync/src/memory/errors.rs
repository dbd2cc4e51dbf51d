//! What the server says when it refuses, in its own words.

use gitops_core::apply::{Error, Reason};
use gitops_core::{Object, ObjectKey};

use super::registry::Kind;

pub(super) fn unknown_kind(kind: &gitops_core::GroupVersionKind) -> Error {
    let message = format!(
        "no matches for kind {:?} in version {:?}",
        kind.kind,
        kind.api_version()
    );
    Error::new(Reason::UnknownKind, message)
}

pub(super) fn not_found(kind: &Kind, name: &str) -> Error {
    let message = format!("{} {name:?} not found", kind.qualified());
    Error::new(Reason::NotFound, message)
}

pub(super) fn no_namespace(name: &str) -> Error {
    Error::new(Reason::NotFound, format!("namespaces {name:?} not found"))
}

pub(super) fn already_exists(kind: &Kind, name: &str) -> Error {
    let message = format!("{} {name:?} already exists", kind.qualified());
    Error::new(Reason::AlreadyExists, message)
}

pub(super) fn conflict(kind: &Kind, name: &str, why: &str) -> Error {
    let message = format!(
        "Operation cannot be fulfilled on {} {name:?}: {why}",
        kind.qualified()
    );
    Error::new(Reason::Conflict, message)
}

pub(super) fn changed_since(kind: &Kind, name: &str) -> Error {
    let why = "the object has been modified; please apply your changes to the latest version and try again";
    conflict(kind, name, why)
}

pub(super) fn other_uid(kind: &Kind, name: &str, wanted: &str, found: &str) -> Error {
    let why =
        format!("Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}");
    conflict(kind, name, &why)
}

pub(super) fn owned_by_others(conflicts: &[(String, Vec<String>)]) -> Error {
    let count: usize = conflicts.iter().map(|(_, paths)| paths.len()).sum();
    let message = match conflicts {
        [(manager, paths)] if count == 1 => {
            format!(
                "Apply failed with 1 conflict: conflict with {manager}: {}",
                paths[0]
            )
        }
        _ => {
            let groups: Vec<String> = conflicts
                .iter()
                .map(|(manager, paths)| {
                    format!("conflicts with {manager}:\n- {}", paths.join("\n- "))
                })
                .collect();
            format!("Apply failed with {count} conflicts: {}", groups.join("\n"))
        }
    };
    Error::new(Reason::Conflict, message)
}

/// `causes` say field, fault and reason, as in `spec.selector: Required value`.
pub(super) fn invalid(key: &ObjectKey, causes: &[String]) -> Error {
    let causes = match causes {
        [cause] => cause.clone(),
        _ => format!("[{}]", causes.join(", ")),
    };
    let message = format!("{} {:?} is invalid: {causes}", key.group_kind(), key.name);
    Error::new(Reason::Invalid, message)
}

pub(super) fn immutable_metadata(key: &ObjectKey, field: &str) -> Error {
    invalid(
        key,
        &[format!(
            "metadata.{field}: Invalid value: field is immutable"
        )],
    )
}

/// A configuration that server-side apply cannot read; the server calls this an
/// internal error.
pub(super) fn untyped(object: &Object, fault: &str) -> Error {
    let message = format!(
        "failed to create typed patch object ({}/{}; {}, Kind={}): {fault}",
        object.namespace().unwrap_or_default(),
        object.name(),
        object.api_version(),
        object.kind(),
    );
    Error::new(Reason::Other, message)
}

pub(super) fn malformed(message: impl Into<String>) -> Error {
    Error::new(Reason::Invalid, message)
}

pub(super) fn terminating(kind: &Kind, name: &str, namespace: &str) -> Error {
    let message = format!(
        "{} {name:?} is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
        kind.qualified()
    );
    Error::new(Reason::Forbidden, message)
}

pub(super) fn no_subresource() -> Error {
    let message = "the server could not find the requested resource";
    Error::new(Reason::UnknownKind, message)
}

pub(super) fn expired(since: u64, oldest: u64) -> Error {
    let message = format!("too old resource version: {since} ({oldest})");
    Error::new(Reason::Expired, message)
}
