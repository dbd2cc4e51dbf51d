//! Tasks of plain objects: what is created, changed, kept, pruned or left.

use std::sync::Arc;

use super::{
    Action, Apply, Check, Known, LeftOut, LeftOutReason, Options, Phase, Prune, Reason, Task,
    ownership,
};
use crate::apply::{FieldValidation, Recreate, Strategy};
use crate::compare::{Compared, Comparison};
use crate::ignore::{self, Rules};
use crate::sync_options::{ObjectOptions, Removal};
use crate::{Object, diff, hook, wave};

/// The manager `kubectl apply` writes with, whose fields move to a server-side apply.
const CLIENT_SIDE_MANAGER: &str = "kubectl-client-side-apply";

pub(super) fn tasks(
    comparison: &Comparison,
    options: &Options,
    left_out: &mut Vec<LeftOut>,
) -> Vec<Task> {
    let mut tasks = Vec::with_capacity(comparison.resources.len() + comparison.hooks.len() + 1);
    for compared in &comparison.resources {
        match task(compared, options) {
            Ok(Some(task)) => tasks.push(task),
            Ok(None) => {}
            Err(reason) => left_out.push(LeftOut {
                key: compared.key.clone(),
                reason,
            }),
        }
    }
    tasks
}

/// The task of one pair; `Ok(None)` for hooks, which have tasks of their own.
fn task(compared: &Compared, options: &Options) -> Result<Option<Task>, LeftOutReason> {
    let Some(object) = compared.target.as_ref().or(compared.live.as_ref()) else {
        return Ok(None);
    };
    if hook::is_hook(object) {
        return Ok(None);
    }
    if hook::is_skipped(object) {
        return Err(LeftOutReason::Skipped);
    }
    if !compared.self_referenced {
        return Err(LeftOutReason::ForeignMark);
    }
    if !options.selects(&compared.key) {
        return Err(LeftOutReason::NotSelected);
    }
    match (&compared.target, &compared.live) {
        (Some(target), live) => wanted(compared, target, live.as_deref(), options).map(Some),
        (None, Some(live)) => Ok(Some(extra(live, options))),
        (None, None) => Ok(None),
    }
}

/// The task of an object that is in the sources.
fn wanted(
    compared: &Compared,
    target: &Arc<Object>,
    live: Option<&Object>,
    options: &Options,
) -> Result<Task, LeftOutReason> {
    let modified = live.is_none() || compared.diff.is_modified();
    if options.application.apply_out_of_sync_only && !modified {
        return Err(LeftOutReason::InSync);
    }
    let apply = apply(target, live, options);
    let (action, reason) = match live {
        None => (Action::Create(apply), Reason::Missing),
        Some(_) if apply.strategy == Strategy::Replace => {
            (Action::Replace(apply), Reason::ReplaceOption)
        }
        Some(_) if modified => (Action::Update(apply), Reason::Differs),
        Some(live) if ownership::is_settled(target, live, &apply) => {
            (Action::Keep, Reason::AsWanted)
        }
        Some(_) => (Action::Update(apply), Reason::Ownership),
    };
    Ok(Task {
        reason,
        target: Some(applied(target, live, options)),
        live: live.map(Known::of),
        changes: compared.diff.changes.clone(),
        ..Task::new(Phase::Sync, wave::of(target), target.reference(), action)
    })
}

/// What is applied: the target, or what is left of it where ignored differences
/// keep their live values.
fn applied(target: &Arc<Object>, live: Option<&Object>, options: &Options) -> Arc<Object> {
    match live {
        Some(live) if options.application.respect_ignore_differences => {
            respected(target, live, &options.ignore)
        }
        _ => Arc::clone(target),
    }
}

fn respected(target: &Arc<Object>, live: &Object, rules: &Rules) -> Arc<Object> {
    let settings = diff::Settings::default().ignore(rules.clone());
    let respected = ignore::respect(target, live, &settings);
    respected.map_or_else(|| Arc::clone(target), Arc::new)
}

/// The task of an object that left the sources.
fn extra(live: &Object, options: &Options) -> Task {
    let own = ObjectOptions::of(live);
    let removal = own.prune.unwrap_or(options.application.prune);
    let (action, reason) = match (options.prune, removal) {
        (Prune::Keep, _) => (Action::Leave, Reason::PruneOff),
        (Prune::Delete, Removal::Refused) => (Action::Leave, Reason::PruneRefused),
        (Prune::Delete, removal) => {
            let action = Action::Prune {
                propagation: options.application.propagation,
                removal,
                last: own.prune_last || options.application.prune_last,
            };
            (action, Reason::NotInSources)
        }
    };
    Task {
        reason,
        live: Some(Known::of(live)),
        ..Task::new(Phase::Sync, wave::of(live), live.reference(), action)
    }
}

/// How an object gets into the cluster.
pub(super) fn apply(target: &Object, live: Option<&Object>, options: &Options) -> Apply {
    let own = ObjectOptions::of(target);
    let of_live = live.map(ObjectOptions::of).unwrap_or_default();
    let application = &options.application;
    let strategy = if application.replace || own.replace || of_live.replace {
        match live {
            Some(_) => Strategy::Replace,
            None => Strategy::Create,
        }
    } else if own
        .server_side_apply
        .unwrap_or(application.server_side_apply)
    {
        Strategy::ServerSide
    } else {
        Strategy::ClientSide
    };
    let force = options.force || own.force || of_live.force;
    Apply {
        strategy,
        recreate: if force && !holds_others(target) {
            Recreate::WhenRefused
        } else {
            Recreate::Never
        },
        validation: if application.validate && !own.skip_validation {
            FieldValidation::Warn
        } else {
            FieldValidation::Ignore
        },
        migrate_from: (strategy == Strategy::ServerSide && application.client_side_apply_migration)
            .then(|| migration_manager(options))
            .filter(|manager| live.is_some_and(|live| ownership::may_own(manager, live))),
        check: Check::AsApplied,
    }
}

fn migration_manager(options: &Options) -> String {
    options
        .migration_manager
        .clone()
        .unwrap_or_else(|| CLIENT_SIDE_MANAGER.to_owned())
}

/// Kinds that are never deleted to be created again, because everything in them would go too.
fn holds_others(object: &Object) -> bool {
    match object.kind() {
        "Namespace" => true,
        "CustomResourceDefinition" => object.group() == "apiextensions.k8s.io",
        _ => false,
    }
}
