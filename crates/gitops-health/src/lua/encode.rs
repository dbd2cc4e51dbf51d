//! Tables to JSON, with the reference's rules for what is a list.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::ffi::c_void;

use mlua::Table;
use serde_json::{Map, Value};

use super::budget::Budget;
use super::lazy::Source;
use super::number;

/// Nesting beyond this is refused, so that no script can exhaust the thread's stack.
const DEEPEST: usize = 200;
/// What a value costs of the run's instructions.
const COST: u64 = 20;

/// Why a table has no JSON.
#[derive(Debug)]
pub(super) enum Fault {
    /// The reference's words, with its prefix for every level.
    Told(String),
    /// The run used up its limits while its result was read.
    Expired,
    /// The virtual machine failed.
    Machine(mlua::Error),
}

impl From<mlua::Error> for Fault {
    fn from(error: mlua::Error) -> Self {
        Self::Machine(error)
    }
}

/// The JSON of a script's result.
pub(super) fn encode(table: &Table, source: &Source<'_>, budget: &Budget) -> Result<Value, Fault> {
    let mut encoder = Encoder {
        source,
        budget,
        visited: HashSet::new(),
    };
    encoder
        .value(&mlua::Value::Table(table.clone()), 0)
        .map_err(prefixed)
}

/// Go's encoder says which type's own encoder failed, once a level.
fn prefixed(fault: Fault) -> Fault {
    match fault {
        Fault::Told(text) => Fault::Told(format!(
            "json: error calling MarshalJSON for type json.jsonValue: {text}"
        )),
        other => other,
    }
}

fn told<T>(text: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Told(text.into()))
}

struct Encoder<'a, 'b> {
    source: &'a Source<'b>,
    budget: &'a Budget,
    /// A table may occur once: the reference takes a second time for a loop.
    visited: HashSet<*const c_void>,
}

impl Encoder<'_, '_> {
    fn value(&mut self, value: &mlua::Value, depth: usize) -> Result<Value, Fault> {
        if !self.budget.spend(COST) {
            return Err(Fault::Expired);
        }
        match value {
            mlua::Value::Nil => Ok(Value::Null),
            mlua::Value::Boolean(flag) => Ok(Value::Bool(*flag)),
            mlua::Value::Integer(whole) => Ok(Value::from(*whole)),
            mlua::Value::Number(float) => json_number(*float),
            mlua::Value::String(text) => Ok(Value::String(text.to_string_lossy())),
            mlua::Value::Table(table) => self.table(table, depth),
            other => told(format!("cannot encode {} to JSON", other.type_name())),
        }
    }

    fn table(&mut self, table: &Table, depth: usize) -> Result<Value, Fault> {
        if depth > DEEPEST || !self.visited.insert(table.to_pointer()) {
            return told("cannot encode recursively nested tables to JSON");
        }
        if let Some(node) = self.source.node(table)? {
            return Ok(seen_by_scripts(node));
        }
        let entries = self.entries(table)?;
        if entries.has_other {
            return told("cannot encode mixed or invalid key types");
        }
        if entries.list.is_empty() && !entries.map.is_empty() {
            return self.map(entries.map, depth);
        }
        for (place, index) in (1_i64..).zip(entries.list.keys()) {
            if *index != place {
                return told("cannot encode sparse array");
            }
        }
        if !entries.map.is_empty() {
            return told("cannot encode mixed or invalid key types");
        }
        entries
            .list
            .values()
            .map(|value| self.value(value, depth + 1).map_err(prefixed))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array)
    }

    fn map(
        &mut self,
        entries: BTreeMap<String, mlua::Value>,
        depth: usize,
    ) -> Result<Value, Fault> {
        let mut map = Map::new();
        for (key, value) in entries {
            map.insert(key, self.value(&value, depth + 1).map_err(prefixed)?);
        }
        Ok(Value::Object(map))
    }

    fn entries(&self, table: &Table) -> Result<Entries, Fault> {
        let mut entries = Entries::default();
        for pair in table.pairs::<mlua::Value, mlua::Value>() {
            if !self.budget.spend(COST) {
                return Err(Fault::Expired);
            }
            let (key, value) = pair?;
            match key {
                mlua::Value::String(key) => {
                    entries.map.insert(key.to_string_lossy(), value);
                }
                mlua::Value::Integer(index) => {
                    entries.list.insert(index, value);
                }
                mlua::Value::Number(float) => match number::whole(float) {
                    Some(index) => {
                        entries.list.insert(index, value);
                    }
                    None => return told("cannot encode sparse array"),
                },
                _ => entries.has_other = true,
            }
        }
        Ok(entries)
    }
}

/// What a table holds, by the type of its keys.
#[derive(Default)]
struct Entries {
    list: BTreeMap<i64, mlua::Value>,
    map: BTreeMap<String, mlua::Value>,
    has_other: bool,
}

fn json_number(float: f64) -> Result<Value, Fault> {
    if let Some(whole) = number::whole(float) {
        return Ok(Value::from(whole));
    }
    match serde_json::Number::from_f64(float) {
        Some(number) => Ok(Value::Number(number)),
        None => told(format!("json: unsupported value: {}", number::text(float))),
    }
}

/// An untouched part of the object, as it would come back from a script.
fn seen_by_scripts(node: &Value) -> Value {
    match node {
        Value::Array(list) => Value::Array(
            list.iter()
                .filter(|value| !value.is_null())
                .map(seen_by_scripts)
                .collect(),
        ),
        Value::Object(map) => {
            let entries: Map<String, Value> = map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), seen_by_scripts(value)))
                .collect();
            if entries.is_empty() {
                // A table without entries is a list.
                return Value::Array(Vec::new());
            }
            Value::Object(entries)
        }
        Value::Number(number) => number
            .as_f64()
            .and_then(|float| json_number(float).ok())
            .unwrap_or(Value::Null),
        other => other.clone(),
    }
}
