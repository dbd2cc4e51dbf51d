//! Maps: shared and mutable, as Go's are.

use std::any::Any;
use std::cell::{self, OnceCell, Ref, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::entries::Entries;
use super::{Text, Value, drop_nested};
use crate::gotemplate::function;

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

/// Makes the entries of a map when they are first looked at.
pub trait Deferred: Any {
    /// The keys and values; of a key that comes several times the last value counts.
    ///
    /// The map itself cannot be looked at meanwhile.
    fn entries(&self) -> Vec<(Arc<str>, Value)>;
}

/// A reference to a map that does not keep it.
#[derive(Clone)]
pub struct WeakMap(Weak<Cell>);

#[derive(Default)]
struct Cell {
    map_type: MapType,
    /// Go tells a map that was never made from an empty one in JSON.
    nil: bool,
    entries: OnceCell<RefCell<Entries>>,
    /// What makes the entries when they are first looked at.
    deferred: cell::Cell<Option<Rc<dyn Deferred>>>,
    /// The map whose entries these are, where this is one under another type.
    of: Option<Map>,
}

/// The type of a map, which `typeOf` and `%T` show.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub enum MapType {
    /// `map[string]interface {}`.
    #[default]
    Any,
    /// `map[string]string`, where a missing key is the empty string.
    Strings,
    /// A named type over `map[string]interface {}`.
    Named(&'static NamedType),
}

/// A named type of maps, with its methods.
///
/// ```
/// use gitops_render::gotemplate::{
///     Functions, Limits, Map, MapType, NamedType, Templates, Value,
/// };
///
/// static LABELS: NamedType = NamedType {
///     name: "main.Labels",
///     methods: &["Selector"],
///     call: |map, _, _| {
///         let pairs = map.entries().into_iter();
///         let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
///         Ok(pairs.join(",").into())
///     },
/// };
///
/// let labels = Map::of(MapType::Named(&LABELS));
/// labels.insert("app", "web".into());
/// labels.insert("tier", "front".into());
/// let mut templates = Templates::new(Functions::builtin());
/// templates.parse("t", "{{ .app }} {{ .Selector }} {{ printf `%T` . }}")?;
/// let text = templates.render("t", &labels.into(), &Limits::default())?;
/// assert_eq!(text, "web app=web,tier=front main.Labels");
/// # Ok::<(), gitops_render::gotemplate::Error>(())
/// ```
pub struct NamedType {
    /// The name as Go prints it.
    pub name: &'static str,
    /// The names of the methods, which come before keys.
    pub methods: &'static [&'static str],
    /// Calls a method of a map.
    pub call: Method,
}

/// Calls the method of a name with arguments.
pub type Method = fn(&Map, &str, &[Value]) -> Result<Value, function::Error>;

impl PartialEq for MapType {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for MapType {}

impl fmt::Debug for MapType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl MapType {
    /// The type as Go prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Strings => "map[string]string",
            Self::Named(named) => named.name,
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
            entries: OnceCell::new(),
            deferred: cell::Cell::default(),
            of: None,
        }))
    }

    /// A map whose entries are made when they are first looked at.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use gitops_render::gotemplate::{Deferred, Map, Value};
    ///
    /// struct Squares(i64);
    ///
    /// impl Deferred for Squares {
    ///     fn entries(&self) -> Vec<(Arc<str>, Value)> {
    ///         let squares = (0..self.0).map(|it| (it.to_string().into(), Value::Int(it * it)));
    ///         squares.collect()
    ///     }
    /// }
    ///
    /// let map = Map::deferred(Squares(4));
    /// assert_eq!(map.len(), 4);
    /// assert_eq!(map.get("3").map(|it| it.to_string()), Some("9".into()));
    /// ```
    pub fn deferred(entries: impl Deferred) -> Self {
        let map = Self::new();
        map.0.deferred.set(Some(Rc::new(entries)));
        map
    }

    /// What makes the entries, as long as nobody has looked at them.
    #[cfg(feature = "helm")]
    pub(crate) fn unseen(&self) -> Option<Rc<dyn Deferred>> {
        let deferred = self.holder().0.deferred.take()?;
        self.holder().0.deferred.set(Some(Rc::clone(&deferred)));
        Some(deferred)
    }

    /// The same map under another type: what changes in one changes in the other.
    ///
    /// ```
    /// use gitops_render::gotemplate::{Map, MapType, Value};
    ///
    /// let map = Map::new();
    /// let strings = map.converted(MapType::Strings);
    /// strings.insert("a", "x".into());
    /// assert!(map.contains("a") && map.is(&strings));
    /// assert_eq!(strings.map_type().name(), "map[string]string");
    /// ```
    #[must_use]
    pub fn converted(&self, map_type: MapType) -> Self {
        if self.map_type() == map_type {
            return self.clone();
        }
        Self(Rc::new(Cell {
            map_type,
            nil: self.0.nil,
            entries: OnceCell::new(),
            deferred: cell::Cell::default(),
            of: Some(self.holder().clone()),
        }))
    }

    /// The map that holds the entries.
    fn holder(&self) -> &Self {
        self.0.of.as_ref().unwrap_or(self)
    }

    fn cell(&self) -> &RefCell<Entries> {
        let cell = &self.holder().0;
        cell.entries.get_or_init(|| {
            let made = cell.deferred.take().map(|it| it.entries());
            RefCell::new(made.unwrap_or_default().into())
        })
    }

    /// The nil map of a type: empty, and `null` in JSON.
    pub fn nil(map_type: MapType) -> Self {
        Self(Rc::new(Cell {
            map_type,
            nil: true,
            entries: OnceCell::new(),
            deferred: cell::Cell::default(),
            of: None,
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
        self.cell().borrow().get(key).cloned()
    }

    /// Whether the key is there.
    pub fn contains(&self, key: &str) -> bool {
        self.cell().borrow().get(key).is_some()
    }

    /// Sets a key.
    pub fn insert(&self, key: impl Into<Arc<str>>, value: Value) {
        let former = self.cell().borrow_mut().insert(key.into(), value);
        // Dropping may reach back into this map, so the borrow has ended before.
        drop(former);
    }

    /// Removes a key.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.cell().borrow_mut().remove(key)
    }

    /// Removes all keys.
    pub fn clear(&self) {
        let former = std::mem::take(&mut *self.cell().borrow_mut());
        drop(former);
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.cell().borrow().len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The keys and values as they are now, in the order of the keys.
    pub fn entries(&self) -> Vec<(Arc<str>, Value)> {
        let entries = self.cell().borrow();
        let pairs = entries
            .iter()
            .map(|(key, value)| (Arc::clone(key), value.clone()));
        pairs.collect()
    }

    /// Whether two handles are the same map.
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.holder().0, &other.holder().0)
    }

    /// The entries themselves; nothing may change the map meanwhile.
    pub(crate) fn borrow(&self) -> Ref<'_, Entries> {
        self.cell().borrow()
    }

    /// A reference that does not keep the map, for those that must find circles.
    pub fn downgrade(&self) -> WeakMap {
        WeakMap(Rc::downgrade(&self.holder().0))
    }

    pub(super) fn dismantle(self, rest: &mut Vec<Value>) {
        if let Some(mut cell) = Rc::into_inner(self.0) {
            let entries = cell.entries.take().map(RefCell::into_inner);
            let values = entries.into_iter().flat_map(Entries::into_values);
            rest.extend(values.filter(Value::holds_values));
            rest.extend(cell.of.take().map(Value::Map));
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
        let Some(entries) = self.entries.get_mut().map(RefCell::get_mut) else {
            return;
        };
        if entries.values().any(Value::holds_values) {
            drop_nested(std::mem::take(entries).into_values());
        }
    }
}

impl<K: Into<Text>> FromIterator<(K, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, Value)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let entries = pairs.map(|(key, value)| (key.into().into_key(), value));
        Self(Rc::new(Cell {
            map_type: MapType::Any,
            nil: false,
            entries: RefCell::new(entries.collect()).into(),
            deferred: cell::Cell::default(),
            of: None,
        }))
    }
}
