//! Tasks of plain objects: what is created, changed, kept, pruned or left.

use std::sync::Arc;

use super::{
    Action, Apply, Check, Known, LeftOut, LeftOutReason, Misspelling, Options, Phase, Prune,
    Reason, Task, halves::halves, misspelling, ownership,
};
use crate::apply::{FieldValidation, Recreate, Strategy};
use crate::compare::{Compared, Comparison};
use crate::ignore;
use crate::sync_options::{ObjectOptions, Removal};
use crate::{Object, diff, hook, wave};

/// The manager `kubectl apply` writes with, whose fields move to a server-side apply.
const CLIENT_SIDE_MANAGER: &str = "kubectl-client-side-apply";

/// What the pairs of a comparison come to.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) tasks: Vec<Task>,
    /// The hooks among the targets, whose tasks are made elsewhere.
    pub(super) hooks: Vec<&'a Arc<Object>>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) misspelt: Vec<Misspelling>,
}

/// What a pair comes to that has no task here.
enum Aside<'a> {
    Hook(&'a Arc<Object>),
    Out(LeftOutReason),
    /// A hook that left the sources.
    Nothing,
}

pub(super) fn parts<'a>(comparison: &'a Comparison, options: &Options) -> Parts<'a> {
    let respected = options.application.respect_ignore_differences;
    let respected = respected.then(|| diff::Settings::default().ignore(options.ignore.clone()));
    let (mut parts, later) = halves(&comparison.resources, |some| {
        Parts::of(some, options, respected.as_ref())
    });
    if let Some(later) = later {
        parts.append(later);
    }
    parts
}

impl<'a> Parts<'a> {
    fn of(pairs: &'a [Compared], options: &Options, respected: Option<&diff::Settings>) -> Self {
        let mut parts = Self {
            tasks: Vec::with_capacity(pairs.len()),
            ..Self::default()
        };
        for compared in pairs {
            // What left the sources says itself whether it is pruned.
            let object = compared.target.as_ref().or(compared.live.as_ref());
            parts.misspelt.extend(
                object
                    .into_iter()
                    .flat_map(|object| misspelling::of(object)),
            );
            match task(compared, options, respected) {
                Ok(task) => parts.tasks.push(task),
                Err(Aside::Hook(hook)) => parts.hooks.push(hook),
                Err(Aside::Out(reason)) => {
                    let key = compared.key.clone();
                    parts.left_out.push(LeftOut { key, reason });
                }
                Err(Aside::Nothing) => {}
            }
        }
        parts
    }

    fn append(&mut self, mut later: Self) {
        self.tasks.append(&mut later.tasks);
        self.hooks.append(&mut later.hooks);
        self.left_out.append(&mut later.left_out);
        self.misspelt.append(&mut later.misspelt);
    }
}

/// The task of one pair.
fn task<'a>(
    compared: &'a Compared,
    options: &Options,
    respected: Option<&diff::Settings>,
) -> Result<Task, Aside<'a>> {
    let (target, live) = (compared.target.as_ref(), compared.live.as_deref());
    let Some(object) = target.map(Arc::as_ref).or(live) else {
        return Err(Aside::Nothing);
    };
    if hook::is_hook(object) {
        return Err(target.map_or(Aside::Nothing, Aside::Hook));
    }
    if hook::is_skipped(object) {
        return Err(Aside::Out(LeftOutReason::Skipped));
    }
    if !compared.self_referenced {
        return Err(Aside::Out(LeftOutReason::ForeignMark));
    }
    if !options.selects(&compared.key) {
        return Err(Aside::Out(LeftOutReason::NotSelected));
    }
    let Some(target) = target else {
        return Ok(extra(object, options));
    };
    let modified = live.is_none() || compared.diff.is_modified();
    if options.application.apply_out_of_sync_only && !modified {
        return Err(Aside::Out(LeftOutReason::InSync));
    }
    let mut task = wanted(target, live, modified, options);
    task.changes.clone_from(&compared.diff.changes);
    if let (Some(live), Some(settings)) = (live, respected) {
        // What is left of the target where ignored differences keep their live values.
        let respected = ignore::respect(target, live, settings);
        task.target = respected.map(Arc::new).or(task.target);
    }
    Ok(task)
}

/// The task of an object that is in the sources.
fn wanted(target: &Arc<Object>, live: Option<&Object>, modified: bool, options: &Options) -> Task {
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
    Task {
        reason,
        target: Some(Arc::clone(target)),
        live: live.map(Known::of),
        ..Task::new(Phase::Sync, wave::of(target), target.reference(), action)
    }
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
