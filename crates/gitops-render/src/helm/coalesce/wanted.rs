//! Parts of values.

use std::collections::BTreeMap;

use super::GLOBAL;

/// Which values of a chart somebody will look at.
pub(in crate::helm) enum Wanted {
    All,
    /// Those of these keys, in each of them some.
    Keys(BTreeMap<String, Wanted>),
}

impl Default for Wanted {
    /// None.
    fn default() -> Self {
        Self::Keys(BTreeMap::new())
    }
}

impl Wanted {
    /// How many names of a path are told apart.
    const DEPTH: usize = 2;

    /// Adds the value at the end of `path`, and that of a key with such dots in it.
    pub(in crate::helm) fn add(&mut self, path: &str) {
        self.add_within(path, Self::DEPTH);
        self.add_key(path);
    }

    /// Adds the value of a key, which may have dots in it.
    pub(in crate::helm) fn add_key(&mut self, key: &str) {
        if let Self::Keys(keys) = self {
            keys.insert(key.to_owned(), Self::All);
        }
    }

    fn add_within(&mut self, path: &str, depth: usize) {
        let Self::Keys(keys) = self else {
            return;
        };
        match path.split_once('.') {
            Some((key, rest)) if depth > 1 => {
                let inner = keys.entry(key.to_owned()).or_default();
                inner.add_within(rest, depth - 1);
            }
            split => self.add_key(split.map_or(path, |(key, _)| key)),
        }
    }

    /// What is wanted of the value of a key.
    pub(super) fn of(&self, key: &str) -> Option<&Self> {
        match self {
            Self::All => Some(self),
            Self::Keys(_) if key == GLOBAL => Some(&Self::All),
            Self::Keys(keys) => keys.get(key),
        }
    }
}
