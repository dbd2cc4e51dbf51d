//! Maps: shared and mutable, as Go's are.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::{Text, Value, drop_nested};

/// A map with text as keys, in the order of the keys; cloning it shares the entries.
///
/// ```
/// use gitops_render::gotemplate::{Map, Value};
///
/// let map = Map::new();
/// let same = map.clone();
/// map.insert("a", Value::Int(1));
/// assert!(same.contains("a"));
/// ```
#[derive(Clone, Default)]
pub struct Map(Rc<Cell>);

/// A reference to a map that does not keep it.
#[derive(Clone)]
pub struct WeakMap(Weak<Cell>);

#[derive(Default)]
struct Cell {
    map_type: MapType,
    /// Go tells a map that was never made from an empty one in JSON.
    nil: bool,
    entries: RefCell<BTreeMap<Arc<str>, Value>>,
}

/// The type of a map, which `typeOf` and `%T` show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MapType {
    /// `map[string]interface {}`.
    #[default]
    Any,
    /// `map[string]string`, where a missing key is the empty string.
    Strings,
    /// A named type over `map[string]interface {}`.
    Named(&'static str),
}

impl MapType {
    /// The type as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Strings => "map[string]string",
            Self::Named(name) => name,
        }
    }

    /// What a missing key gives.
    pub(crate) fn zero(self) -> Value {
        match self {
            Self::Strings => Value::string(""),
            Self::Any | Self::Named(_) => Value::Nil,
        }
    }
}

impl Map {
    /// An empty map of any values.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map of a type.
    pub fn of(map_type: MapType) -> Self {
        Self(Rc::new(Cell {
            map_type,
            nil: false,
            entries: RefCell::default(),
        }))
    }

    /// The nil map of a type: empty, and `null` in JSON.
    pub fn nil(map_type: MapType) -> Self {
        Self(Rc::new(Cell {
            map_type,
            nil: true,
            entries: RefCell::default(),
        }))
    }

    /// Whether this is a nil map.
    pub fn is_nil(&self) -> bool {
        self.0.nil && self.is_empty()
    }

    /// The map's type.
    pub fn map_type(&self) -> MapType {
        self.0.map_type
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.0.entries.borrow().get(key).cloned()
    }

    /// Whether the key is there.
    pub fn contains(&self, key: &str) -> bool {
        self.0.entries.borrow().contains_key(key)
    }

    /// Sets a key.
    pub fn insert(&self, key: impl Into<Arc<str>>, value: Value) {
        let former = self.0.entries.borrow_mut().insert(key.into(), value);
        // Dropping may reach back into this map, so the borrow has ended before.
        drop(former);
    }

    /// Removes a key.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.0.entries.borrow_mut().remove(key)
    }

    /// Removes all keys.
    pub fn clear(&self) {
        let former = std::mem::take(&mut *self.0.entries.borrow_mut());
        drop(former);
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.entries.borrow().len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys and values as they are now, in the order of the keys.
    pub fn entries(&self) -> Vec<(Arc<str>, Value)> {
        let entries = self.0.entries.borrow();
        let pairs = entries
            .iter()
            .map(|(key, value)| (Arc::clone(key), value.clone()));
        pairs.collect()
    }

    /// Whether two handles are the same map.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The entries themselves; nothing may change the map meanwhile.
    pub(crate) fn borrow(&self) -> Ref<'_, BTreeMap<Arc<str>, Value>> {
        self.0.entries.borrow()
    }

    /// A reference that does not keep the map, for those that must find circles.
    pub fn downgrade(&self) -> WeakMap {
        WeakMap(Rc::downgrade(&self.0))
    }

    pub(super) fn dismantle(self, rest: &mut Vec<Value>) {
        if let Some(mut cell) = Rc::into_inner(self.0) {
            let entries = std::mem::take(cell.entries.get_mut());
            rest.extend(entries.into_values().filter(Value::holds_values));
        }
    }
}

impl WeakMap {
    /// The map, as long as somebody keeps it.
    pub fn upgrade(&self) -> Option<Map> {
        self.0.upgrade().map(Map)
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        let entries = self.entries.get_mut();
        if entries.values().any(Value::holds_values) {
            drop_nested(std::mem::take(entries).into_values());
        }
    }
}

impl<K: Into<Text>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let entries = pairs.map(|(key, value)| (key.into().to_key(), value));
        Self(Rc::new(Cell {
            map_type: MapType::Any,
            nil: false,
            entries: RefCell::new(entries.collect()),
        }))
    }
}
