//! Sync options that do not exist.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Options;
use crate::compare::Comparison;
use crate::sync_options::{Misspelt, misspelt_on};
use crate::{Object, ObjectRef};

/// A sync option that does not exist, or not where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Misspelling {
    /// The object that carries it; `None` where the application does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// The option, with the nearest one that exists.
    pub option: Misspelt,
}

impl fmt::Display for Misspelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some(object) => write!(f, "{object}: {}", self.option),
            None => write!(f, "{}", self.option),
        }
    }
}

/// Those of plain objects together with those of hooks and of the application, which
/// come first; the order is total.
pub(super) fn all(
    mut of_objects: Vec<Misspelling>,
    comparison: &Comparison,
    options: &Options,
) -> Vec<Misspelling> {
    of_objects.extend(comparison.hooks.iter().flat_map(|hook| of(hook)));
    let own = options.application.misspelt.iter().cloned();
    of_objects.extend(own.map(|option| Misspelling {
        object: None,
        option,
    }));
    let key = |it: &Misspelling| (it.object.clone(), it.option.option.clone());
    of_objects.sort_by_cached_key(key);
    of_objects
}

/// Those that an object carries.
pub(super) fn of(object: &Object) -> impl Iterator<Item = Misspelling> {
    let options = misspelt_on(object).into_iter();
    options.map(|option| Misspelling {
        object: Some(object.reference()),
        option,
    })
}
