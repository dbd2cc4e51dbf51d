//! Client-side apply: a three-way patch from the last applied object.

use gitops_core::Object;
use gitops_core::patch;
use serde_json::Value;

/// The object with itself in the annotation that the next apply starts from.
pub(super) fn annotated(object: &Object) -> Object {
    let mut wanted = object.clone();
    patch::set_last_applied(&mut wanted);
    wanted
}

/// What an apply of `object` makes of `live`; `None` where there is nothing to do.
pub(super) fn patched(live: &Object, object: &Object) -> Option<Value> {
    let last = patch::last_applied(live);
    let outcome = patch::three_way(last.as_ref(), annotated(object).value(), live.value());
    outcome.map(|outcome| outcome.predicted)
}

/// Whether a binding binds another role than the live one: that cannot be
/// changed in place, so `kubectl auth reconcile` creates the binding anew.
pub(super) fn binds_another_role(live: &Object, object: &Object) -> bool {
    object.group() == "rbac.authorization.k8s.io"
        && matches!(object.kind(), "RoleBinding" | "ClusterRoleBinding")
        && role(live) != role(object)
}

fn role(binding: &Object) -> [&str; 3] {
    ["apiGroup", "kind", "name"].map(|field| {
        let text = binding.value()["roleRef"][field]
            .as_str()
            .unwrap_or_default();
        match (field, text) {
            ("apiGroup", "") => "rbac.authorization.k8s.io",
            _ => text,
        }
    })
}
