//! Waves: numbers by which objects of one phase follow each other.

use crate::Object;

/// Argo CD's annotation with an object's wave.
pub const SYNC_WAVE: &str = "argocd.argoproj.io/sync-wave";
/// Helm's annotation with a hook's weight, used where Argo CD's says nothing.
pub const HELM_WEIGHT: &str = "helm.sh/hook-weight";

/// The wave an object belongs to: the first of both annotations that is a
/// decimal integer, or `0`.
///
/// ```
/// use gitops_core::{Object, wave};
///
/// let config = Object::new(serde_json::json!({
///     "apiVersion": "v1", "kind": "ConfigMap",
///     "metadata": {"name": "a", "annotations": {"argocd.argoproj.io/sync-wave": "-5"}},
/// }))?;
/// assert_eq!(wave::of(&config), -5);
/// # Ok::<(), gitops_core::object::Error>(())
/// ```
pub fn of(object: &Object) -> i64 {
    [SYNC_WAVE, HELM_WEIGHT]
        .into_iter()
        .find_map(|key| object.annotation(key)?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(annotations: &serde_json::Value, wave: i64) {
        let object = Object::new(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "annotations": annotations},
        }))
        .unwrap();
        assert_eq!(of(&object), wave, "{annotations}");
    }

    #[test]
    fn what_is_no_integer_falls_through() {
        check(&json!({}), 0);
        check(&json!({SYNC_WAVE: "+3"}), 3);
        check(&json!({SYNC_WAVE: "-3", HELM_WEIGHT: "9"}), -3);
        check(&json!({SYNC_WAVE: "soon", HELM_WEIGHT: "9"}), 9);
        check(&json!({SYNC_WAVE: " 1", HELM_WEIGHT: "1.5"}), 0);
        check(&json!({SYNC_WAVE: "99999999999999999999"}), 0);
    }
}
