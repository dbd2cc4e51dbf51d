//! How an Application goes: hooks, its objects wave by wave, then its finalizers.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::api::{Application, ResourceStatus};
use crate::apply::Propagation;
use crate::hook::{self, DeletePolicy, HookType};
use crate::sync_options::{ApplicationOptions, ObjectOptions, Removal};
use crate::{Health, HealthStatus, Object, ObjectKey, ObjectRef, wave};

/// The finalizer that has an Application's objects deleted with it.
const RESOURCES: &str = "resources-finalizer.argocd.argoproj.io";
const PRE_DELETE: &str = "pre-delete-finalizer.argocd.argoproj.io";
const POST_DELETE: &str = "post-delete-finalizer.argocd.argoproj.io";
/// The annotation with which a person confirms that objects are deleted.
const APPROVED: &str = "argocd.argoproj.io/deletion-approved";
/// Helm's annotation on objects that outlive their release.
const HELM_POLICY: &str = "helm.sh/resource-policy";

/// What is known of an Application that is being deleted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DeletionFacts {
    /// Whether the destination cluster is known; without it nothing is deleted.
    pub cluster_known: bool,
    /// Live objects that are the Application's and that its project permits.
    pub live: Vec<Arc<Object>>,
    /// The hooks for deletion of the sources, with what is live of them.
    pub hooks: Vec<DeletionHook>,
}

/// A hook for deletion.
#[derive(Clone, Debug)]
pub struct DeletionHook {
    /// The hook, marked as the Application's.
    pub object: Arc<Object>,
    /// What is live of it.
    pub live: Option<Arc<Object>>,
    /// How it fares; `None` when no check knows its kind.
    pub health: Option<Health>,
}

/// What to do next with an Application that is being deleted.
#[derive(Clone, Debug, PartialEq)]
pub enum DeletionStep {
    /// Create these hooks, then look again. One that exists already is no error.
    Create(Vec<Arc<Object>>),
    /// Delete these objects, then look again.
    Delete {
        /// The objects.
        objects: Vec<ObjectRef>,
        /// What becomes of their dependants.
        propagation: Propagation,
    },
    /// Take these finalizers from the Application, then look again.
    RemoveFinalizers(Vec<String>),
    /// Look again when this has changed.
    Wait(Hindrance),
    /// These hooks have failed: delete them, report it, and look again.
    Failed {
        /// `PreDelete hook(s) failed: <namespace/name>, …`
        message: String,
        /// The hooks.
        objects: Vec<ObjectRef>,
    },
    /// Nothing keeps the Application any more.
    Done,
}

/// What a deletion waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hindrance {
    /// An operation has to end.
    Operation,
    /// These hooks have to complete.
    Hooks(Vec<ObjectRef>),
    /// These objects have to be gone.
    Objects(Vec<ObjectRef>),
    /// A person has to confirm that these objects are deleted.
    Approval(Vec<ObjectRef>),
}

/// The finalizers an Application should have for its hooks, and those it should
/// not: both are kept up to date for as long as it is not being deleted.
pub fn finalizers(hooks: &[Arc<Object>]) -> (Vec<String>, Vec<String>) {
    let mut wanted = Vec::new();
    let mut unwanted = Vec::new();
    for (hook_type, finalizer) in [
        (HookType::PreDelete, PRE_DELETE),
        (HookType::PostDelete, POST_DELETE),
    ] {
        let has_hook = hooks.iter().any(|hook| hook::runs_at(hook, hook_type));
        let list = if has_hook { &mut wanted } else { &mut unwanted };
        list.extend([finalizer.to_owned(), format!("{finalizer}/cleanup")]);
    }
    (wanted, unwanted)
}

/// Decides what to do next with an Application that is being deleted.
pub fn delete(application: &Application, facts: &DeletionFacts) -> DeletionStep {
    let finalizers = &application.metadata.finalizers;
    let ours: Vec<String> = finalizers
        .iter()
        .filter(|name| {
            [RESOURCES, PRE_DELETE, POST_DELETE]
                .iter()
                .any(|ours| is_of(name, ours))
        })
        .cloned()
        .collect();
    if ours.is_empty() {
        return DeletionStep::Done;
    }
    if application.operation.is_some() {
        return DeletionStep::Wait(Hindrance::Operation);
    }
    if !facts.cluster_known {
        return DeletionStep::RemoveFinalizers(ours);
    }
    stage(application, facts)
}

/// The first stage that a finalizer asks for and that is not over.
fn stage(application: &Application, facts: &DeletionFacts) -> DeletionStep {
    let finalizers = &application.metadata.finalizers;
    let has = |name: &str| finalizers.iter().any(|own| own == name);
    if has(PRE_DELETE) {
        return run_hooks(facts, HookType::PreDelete, PRE_DELETE);
    }
    let cascade: Vec<String> = finalizers
        .iter()
        .filter(|name| is_of(name, RESOURCES))
        .cloned()
        .collect();
    if !cascade.is_empty() {
        return delete_objects(application, facts, cascade);
    }
    if has(POST_DELETE) {
        return run_hooks(facts, HookType::PostDelete, POST_DELETE);
    }
    for (hook_type, finalizer) in [
        (HookType::PreDelete, PRE_DELETE),
        (HookType::PostDelete, POST_DELETE),
    ] {
        let cleanup = format!("{finalizer}/cleanup");
        if has(&cleanup) {
            return clean_up(facts, hook_type, cleanup);
        }
    }
    DeletionStep::Done
}

/// Whether a finalizer is this one, or this one with a suffix.
fn is_of(name: &str, finalizer: &str) -> bool {
    name.strip_prefix(finalizer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn run_hooks(facts: &DeletionFacts, hook_type: HookType, finalizer: &str) -> DeletionStep {
    let hooks = || {
        facts
            .hooks
            .iter()
            .filter(|hook| hook::runs_at(&hook.object, hook_type))
    };
    let missing: Vec<Arc<Object>> = hooks()
        .filter(|hook| hook.live.is_none())
        .map(|hook| Arc::clone(&hook.object))
        .collect();
    if !missing.is_empty() {
        return DeletionStep::Create(missing);
    }
    let which = |status: HealthStatus| -> Vec<ObjectRef> {
        hooks()
            .filter(|hook| {
                hook.health
                    .as_ref()
                    .is_some_and(|health| health.status == status)
            })
            .map(|hook| hook.object.reference())
            .collect()
    };
    let failed = which(HealthStatus::Degraded);
    if !failed.is_empty() {
        let names: Vec<String> = failed
            .iter()
            .map(|hook| {
                format!(
                    "{}/{}",
                    hook.namespace.as_deref().unwrap_or_default(),
                    hook.name
                )
            })
            .collect();
        return DeletionStep::Failed {
            message: format!("{hook_type:?} hook(s) failed: {}", names.join(", ")),
            objects: failed,
        };
    }
    let running = which(HealthStatus::Progressing);
    if !running.is_empty() {
        return DeletionStep::Wait(Hindrance::Hooks(running));
    }
    DeletionStep::RemoveFinalizers(vec![finalizer.to_owned()])
}

fn delete_objects(
    application: &Application,
    facts: &DeletionFacts,
    finalizers: Vec<String>,
) -> DeletionStep {
    let references = |objects: &[&Arc<Object>]| -> Vec<ObjectRef> {
        objects.iter().map(|object| object.reference()).collect()
    };
    let going: Vec<&Arc<Object>> = facts
        .live
        .iter()
        .filter(|object| object.deletion_timestamp().is_some())
        .collect();
    if !going.is_empty() {
        return DeletionStep::Wait(Hindrance::Objects(references(&going)));
    }
    let options = ApplicationOptions::of(application);
    let deletable: Vec<&Arc<Object>> = facts
        .live
        .iter()
        .filter(|object| is_deletable(object, application, &options))
        .collect();
    let flagged = flagged(application);
    let unconfirmed: Vec<&Arc<Object>> = deletable
        .iter()
        .copied()
        .filter(|object| needs_approval(object, &options) || flagged.contains(&object.key()))
        .collect();
    if !unconfirmed.is_empty() && !is_approved(application) {
        return DeletionStep::Wait(Hindrance::Approval(references(&unconfirmed)));
    }
    let Some(highest) = deletable.iter().map(|object| wave::of(object)).max() else {
        return DeletionStep::RemoveFinalizers(finalizers);
    };
    let wave: Vec<&Arc<Object>> = deletable
        .into_iter()
        .filter(|object| wave::of(object) == highest)
        .collect();
    let background = finalizers
        .first()
        .is_some_and(|name| name.ends_with("/background"));
    DeletionStep::Delete {
        objects: references(&wave),
        propagation: if background {
            Propagation::Background
        } else {
            Propagation::Foreground
        },
    }
}

fn is_deletable(object: &Object, application: &Application, options: &ApplicationOptions) -> bool {
    let is_definition =
        object.kind() == "CustomResourceDefinition" && object.group() == "apiextensions.k8s.io";
    let is_itself = object.kind() == "Application"
        && object.group() == "argoproj.io"
        && object.name() == application.metadata.name
        && object.namespace().unwrap_or_default() == application.metadata.namespace;
    let removal = ObjectOptions::of(object).delete.unwrap_or(options.delete);
    !is_definition
        && !is_itself
        && removal != Removal::Refused
        && object.annotation(HELM_POLICY) != Some("keep")
}

/// The objects whose sources asked for confirmation when they were last looked at.
fn flagged(application: &Application) -> BTreeSet<ObjectKey> {
    let resources = application.status.resources.iter();
    resources
        .filter(|resource| resource.requires_deletion_confirmation)
        .map(ResourceStatus::key)
        .collect()
}

/// Whether a person has to confirm that an object goes with its Application, as the
/// object's own options say, else those of the Application. Confirmation to prune is
/// asked for here too, as in the reference.
pub fn needs_approval(object: &Object, options: &ApplicationOptions) -> bool {
    let own = ObjectOptions::of(object);
    own.delete.unwrap_or(options.delete) == Removal::Confirm
        || own.prune.unwrap_or(options.prune) == Removal::Confirm
}

/// When a person last confirmed that objects of the Application are pruned or
/// deleted; `None` when nobody did.
pub fn approved_at(application: &Application) -> Option<Timestamp> {
    application.annotation(APPROVED)?.parse().ok()
}

/// Whether a person confirmed it after the deletion was asked for.
fn is_approved(application: &Application) -> bool {
    match (
        approved_at(application),
        application.metadata.deletion_timestamp,
    ) {
        (Some(approved), Some(deleted)) => approved >= deleted,
        _ => false,
    }
}

/// Deletes hooks as their policies say, then lets the Application go.
fn clean_up(facts: &DeletionFacts, hook_type: HookType, finalizer: String) -> DeletionStep {
    let hooks: Vec<&DeletionHook> = facts
        .hooks
        .iter()
        .filter(|hook| hook::runs_at(&hook.object, hook_type) && hook.live.is_some())
        .collect();
    let worst = hooks
        .iter()
        .filter_map(|hook| hook.health.as_ref())
        .map(|health| health.status)
        .max()
        .unwrap_or(HealthStatus::Healthy);
    let due = match worst {
        HealthStatus::Healthy => DeletePolicy::HookSucceeded,
        HealthStatus::Degraded => DeletePolicy::HookFailed,
        _ => return DeletionStep::RemoveFinalizers(vec![finalizer]),
    };
    let objects: Vec<ObjectRef> = hooks
        .iter()
        .filter(|hook| hook::delete_policies(&hook.object).contains(&due))
        .filter(|hook| {
            let live = hook.live.as_ref();
            live.is_some_and(|live| live.deletion_timestamp().is_none())
        })
        .map(|hook| hook.object.reference())
        .collect();
    if objects.is_empty() {
        return DeletionStep::RemoveFinalizers(vec![finalizer]);
    }
    DeletionStep::Delete {
        objects,
        propagation: Propagation::Foreground,
    }
}
