//! Places that a comparison leaves out, as a tree of map keys.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scalar::is_empty;

/// Places that a comparison leaves out, as a tree of map keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skip {
    /// The rule that names this very place.
    rule: Option<usize>,
    below: BTreeMap<Box<str>, Skip>,
}

impl Skip {
    /// Leaves out the place at the end of `path`, on behalf of `rule`.
    pub(crate) fn insert<'a>(&mut self, path: impl IntoIterator<Item = &'a str>, rule: usize) {
        let mut place = self;
        for key in path {
            place = place.below.entry(key.into()).or_default();
        }
        place.rule.get_or_insert(rule);
    }

    /// Takes all these places out of a document.
    pub(crate) fn remove_from(&self, document: &mut Value) {
        let Value::Object(map) = document else {
            return;
        };
        for (key, skip) in &self.below {
            if skip.rule.is_some() {
                map.remove(&**key);
            } else if let Some(value) = map.get_mut(&**key) {
                let was_empty = is_empty(value);
                skip.remove_from(value);
                // A map that a rule emptied would differ from one that was never there.
                if !was_empty && is_empty(value) {
                    map.remove(&**key);
                }
            }
        }
    }

    /// Whether nothing is left out.
    pub(crate) fn is_empty(&self) -> bool {
        self.below.is_empty()
    }

    /// What is left out below `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.below.get(key)
    }

    /// The rule that leaves out this place and all below it.
    pub(crate) fn rule(&self) -> Option<usize> {
        self.rule
    }
}
