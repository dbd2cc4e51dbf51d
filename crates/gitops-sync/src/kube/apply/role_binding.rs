//! Bindings whose role changed: the server lets nobody change it in place.

use gitops_core::Object;
use serde_json::Value;

/// Whether the target binds another role than the live object does, so that the
/// binding has to be created anew, as `kubectl auth reconcile` does.
pub(super) fn binds_another_role(target: &Object, live: &Object) -> bool {
    target.api_version() == "rbac.authorization.k8s.io/v1"
        && matches!(target.kind(), "RoleBinding" | "ClusterRoleBinding")
        && role(target) != role(live)
}

fn role(binding: &Object) -> [Option<&str>; 3] {
    let reference = binding.value().get("roleRef");
    let field = |name| reference?.get(name).and_then(Value::as_str);
    let group = field("apiGroup").filter(|group| !group.is_empty());
    [
        Some(group.unwrap_or("rbac.authorization.k8s.io")),
        field("kind"),
        field("name"),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn binding(role: &Value) -> Object {
        Object::new(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": "a", "namespace": "b"}, "roleRef": role,
        }))
        .unwrap()
    }

    #[test]
    fn the_default_group_is_no_other_role() {
        let live = binding(&json!({
            "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "view",
        }));
        let same = binding(&json!({"kind": "Role", "name": "view"}));
        let other = binding(&json!({"kind": "ClusterRole", "name": "view"}));
        assert!(!binds_another_role(&same, &live));
        assert!(binds_another_role(&other, &live));
    }
}
