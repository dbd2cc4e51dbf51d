//! Places that a comparison leaves out, as a tree of map keys.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scalar::is_empty;

/// Places that a comparison leaves out, as a tree of map keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skip {
    /// Whether a rule names this very place.
    named: bool,
    below: BTreeMap<Box<str>, Skip>,
}

impl Skip {
    /// Leaves out the place at the end of `path`.
    pub(crate) fn insert<'a>(&mut self, path: impl IntoIterator<Item = &'a str>) {
        let mut place = self;
        for key in path {
            place = place.below.entry(key.into()).or_default();
        }
        place.named = true;
    }

    /// Takes all these places out of a document.
    pub(crate) fn remove_from(&self, document: &mut Value) {
        let Value::Object(map) = document else {
            return;
        };
        for (key, skip) in &self.below {
            if skip.named {
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

    /// Whether this place and all below it are left out.
    pub(crate) fn is_named(&self) -> bool {
        self.named
    }
}
