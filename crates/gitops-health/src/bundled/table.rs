//! Checks written as tables: which test gives which status and message.
//!
//! A table has a head, `[group/Kind …]`, and rules in the order in which they
//! are tried, each `mark status | message | tests`. Marks:
//!
//! - `-` asks the object;
//! - `*` goes through `status.conditions`, or through the list or map named after
//!   it, entry by entry; the first entry that fits decides;
//! - `+` adds a rule for the entries of the walk above it.
//!
//! Tests are joined by "and". A path begins with `.` for the object, with
//! `:Type` for the last condition of that type, and otherwise belongs to the
//! entry (`@` says so on the right of an operator). `path` is present, `!path`
//! absent, `?path` neither absent nor false, `#path` a length; `=`, `!=`, `<`,
//! `>`, `<=`, `>=` and `!>` compare with texts, numbers, booleans or paths, `=`
//! also with one of several. `observed` and `current` ask whether the object's
//! or the entry's observed generation is absent or the latest, `unobserved` and
//! `outdated` the opposite. `has:Type=Status` finds any such condition.
//!
//! A message holds `{path}`, `{path/other}` (the first that is present),
//! `{path?text}` (absent) and `{path??text}` (absent or empty).

mod parse;
mod value;

use gitops_core::{Health, HealthStatus};
use serde_json::Value;

use crate::Outcome;
use value::{Path, Scope, Template, Test};

pub(super) use parse::parse;
pub(super) use value::{is_equal, text};

/// One check: steps tried in order.
pub(super) struct Table {
    steps: Vec<Step>,
}

enum Step {
    Rule(Rule),
    Walk { over: Path, rules: Vec<Rule> },
}

struct Rule {
    verdict: Verdict,
    message: Template,
    tests: Vec<Test>,
}

#[derive(Clone, Copy)]
enum Verdict {
    Status(HealthStatus),
    /// No status on purpose.
    NoStatus,
}

impl Table {
    /// What the table says; every table ends in a rule without tests.
    pub(super) fn judge(&self, object: &Value) -> Outcome {
        self.steps
            .iter()
            .find_map(|step| step.judge(object))
            .unwrap_or(Outcome::NoStatus)
    }
}

impl Step {
    fn judge(&self, object: &Value) -> Option<Outcome> {
        match self {
            Self::Rule(rule) => rule.judge(Scope::of(object)),
            Self::Walk { over, rules } => {
                let scope = Scope::of(object);
                entries(over.find(scope)).find_map(|entry| {
                    let scope = scope.entry(entry);
                    rules.iter().find_map(|rule| rule.judge(scope))
                })
            }
        }
    }
}

impl Rule {
    fn judge(&self, scope: Scope<'_>) -> Option<Outcome> {
        if !self.tests.iter().all(|test| test.holds(scope)) {
            return None;
        }
        let Verdict::Status(status) = self.verdict else {
            return Some(Outcome::NoStatus);
        };
        if self.message.is_no_text(scope) {
            // The reference takes nothing from a result whose message is no text.
            return Some(Outcome::NoStatus);
        }
        let message = self.message.render(scope);
        Some(Outcome::Judged(Health::new(status, message)))
    }
}

/// The entries of a list, or the values of a map in the order of their keys.
fn entries(value: Option<&Value>) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Some(Value::Array(list)) => Box::new(list.iter().filter(|entry| !entry.is_null())),
        Some(Value::Object(map)) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            Box::new(entries.into_iter().map(|(_, value)| value))
        }
        _ => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests;
