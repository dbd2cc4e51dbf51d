//! Tasks of hooks: one a phase, each with a name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Action, Apply, Check, LeftOut, LeftOutReason, Options, Phase, Reason, Task, resource};
use crate::hook::{self, DeletePolicy};
use crate::{Object, ObjectKey, wave};

/// The longest name every kind accepts, and every label that repeats it.
const LONGEST_NAME: usize = 63;

pub(super) fn tasks<'a>(
    hooks: impl Iterator<Item = &'a Arc<Object>>,
    options: &Options,
    left_out: &mut Vec<LeftOut>,
) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut taken = BTreeSet::new();
    for object in hooks {
        let phases = phases(object);
        let reason = match (options.runs_hooks(), phases.is_empty()) {
            (false, _) => Some(LeftOutReason::HooksLeftOut),
            (true, true) => Some(LeftOutReason::NoPhase),
            (true, false) => None,
        };
        if let Some(reason) = reason {
            let key = object.key();
            left_out.push(LeftOut { key, reason });
            continue;
        }
        for phase in phases {
            let named = named(object, phase, options, &taken);
            if taken.insert((phase, named.key())) {
                tasks.push(task(&named, phase, options));
            }
        }
    }
    tasks
}

fn phases(object: &Object) -> Vec<Phase> {
    hook::types(object)
        .into_iter()
        .filter_map(Phase::of)
        .collect()
}

fn task(object: &Arc<Object>, phase: Phase, options: &Options) -> Task {
    let delete = hook::delete_policies(object);
    let check = if delete.contains(&DeletePolicy::BeforeHookCreation) {
        Check::AsCreated
    } else {
        Check::AsApplied
    };
    let apply = Apply {
        check,
        ..resource::apply(object, None, options)
    };
    let action = Action::RunHook { apply, delete };
    Task {
        reason: Reason::Hook,
        target: Some(kept_until_seen(object)),
        ..Task::new(phase, wave::of(object), object.reference(), action)
    }
}

/// The hook with the finalizer that keeps it until its result was seen.
fn kept_until_seen(object: &Arc<Object>) -> Arc<Object> {
    if object.finalizers().any(|name| name == hook::FINALIZER) {
        return Arc::clone(object);
    }
    let mut kept = Object::clone(object);
    kept.add_finalizer(hook::FINALIZER);
    Arc::new(kept)
}

/// The hook with a name. One that is generated is the same in every attempt of
/// an operation, and no two hooks of a phase share it.
fn named(
    object: &Arc<Object>,
    phase: Phase,
    options: &Options,
    taken: &BTreeSet<(Phase, ObjectKey)>,
) -> Arc<Object> {
    let prefix = match object.generate_name() {
        Some(prefix) if object.name().is_empty() => prefix,
        _ => return Arc::clone(object),
    };
    let suffix = suffix(phase, options);
    let mut named = Object::clone(object);
    for count in 1_u64.. {
        let suffix = match count {
            1 => suffix.clone(),
            _ => format!("{suffix}-{count}"),
        };
        named.set_name(&join(prefix, &suffix));
        if !taken.contains(&(phase, named.key())) {
            break;
        }
    }
    Arc::new(named)
}

/// `<revision>-<phase>-<start>`, in letters a name may have.
fn suffix(phase: Phase, options: &Options) -> String {
    let revision = &options.revision;
    let short = match revision.char_indices().nth(7) {
        Some((end, _)) => &revision[..end],
        None => revision,
    };
    let start = options.started_at.as_second();
    format!("{short}-{phase}-{start}")
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'a'..='z' | '0'..='9' | '-' | '.' => letter,
            _ => '-',
        })
        .collect()
}

fn join(prefix: &str, suffix: &str) -> String {
    let room = LONGEST_NAME.saturating_sub(suffix.len());
    let prefix: String = prefix.chars().take(room).collect();
    format!("{prefix}{suffix}")
}
