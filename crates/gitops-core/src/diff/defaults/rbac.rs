//! Bindings of roles.

use serde_json::{Map, Value};

use super::{made, maps, set, text};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn binding(version: &str, object: &mut Map<String, Value>) {
    if let Some(role) = made(object, "roleRef") {
        set(role, "apiGroup", GROUP);
    }
    for subject in maps(object, "subjects") {
        if version == "v1alpha1" {
            continue;
        }
        if matches!(text(subject, "kind"), "User" | "Group") {
            set(subject, "apiGroup", GROUP);
        }
    }
}
