//! A JSON object as a script sees it, converted as far as the script looks.
//!
//! Every large table begins as a stub that remembers its place in the JSON. The
//! first look at it fills one level, whose own maps and lists are stubs again.

use std::cell::RefCell;

use mlua::{IntoLua, LightUserData, Lua, Table};
use serde_json::{Map, Value};

/// The JSON behind the stubs of one run.
pub(super) struct Source<'a> {
    nodes: RefCell<Vec<&'a Value>>,
    /// The metatable that marks a stub.
    lazy: Table,
}

/// The key under which a stub keeps its place; no script can make this value.
const PLACE: LightUserData = LightUserData(std::ptr::null_mut());
/// Room made in a stub ahead of its filling.
const MOST_ROOM: usize = 16;
/// A map of at most so many plain values may be filled at once: that costs
/// little more than a stub, and scripts look at most conditions of a list.
const SMALL: usize = 8;
/// How many values are filled that way when one level is looked at.
const MOST_AHEAD: usize = 64;

impl<'a> Source<'a> {
    pub(super) fn new(lazy: Table) -> Self {
        Self {
            nodes: RefCell::new(Vec::with_capacity(16)),
            lazy,
        }
    }

    /// `value` as a script sees it.
    pub(super) fn object(&self, lua: &Lua, value: &'a Value) -> mlua::Result<Table> {
        Level::new(self, lua).stub(value)
    }

    /// The JSON behind a stub that was not looked at yet.
    pub(super) fn node(&self, table: &Table) -> mlua::Result<Option<&'a Value>> {
        let place: Option<usize> = table.raw_get(PLACE)?;
        Ok(place.and_then(|place| self.nodes.borrow().get(place).copied()))
    }

    /// Fills one level of a stub, which is a plain table afterwards.
    pub(super) fn expand(&self, lua: &Lua, table: &Table) -> mlua::Result<()> {
        table.set_metatable(None)?;
        let node = self.node(table)?;
        table.raw_set(PLACE, mlua::Value::Nil)?;
        let mut level = Level::new(self, lua);
        match node {
            Some(Value::Array(list)) => {
                // Null has no place in a list: what follows moves up.
                let values = list.iter().filter(|value| !value.is_null());
                (1_usize..)
                    .zip(values)
                    .try_for_each(|(at, value)| level.set(table, at, value))
            }
            Some(Value::Object(map)) => level.fill(table, map),
            _ => Ok(()),
        }
    }
}

/// One level of tables while it is filled.
struct Level<'s, 'a> {
    source: &'s Source<'a>,
    lua: &'s Lua,
    /// How many values may still be filled ahead.
    ahead: usize,
}

impl<'s, 'a> Level<'s, 'a> {
    fn new(source: &'s Source<'a>, lua: &'s Lua) -> Self {
        Self {
            source,
            lua,
            ahead: MOST_AHEAD,
        }
    }

    /// Sets a field as scripts see it: null is absent, numbers are doubles.
    fn set(&mut self, table: &Table, key: impl IntoLua, value: &'a Value) -> mlua::Result<()> {
        match value {
            Value::Null => Ok(()),
            Value::Bool(flag) => table.raw_set(key, *flag),
            Value::Number(number) => table.raw_set(key, number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => table.raw_set(key, text.as_str()),
            Value::Object(map) if is_small(map) && map.len() <= self.ahead => {
                self.ahead -= map.len();
                let small = self.lua.create_table_with_capacity(0, map.len())?;
                self.fill(&small, map)?;
                table.raw_set(key, small)
            }
            Value::Array(_) | Value::Object(_) => table.raw_set(key, self.stub(value)?),
        }
    }

    fn fill(&mut self, table: &Table, map: &'a Map<String, Value>) -> mlua::Result<()> {
        map.iter()
            .try_for_each(|(key, value)| self.set(table, key.as_str(), value))
    }

    fn stub(&self, value: &'a Value) -> mlua::Result<Table> {
        let (items, fields) = match value {
            Value::Array(list) => (list.len(), 0),
            Value::Object(map) => (0, map.len()),
            _ => (0, 0),
        };
        if items + fields == 0 {
            return self.lua.create_table();
        }
        let room = (items.min(MOST_ROOM), fields.min(MOST_ROOM) + 1);
        let table = self.lua.create_table_with_capacity(room.0, room.1)?;
        let mut nodes = self.source.nodes.borrow_mut();
        table.raw_set(PLACE, nodes.len())?;
        table.set_metatable(Some(self.source.lazy.clone()))?;
        nodes.push(value);
        Ok(table)
    }
}

fn is_small(map: &Map<String, Value>) -> bool {
    map.len() <= SMALL
        && !map
            .values()
            .any(|value| value.is_array() || value.is_object())
}
