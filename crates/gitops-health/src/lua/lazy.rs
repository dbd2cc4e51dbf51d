//! A JSON object as a script sees it, converted as far as the script looks.
//!
//! Every table begins as a stub that remembers its place in the JSON. The first
//! look at it fills one level, whose own maps and lists are stubs again.

use std::cell::RefCell;

use mlua::{IntoLua, LightUserData, Lua, Table};
use serde_json::Value;

/// The JSON behind the stubs of one run.
pub(super) struct Source<'a> {
    nodes: RefCell<Vec<&'a Value>>,
    /// The metatable that marks a stub.
    lazy: Table,
}

/// The key under which a stub keeps its place; no script can make this value.
const PLACE: LightUserData = LightUserData(std::ptr::null_mut());

impl<'a> Source<'a> {
    pub(super) fn new(lazy: Table) -> Self {
        Self {
            nodes: RefCell::new(Vec::with_capacity(16)),
            lazy,
        }
    }

    /// `value` as a script sees it: null is absent, numbers are doubles.
    pub(super) fn value(&self, lua: &Lua, value: &'a Value) -> mlua::Result<mlua::Value> {
        Ok(match value {
            Value::Null => mlua::Value::Nil,
            Value::Bool(flag) => mlua::Value::Boolean(*flag),
            Value::Number(number) => mlua::Value::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => text.as_str().into_lua(lua)?,
            Value::Array(_) | Value::Object(_) => mlua::Value::Table(self.stub(lua, value)?),
        })
    }

    fn stub(&self, lua: &Lua, value: &'a Value) -> mlua::Result<Table> {
        let table = lua.create_table()?;
        let mut nodes = self.nodes.borrow_mut();
        if !is_empty(value) {
            table.raw_set(PLACE, nodes.len())?;
            table.set_metatable(Some(self.lazy.clone()))?;
            nodes.push(value);
        }
        Ok(table)
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
        match node {
            Some(Value::Array(list)) => {
                // Null has no place in a list: what follows moves up.
                for (at, value) in (1_i64..).zip(list.iter().filter(|value| !value.is_null())) {
                    table.raw_set(at, self.value(lua, value)?)?;
                }
            }
            Some(Value::Object(map)) => {
                for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                    table.raw_set(key.as_str(), self.value(lua, value)?)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => true,
    }
}
