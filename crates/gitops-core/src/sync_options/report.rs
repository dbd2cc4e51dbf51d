//! Reports on options that do not exist.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Options an application may list.
const APPLICATION: &[&str] = &[
    "ApplyOutOfSyncOnly=true",
    "ApplyOutOfSyncOnly=false",
    "ClientSideApplyMigration=true",
    "ClientSideApplyMigration=false",
    "CreateNamespace=true",
    "CreateNamespace=false",
    "Delete=true",
    "Delete=false",
    "Delete=confirm",
    "FailOnSharedResource=true",
    "FailOnSharedResource=false",
    "Prune=true",
    "Prune=false",
    "Prune=confirm",
    "PruneLast=true",
    "PruneLast=false",
    "PrunePropagationPolicy=background",
    "PrunePropagationPolicy=foreground",
    "PrunePropagationPolicy=orphan",
    "Replace=true",
    "Replace=false",
    "RespectIgnoreDifferences=true",
    "RespectIgnoreDifferences=false",
    "ServerSideApply=true",
    "ServerSideApply=false",
    "SkipDryRunOnMissingResource=true",
    "SkipDryRunOnMissingResource=false",
    "Validate=true",
    "Validate=false",
];

/// Options an object may carry.
const OBJECT: &[&str] = &[
    "Delete=true",
    "Delete=false",
    "Delete=confirm",
    "Force=true",
    "Force=false",
    "Prune=true",
    "Prune=false",
    "Prune=confirm",
    "PruneLast=true",
    "PruneLast=false",
    "Replace=true",
    "Replace=false",
    "ServerSideApply=true",
    "ServerSideApply=false",
    "SkipDryRunOnMissingResource=true",
    "SkipDryRunOnMissingResource=false",
    "Validate=true",
    "Validate=false",
];

/// Options longer than this are not compared with the known ones, whose
/// longest has 34 characters.
const LONGEST: usize = 64;

/// An option that does not exist, or not where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Misspelt {
    /// The option as it was written.
    pub option: String,
    /// The nearest one that exists; `None` when nothing is near, or when it would
    /// count elsewhere as it is.
    pub nearest: Option<String>,
    /// Where it would count; `None` when it does nowhere.
    pub counts_for: Option<Level>,
}

/// Where a sync option stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// In an application's list.
    Application,
    /// In an object's annotation.
    Object,
}

impl fmt::Display for Misspelt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sync option {:?} ", self.option)?;
        match (self.counts_for, &self.nearest) {
            (Some(Level::Application), _) => {
                f.write_str("counts for applications, not for objects")
            }
            (Some(Level::Object), _) => f.write_str("counts for objects, not for applications"),
            (None, Some(nearest)) => write!(f, "is not known; did you mean {nearest:?}?"),
            (None, None) => f.write_str("is not known"),
        }
    }
}

pub(super) fn application(item: &str) -> Option<Misspelt> {
    report(item, APPLICATION, (OBJECT, Level::Object))
}

pub(super) fn object(item: &str) -> Option<Misspelt> {
    report(item, OBJECT, (APPLICATION, Level::Application))
}

fn report(item: &str, known: &[&str], (others, level): (&[&str], Level)) -> Option<Misspelt> {
    if item.is_empty() || known.contains(&item) {
        return None;
    }
    let counts_for = others.contains(&item).then_some(level);
    let nearest = match counts_for {
        Some(_) => None,
        None => nearest(item, known).map(str::to_owned),
    };
    Some(Misspelt {
        option: item.chars().take(LONGEST).collect(),
        nearest,
        counts_for,
    })
}

/// The option fewest edits away, as long as these are less than half of it.
fn nearest<'a>(item: &str, known: &[&'a str]) -> Option<&'a str> {
    let item: Vec<char> = item.trim().to_lowercase().chars().collect();
    if item.len() > LONGEST {
        return None;
    }
    known
        .iter()
        .map(|option| (distance(&item, option), *option))
        .filter(|(edits, option)| *edits < option.len() / 2)
        .min()
        .map(|(_, option)| option)
}

/// Insertions, removals and replacements between two texts, letter case aside.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, left) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, right) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
