//! Refusals in words that say what to do about them.

use gitops_core::apply::Reason;
use gitops_core::plan::Task;

use super::step::Refusal;

/// What the API server says about annotations that are too large.
const TOO_LONG: &str = "metadata.annotations: Too long";

/// The refusal of a task, with advice where there is some.
pub(super) fn advise(task: &Task, refusal: &Refusal) -> String {
    let message = &refusal.message;
    if refusal.reason == Reason::UnknownKind {
        let kind = &task.object.kind;
        let namespace = task.object.namespace.as_deref().unwrap_or_default();
        return format!(
            "The Kubernetes API could not find {}/{} for requested resource {namespace}/{}. \
             Make sure the \"{}\" CRD is installed on the destination cluster.",
            kind.group, kind.kind, task.object.name, kind.kind
        );
    }
    if message.contains(TOO_LONG) {
        return format!(
            "{message}. Set the sync option ServerSideApply=true or Replace=true, which keep no \
             copy of the object in an annotation"
        );
    }
    message.clone()
}
