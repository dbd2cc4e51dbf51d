//! The entries of a map, in the order of their keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Value;

/// So many entries at most stand in a row, in which a key is found sooner than in a tree:
/// nearly all keys of other lengths are passed over without a look at them.
const ROW: usize = 64;

/// For so many entries room is made before they come.
const EXPECTED: usize = 1024;

type Entry = (Arc<str>, Value);

pub(crate) enum Entries {
    /// Few, as nearly all maps have.
    Row(Vec<Entry>),
    /// As many as somebody likes.
    Tree(BTreeMap<Arc<str>, Value>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Row(Vec::new())
    }
}

impl Entries {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Row(row) => row.len(),
            Self::Tree(tree) => tree.len(),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Row(row) => {
                let found = row.iter().find(|(known, _)| **known == *key);
                found.map(|(_, value)| value)
            }
            Self::Tree(tree) => tree.get(key),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Value)> {
        let (row, tree) = match self {
            Self::Row(row) => (row.as_slice(), None),
            Self::Tree(tree) => ([].as_slice(), Some(tree)),
        };
        let row = row.iter().map(|(key, value)| (key, value));
        row.chain(tree.into_iter().flatten())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = Value> {
        let (row, tree) = match self {
            Self::Row(row) => (row, BTreeMap::new()),
            Self::Tree(tree) => (Vec::new(), tree),
        };
        let row = row.into_iter().map(|(_, value)| value);
        row.chain(tree.into_values())
    }

    /// Sets a key; gives the value it had.
    pub(super) fn insert(&mut self, key: Arc<str>, value: Value) -> Option<Value> {
        let row = match self {
            Self::Row(row) => row,
            Self::Tree(tree) => return tree.insert(key, value),
        };
        match place(row, &key) {
            Ok(at) => return Some(std::mem::replace(&mut row[at].1, value)),
            Err(at) => row.insert(at, (key, value)),
        }
        if row.len() > ROW {
            *self = Self::Tree(row.drain(..).collect());
        }
        None
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Value> {
        match self {
            Self::Row(row) => place(row, key).ok().map(|at| row.remove(at).1),
            Self::Tree(tree) => tree.remove(key),
        }
    }
}

/// Where a key is in a row, or where it belongs.
fn place(row: &[Entry], key: &str) -> Result<usize, usize> {
    row.binary_search_by(|(known, _)| (**known).cmp(key))
}

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let entries = entries.into_iter();
        // What may fail has no lower bound, and mostly does not.
        let expected = entries.size_hint().1.unwrap_or_default();
        let mut row: Vec<Entry> = Vec::with_capacity(expected.min(EXPECTED));
        row.extend(entries);
        row.into()
    }
}

/// Of a key that comes several times, the last value counts.
impl From<Vec<Entry>> for Entries {
    fn from(mut row: Vec<Entry>) -> Self {
        if !row.is_sorted_by(|(before, _), (after, _)| before < after) {
            row.sort_by(|(a, _), (b, _)| a.cmp(b));
            row.dedup_by(|(key, value), (before, kept)| {
                let is_same = key == before;
                if is_same {
                    std::mem::swap(value, kept);
                }
                is_same
            });
        }
        if row.len() > ROW {
            return Self::Tree(row.into_iter().collect());
        }
        Self::Row(row)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown<'a>(
        entries: impl Iterator<Item = (&'a Arc<str>, &'a Value)>,
    ) -> Vec<(String, String)> {
        entries
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect()
    }

    proptest! {
        #[test]
        fn entries_are_those_of_a_tree(
            first in prop::collection::vec((0..60_u8, any::<i64>()), 0..50),
            then in prop::collection::vec((0..60_u8, prop::option::of(any::<i64>())), 0..100),
        ) {
            let entry = |(key, value): (u8, i64)| -> Entry {
                (key.to_string().into(), Value::Int(value))
            };
            let mut entries: Entries = first.iter().copied().map(entry).collect();
            let mut tree: BTreeMap<Arc<str>, Value> = first.into_iter().map(entry).collect();
            for (key, value) in then {
                let former = if let Some(value) = value {
                    let (key, value) = entry((key, value));
                    (entries.insert(Arc::clone(&key), value.clone()), tree.insert(key, value))
                } else {
                    let key = key.to_string();
                    (entries.remove(&key), tree.remove(&*key))
                };
                let [ours, theirs] = [former.0, former.1].map(|it| it.map(|it| it.to_string()));
                prop_assert_eq!(ours, theirs);
                let key = key.to_string();
                prop_assert_eq!(entries.get(&key).is_some(), tree.contains_key(&*key));
                prop_assert_eq!(entries.len(), tree.len());
            }
            prop_assert_eq!(shown(entries.iter()), shown(tree.iter()));
            prop_assert_eq!(entries.into_values().count(), tree.len());
        }
    }
}
