//! Maps under way: keys, duplicates and `<<`.

use std::collections::BTreeSet;

use granit_parser::Marker;
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::key;
use super::scalar::Resolved;
use crate::yaml::{Dialect, Error, Problem};

/// A map that is still open.
#[derive(Default)]
pub(super) struct MapBuilder {
    map: Map<String, Value>,
    pending: Option<Key>,
    /// Keys that came through `<<` and that the map itself has not set.
    merged: BTreeSet<String>,
    has_merge: bool,
}

enum Key {
    Text(String, Marker),
    Merge,
}

impl MapBuilder {
    /// Whether the next node is a key.
    pub(super) fn expects_key(&self) -> bool {
        self.pending.is_none()
    }

    pub(super) fn key(
        &mut self,
        key: Resolved,
        dialect: Dialect,
        mark: Marker,
    ) -> Result<(), Error> {
        if let Resolved::Merge(text) = key {
            if self.has_merge && dialect == Dialect::Kustomize {
                return Err(Error::at(mark, Problem::DuplicateKey(text)));
            }
            self.has_merge = true;
            self.pending = Some(Key::Merge);
            return Ok(());
        }
        let text = key::text(key, dialect).map_err(|problem| Error::at(mark, problem))?;
        self.pending = Some(Key::Text(text, mark));
        Ok(())
    }

    /// A key that is an alias.
    pub(super) fn aliased_key(
        &mut self,
        value: Value,
        dialect: Dialect,
        mark: Marker,
    ) -> Result<(), Error> {
        let text = key::aliased(value, dialect).map_err(|problem| Error::at(mark, problem))?;
        self.pending = Some(Key::Text(text, mark));
        Ok(())
    }

    pub(super) fn value(
        &mut self,
        value: Value,
        dialect: Dialect,
        mark: Marker,
    ) -> Result<(), Error> {
        match self.pending.take() {
            Some(Key::Text(key, mark)) => self.set(key, value, dialect, mark)?,
            Some(Key::Merge) => {
                let maps = maps(value).ok_or_else(|| Error::at(mark, Problem::Merge))?;
                self.merge(maps, dialect);
            }
            None => {}
        }
        Ok(())
    }

    fn set(
        &mut self,
        key: String,
        value: Value,
        dialect: Dialect,
        mark: Marker,
    ) -> Result<(), Error> {
        match self.map.entry(key) {
            Entry::Vacant(entry) => drop(entry.insert(value)),
            Entry::Occupied(mut entry) => {
                let was_merged = self.merged.remove(entry.key());
                if dialect != Dialect::Helm && !was_merged {
                    let key = entry.key().clone();
                    return Err(Error::at(mark, Problem::DuplicateKey(key)));
                }
                entry.insert(value);
            }
        }
        Ok(())
    }

    /// Version 2 overwrites what stands before `<<`; in version 3 the map's own keys win.
    /// In both the earlier of several maps wins.
    fn merge(&mut self, maps: Vec<Map<String, Value>>, dialect: Dialect) {
        let overwrites = dialect != Dialect::Kustomize;
        let mut incoming = Map::new();
        for map in maps.into_iter().rev() {
            incoming.extend(map);
        }
        for (key, value) in incoming {
            if !overwrites && self.map.contains_key(&key) {
                continue;
            }
            if !self.map.contains_key(&key) {
                self.merged.insert(key.clone());
            }
            self.map.insert(key, value);
        }
    }

    pub(super) fn finish(self) -> Map<String, Value> {
        self.map
    }
}

/// The maps that a value of `<<` stands for.
fn maps(value: Value) -> Option<Vec<Map<String, Value>>> {
    let list = match value {
        Value::Object(map) => return Some(vec![map]),
        Value::Array(list) => list,
        _ => return None,
    };
    list.into_iter()
        .map(|item| match item {
            Value::Object(map) => Some(map),
            _ => None,
        })
        .collect()
}
