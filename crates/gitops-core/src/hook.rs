//! Hooks: objects that run at a point of a sync instead of being kept in it.
//!
//! The annotations are Argo CD's, with Helm's where Argo CD's are absent.

use serde::{Deserialize, Serialize};

use crate::Object;

/// Argo CD's annotation that makes an object a hook.
pub const HOOK: &str = "argocd.argoproj.io/hook";
/// Argo CD's annotation that says when a hook is deleted.
pub const DELETE_POLICY: &str = "argocd.argoproj.io/hook-delete-policy";
/// The finalizer that keeps a hook until its result was seen.
pub const FINALIZER: &str = "argocd.argoproj.io/hook-finalizer";
/// Helm's annotation that makes an object a hook.
pub const HELM_HOOK: &str = "helm.sh/hook";
/// Helm's annotation that says when a hook is deleted.
pub const HELM_DELETE_POLICY: &str = "helm.sh/hook-delete-policy";

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HookType {
    /// Before anything is applied.
    PreSync,
    /// Among what is applied.
    Sync,
    /// After everything is applied and healthy.
    PostSync,
    /// When the sync has failed.
    SyncFail,
    /// Never: the object is left alone altogether.
    Skip,
    /// Before the application's objects are deleted.
    PreDelete,
    /// After the application's objects are deleted.
    PostDelete,
}

impl HookType {
    fn from_argo(text: &str) -> Option<Self> {
        Some(match text {
            "PreSync" => Self::PreSync,
            "Sync" => Self::Sync,
            "PostSync" => Self::PostSync,
            "SyncFail" => Self::SyncFail,
            "Skip" => Self::Skip,
            "PreDelete" => Self::PreDelete,
            "PostDelete" => Self::PostDelete,
            _ => return None,
        })
    }

    fn from_helm(text: &str) -> Option<Self> {
        Some(match text {
            "pre-install" | "pre-upgrade" => Self::PreSync,
            "post-install" | "post-upgrade" => Self::PostSync,
            "pre-delete" => Self::PreDelete,
            "post-delete" => Self::PostDelete,
            _ => return None,
        })
    }
}

/// When a hook that ran is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeletePolicy {
    /// When the sync has succeeded.
    HookSucceeded,
    /// When the sync has failed.
    HookFailed,
    /// Before it runs again; the default.
    BeforeHookCreation,
}

impl DeletePolicy {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "HookSucceeded" | "hook-succeeded" => Self::HookSucceeded,
            "HookFailed" | "hook-failed" => Self::HookFailed,
            "BeforeHookCreation" | "before-hook-creation" => Self::BeforeHookCreation,
            _ => return None,
        })
    }
}

/// The hook types of an object, sorted and each once.
///
/// Helm's annotation counts only where Argo CD's names no known type.
///
/// ```
/// use gitops_core::{hook::{self, HookType}, Object};
///
/// let job = Object::new(serde_json::json!({
///     "apiVersion": "batch/v1", "kind": "Job",
///     "metadata": {"name": "migrate", "annotations": {"helm.sh/hook": "pre-install,pre-upgrade"}},
/// }))?;
/// assert_eq!(hook::types(&job), [HookType::PreSync]);
/// # Ok::<(), gitops_core::object::Error>(())
/// ```
pub fn types(object: &Object) -> Vec<HookType> {
    let mut types: Vec<HookType> = values(object, HOOK)
        .filter_map(HookType::from_argo)
        .collect();
    if types.is_empty() {
        types = values(object, HELM_HOOK)
            .filter_map(HookType::from_helm)
            .collect();
    }
    types.sort_unstable();
    types.dedup();
    types
}

/// Whether an object is a hook: annotated as one, whatever the value, and not
/// only [`HookType::Skip`] or Helm's `crd-install`.
pub fn is_hook(object: &Object) -> bool {
    if object.annotation(HOOK).is_some() {
        return types(object) != [HookType::Skip];
    }
    object
        .annotation(HELM_HOOK)
        .is_some_and(|value| value.trim() != "crd-install")
}

/// Whether an object is a hook of this type for deletion. Both annotations are
/// consulted, so an object may be a hook for syncs by one and for deletion by
/// the other.
pub fn runs_at(object: &Object, hook_type: HookType) -> bool {
    let argo = values(object, HOOK).filter_map(HookType::from_argo);
    let helm = values(object, HELM_HOOK).filter_map(HookType::from_helm);
    argo.chain(helm).any(|own| own == hook_type)
}

/// Whether an object is left alone altogether: its only hook type is [`HookType::Skip`].
pub fn is_skipped(object: &Object) -> bool {
    object.annotation(HOOK).is_some() && types(object) == [HookType::Skip]
}

/// When a hook is deleted: what both annotations say together, sorted;
/// [`DeletePolicy::BeforeHookCreation`] when they say nothing known.
pub fn delete_policies(object: &Object) -> Vec<DeletePolicy> {
    let mut policies: Vec<DeletePolicy> = values(object, DELETE_POLICY)
        .chain(values(object, HELM_DELETE_POLICY))
        .filter_map(DeletePolicy::parse)
        .collect();
    if policies.is_empty() {
        policies.push(DeletePolicy::BeforeHookCreation);
    }
    policies.sort_unstable();
    policies.dedup();
    policies
}

fn values<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = &'a str> {
    object
        .annotation(key)
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(annotations: &serde_json::Value) -> Object {
        Object::new(json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": "a", "annotations": annotations},
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(annotations: &serde_json::Value, hook: bool, expected: &[HookType]) {
        let job = job(annotations);
        assert_eq!(types(&job), expected, "{annotations}");
        assert_eq!(is_hook(&job), hook, "{annotations}");
    }

    #[test]
    fn types_follow_the_reference() {
        check(&json!({HOOK: "garbage"}), true, &[]);
        check(&json!({HOOK: "Skip"}), false, &[HookType::Skip]);
        check(
            &json!({HOOK: "Sync, Sync,garbage"}),
            true,
            &[HookType::Sync],
        );
        check(
            &json!({HOOK: "Skip,PreSync,PostSync"}),
            true,
            &[HookType::PreSync, HookType::PostSync, HookType::Skip],
        );
        check(
            &json!({HOOK: "Sync", HELM_HOOK: "pre-install"}),
            true,
            &[HookType::Sync],
        );
        check(
            &json!({HOOK: "garbage", HELM_HOOK: "pre-install"}),
            true,
            &[HookType::PreSync],
        );
        check(&json!({HELM_HOOK: "crd-install"}), false, &[]);
        check(&json!({HELM_HOOK: "test"}), true, &[]);
        check(&json!({}), false, &[]);
    }

    #[test]
    fn delete_policies_are_united() {
        let both = job(&json!({
            DELETE_POLICY: "HookSucceeded, nonsense",
            HELM_DELETE_POLICY: "hook-failed",
        }));
        assert_eq!(
            delete_policies(&both),
            [DeletePolicy::HookSucceeded, DeletePolicy::HookFailed]
        );
        assert_eq!(
            delete_policies(&job(&json!({}))),
            [DeletePolicy::BeforeHookCreation]
        );
    }
}
