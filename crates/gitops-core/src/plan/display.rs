//! Plans as a person reads them.

use std::fmt;

use serde_json::Value;

use super::{Action, Gate, LeftOut, Phase, Plan, Task, Wave, masked};
use crate::apply::Recreate;
use crate::diff::Change;
use crate::hook::DeletePolicy;
use crate::sync_options::Removal;

/// More changes of one object than these are counted, not shown.
const MOST_CHANGES: usize = 20;
/// More objects that take no part than these are counted, not shown.
const MOST_LEFT_OUT: usize = 20;
/// Longer values are cut.
const LONGEST_VALUE: usize = 80;

/// Every task in its wave, with what changes and why, and what the next wave waits
/// for; then what takes no part, and the totals.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            match &problem.object {
                Some(object) => writeln!(f, "! {object}: {}", problem.message)?,
                None => writeln!(f, "! {}", problem.message)?,
            }
        }
        for wave in self.waves() {
            writeln!(f, "{wave}")?;
            for task in wave.tasks {
                writeln!(f, "{task}")?;
            }
            let awaited = awaited(&wave);
            if !awaited.is_empty() {
                writeln!(f, "  … until {}", awaited.join(", "))?;
            }
        }
        write_left_out(f, &self.left_out)?;
        write!(f, "{}", Totals::of(self))
    }
}

/// The objects that take no part, the first of them by name.
fn write_left_out(f: &mut fmt::Formatter<'_>, left_out: &[LeftOut]) -> fmt::Result {
    if left_out.is_empty() {
        return Ok(());
    }
    writeln!(f, "Left out")?;
    for LeftOut { key, reason } in left_out.iter().take(MOST_LEFT_OUT) {
        let (kind, name) = (&key.kind, &key.name);
        match key.namespace.as_str() {
            "" => write!(f, "      {kind} {name}")?,
            namespace => write!(f, "      {kind} {namespace}/{name}")?,
        }
        writeln!(f, " ({})", reason.as_str())?;
    }
    let more = left_out.len().saturating_sub(MOST_LEFT_OUT);
    if more > 0 {
        writeln!(f, "      … and {more} more")?;
    }
    Ok(())
}

/// The heading of a wave, such as `Sync, wave 2`.
impl fmt::Display for Wave<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, wave {}", self.phase, self.number)?;
        if self.phase == Phase::SyncFail {
            f.write_str(" (only if the sync fails)")?;
        }
        Ok(())
    }
}

/// What becomes of the object, why, and the changed fields below.
impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, verb) = sign_and_verb(&self.action);
        write!(f, "  {sign:<3} {verb} {} ({})", self.object, why(self))?;
        if let Some(moved) = &self.moved {
            let (phase, wave, by) = (moved.phase, moved.wave, &moved.needed_by);
            write!(f, ", moved from {phase}, wave {wave}: {by} needs it")?;
        }
        if matches!(self.action, Action::Update(_) | Action::Replace(_)) {
            for change in self.changes.iter().take(MOST_CHANGES) {
                write_change(f, change, self.is("", "Secret"))?;
            }
            let more = self.changes.len().saturating_sub(MOST_CHANGES);
            if more > 0 {
                write!(f, "\n        … and {more} more")?;
            }
        }
        Ok(())
    }
}

/// What has to happen before the next wave begins.
fn awaited(wave: &Wave<'_>) -> Vec<String> {
    let count = |is_meant: fn(&Task) -> bool| wave.tasks.iter().filter(|it| is_meant(it)).count();
    let hooks = match count(Task::is_hook) {
        0 => None,
        1 => Some("1 hook has completed".to_owned()),
        more => Some(format!("{more} hooks have completed")),
    };
    let objects = |count, what| match count {
        0 => None,
        1 => Some(format!("1 object is {what}")),
        more => Some(format!("{more} objects are {what}")),
    };
    let healthy = count(|task| !task.is_hook() && !task.is_prune());
    let gone = count(|task| matches!(task.action, Action::Prune { .. }));
    let awaited = match wave.gate {
        Gate::Open => [None, None, None],
        Gate::Hooks => [hooks, None, None],
        Gate::All => [objects(gone, "gone"), objects(healthy, "healthy"), hooks],
    };
    awaited.into_iter().flatten().collect()
}

fn sign_and_verb(action: &Action) -> (&'static str, &'static str) {
    match action {
        Action::Create(_) => ("+", "create"),
        Action::Update(_) => ("~", "update"),
        Action::Replace(_) => ("-/+", "replace"),
        Action::Keep => ("=", "keep"),
        Action::RunHook { .. } => (">", "run"),
        Action::Prune { .. } => ("-", "prune"),
        Action::Leave => ("=", "leave"),
    }
}

fn why(task: &Task) -> String {
    match &task.action {
        Action::RunHook { delete, .. } => format!("hook, deleted {}", deleted(delete)),
        Action::Replace(apply) if apply.recreate == Recreate::WhenRefused => {
            "option Replace=true, by force: deleted and created".into()
        }
        Action::Update(_) if task.changes.len() == 1 => "1 field differs".into(),
        Action::Update(_) if task.changes.len() > 1 => {
            format!("{} fields differ", task.changes.len())
        }
        Action::Prune { removal, .. } if *removal == Removal::Confirm => {
            format!("{}; waits for confirmation", task.reason.as_str())
        }
        _ => task.reason.as_str().into(),
    }
}

fn deleted(policies: &[DeletePolicy]) -> String {
    let texts: Vec<&str> = policies
        .iter()
        .map(|policy| match policy {
            DeletePolicy::HookSucceeded => "when the sync succeeds",
            DeletePolicy::HookFailed => "when the sync fails",
            DeletePolicy::BeforeHookCreation => "before it runs again",
        })
        .collect();
    texts.join(" and ")
}

fn write_change(f: &mut fmt::Formatter<'_>, change: &Change, secret: bool) -> fmt::Result {
    let path = &change.path;
    let hidden = secret && masked::is_secret(path);
    let shown = |value: &Value| {
        if hidden {
            "(hidden)".to_owned()
        } else {
            shorten(value)
        }
    };
    match (&change.old, &change.new) {
        (None, Some(new)) => write!(f, "\n        + {path}: {}", shown(new)),
        (Some(old), None) => write!(f, "\n        - {path}: {}", shown(old)),
        (Some(old), Some(new)) => {
            write!(f, "\n        ~ {path}: {} → {}", shown(old), shown(new))
        }
        (None, None) => write!(f, "\n        ~ {path}"),
    }
}

fn shorten(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// How many objects each thing becomes of.
#[derive(Default)]
struct Totals {
    create: usize,
    update: usize,
    replace: usize,
    prune: usize,
    hooks: usize,
    unchanged: usize,
    left: usize,
}

impl Totals {
    fn of(plan: &Plan) -> Self {
        let mut totals = Self::default();
        for task in &plan.tasks {
            let count = match task.action {
                Action::Create(_) => &mut totals.create,
                Action::Update(_) => &mut totals.update,
                Action::Replace(_) => &mut totals.replace,
                Action::Prune { .. } => &mut totals.prune,
                Action::RunHook { .. } => &mut totals.hooks,
                Action::Keep => &mut totals.unchanged,
                Action::Leave => &mut totals.left,
            };
            *count += 1;
        }
        totals
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.create, "to create"),
            (self.update, "to update"),
            (self.replace, "to replace"),
            (self.prune, "to prune"),
            (self.hooks, "to run"),
            (self.unchanged, "unchanged"),
            (self.left, "extra and left alone"),
        ];
        let said: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if said.is_empty() {
            f.write_str("Plan: nothing to do")
        } else {
            write!(f, "Plan: {}", said.join(", "))
        }
    }
}
