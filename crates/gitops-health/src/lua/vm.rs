//! One virtual machine: sandboxed, bounded, used again and again.

use std::collections::HashMap;
use std::sync::Arc;

use mlua::state::{GcIncParams, GcMode};
use mlua::{Function, HookTriggers, Lua, LuaOptions, LuaString, StdLib, Table, Value, VmState};

use super::budget::{Budget, Limits};
use super::clock::{self, Variant};
use super::encode::{self, Fault};
use super::lazy::Source;
use super::{Error, Libraries, fault, number, text};

/// How many instructions pass between two looks at the limits; each may join
/// texts as long as the memory allows.
const HOOK: u32 = 200;
/// How many compiled scripts a machine keeps.
const MOST_CHUNKS: usize = 1024;
/// Garbage is collected when the memory is so many percent of what was in use:
/// most of a machine stays for good, and looking through it is what costs.
const COLLECT_AT: i32 = 1000;

pub(super) struct Vm {
    lua: Lua,
    budget: Arc<Budget>,
    limits: Limits,
    prelude: Prelude,
    chunks: HashMap<u64, Function>,
}

/// What the prelude gives back.
struct Prelude {
    environment: Function,
    run: Function,
    /// The metatable of objects not looked at yet.
    lazy: Table,
    /// Where the prelude finds the current run's `expand`.
    state: Table,
}

/// What a script gets and is called.
pub(super) struct Input<'a> {
    pub(super) id: u64,
    pub(super) source: &'a str,
    pub(super) object: &'a serde_json::Value,
    pub(super) parameters: &'a [(String, String)],
}

/// What a script returned.
pub(super) enum Output {
    /// Nothing, or nil.
    Nothing,
    Json(serde_json::Value),
    /// Something that is no table, by its type.
    Other(&'static str),
}

impl Vm {
    pub(super) fn new(libraries: Libraries, limits: Limits) -> mlua::Result<Self> {
        let standard = StdLib::TABLE | StdLib::MATH | StdLib::STRING;
        // Lua's own `pcall`: the one that lets Rust panics through pushes results
        // without asking for room on the stack.
        let options = LuaOptions::new().catch_rust_panics(true);
        let lua = Lua::new_with(standard, options)?;
        let budget = Arc::new(Budget::new());
        budget.start(&limits);
        let prelude = Prelude::load(&lua, libraries, &budget)?;
        let hook = Arc::clone(&budget);
        lua.set_hook(
            HookTriggers::new().every_nth_instruction(HOOK),
            move |_, debug| {
                if !hook.is_expired() && hook.spend(HOOK.into()) {
                    return Ok(VmState::Continue);
                }
                Err(mlua::Error::runtime(hook.expire(debug.current_line())))
            },
        )?;
        let collector = GcIncParams::default().pause(COLLECT_AT);
        lua.gc_set_mode(GcMode::Incremental(collector));
        Ok(Self {
            lua,
            budget,
            limits,
            prelude,
            chunks: HashMap::new(),
        })
    }

    /// Compiles a script without running it.
    pub(super) fn compile(&mut self, id: u64, source: &str) -> Result<(), Error> {
        self.chunk(id, source).map(drop)
    }

    fn chunk(&mut self, id: u64, source: &str) -> Result<Function, Error> {
        if let Some(chunk) = self.chunks.get(&id) {
            return Ok(chunk.clone());
        }
        let chunk = bounded(&self.lua, self.limits.memory, || {
            self.lua
                .load(source)
                .set_name(fault::CHUNK)
                .set_mode(mlua::chunk::ChunkMode::Text)
                .into_function()
        })
        .map_err(|error| Error::Compile(fault::compile_text(&fault::innermost(&error))))?;
        if self.chunks.len() >= MOST_CHUNKS {
            self.chunks.clear();
        }
        self.chunks.insert(id, chunk.clone());
        Ok(chunk)
    }

    /// Runs a script on an object.
    pub(super) fn run(&mut self, input: &Input<'_>) -> Result<Output, Error> {
        self.budget.start(&self.limits);
        let chunk = self.chunk(input.id, input.source)?;
        let source = Source::new(self.prelude.lazy.clone());
        let limit = self.limits.memory;
        self.lua
            .scope(|scope| {
                let expand = scope.create_function(|lua, table: Table| {
                    unbounded(lua, limit, || source.expand(lua, &table))
                })?;
                self.prelude.state.raw_set("expand", expand)?;
                Ok(self.evaluate(&chunk, input, &source))
            })
            .map_err(|error| self.failed(&error, input.source))?
    }

    /// Whether the machine may be used again.
    pub(super) fn is_sound(&self) -> bool {
        if self.budget.is_expired() {
            return false;
        }
        let most = self.limits.memory / 2;
        if self.lua.used_memory() >= most && self.lua.gc_collect().is_err() {
            return false;
        }
        self.lua.used_memory() < most
    }

    fn evaluate<'a>(
        &self,
        chunk: &Function,
        input: &Input<'a>,
        source: &Source<'a>,
    ) -> Result<Output, Error> {
        let (ok, value) = self
            .call(chunk, input, source)
            .map_err(|error| self.failed(&error, input.source))?;
        if !ok {
            let told = fault::plain(&value);
            return Err(self.told(fault::translate(&told, input.source)));
        }
        match value {
            Value::Nil => Ok(Output::Nothing),
            Value::Table(table) => match encode::encode(&table, source, &self.budget) {
                Ok(json) => Ok(Output::Json(json)),
                Err(Fault::Told(text)) => Err(Error::Output(text)),
                Err(Fault::Expired) => Err(Error::Limit(self.budget.expire(None))),
                Err(Fault::Machine(error)) => Err(self.failed(&error, input.source)),
            },
            other => Ok(Output::Other(lua_type(&other))),
        }
    }

    fn call<'a>(
        &self,
        chunk: &Function,
        input: &Input<'a>,
        source: &Source<'a>,
    ) -> mlua::Result<(bool, Value)> {
        let object = source.object(&self.lua, input.object)?;
        let parameters = match input.parameters {
            [] => None,
            given => Some(self.lua.create_table_from(given.iter().cloned())?),
        };
        let environment: Table = self.prelude.environment.call((object, parameters))?;
        chunk.set_environment(environment)?;
        bounded(&self.lua, self.limits.memory, || {
            self.prelude.run.call(chunk)
        })
    }

    fn failed(&self, error: &mlua::Error, source: &str) -> Error {
        self.told(fault::translate(&fault::innermost(error), source))
    }

    /// An error's text, told apart by whether a limit was behind it.
    fn told(&self, text: String) -> Error {
        if self.budget.is_expired() || text == "not enough memory" {
            return Error::Limit(text);
        }
        Error::Runtime(text)
    }
}

impl Prelude {
    fn load(lua: &Lua, libraries: Libraries, budget: &Arc<Budget>) -> mlua::Result<Self> {
        let state = lua.create_table()?;
        let host = host(lua, budget)?;
        let made: Table = lua
            .load(include_str!("prelude.lua"))
            .set_name("=prelude")
            .call((host, state.clone(), libraries == Libraries::Open))?;
        Ok(Self {
            environment: made.get("environment")?,
            run: made.get("run")?,
            lazy: made.get("lazy")?,
            state,
        })
    }
}

/// Does what a script asks for within the memory it may use.
fn bounded<T>(lua: &Lua, most: usize, work: impl FnOnce() -> mlua::Result<T>) -> mlua::Result<T> {
    limited(lua, most, 0, work)
}

/// Does the host's own work, whose memory is in proportion to the object,
/// without asking at every step whether the script's memory is used up.
fn unbounded<T>(lua: &Lua, most: usize, work: impl FnOnce() -> mlua::Result<T>) -> mlua::Result<T> {
    limited(lua, 0, most, work)
}

fn limited<T>(
    lua: &Lua,
    during: usize,
    after: usize,
    work: impl FnOnce() -> mlua::Result<T>,
) -> mlua::Result<T> {
    lua.set_memory_limit(during)?;
    let result = work();
    lua.set_memory_limit(after)?;
    result
}

/// The functions that the prelude calls.
fn host(lua: &Lua, budget: &Arc<Budget>) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    host.set(
        "number_text",
        lua.create_function(|_, number| Ok(number::text(number)))?,
    )?;
    host.set(
        "to_number",
        lua.create_function(|_, (text, base): (LuaString, Option<u32>)| {
            Ok(number::parse(&text.to_string_lossy(), base))
        })?,
    )?;
    host.set("plain", lua.create_function(plain)?)?;
    host.set("set_faults", lua.create_function(set_faults)?)?;
    set_limits(lua, &host, budget)?;
    set_clock(lua, &host)?;
    host.set("string", text::library(lua, budget)?)?;
    let counted = Arc::clone(budget);
    host.set(
        "matches",
        lua.create_function(move |lua, arguments| text::matches(lua, &counted, &arguments))?,
    )?;
    let counted = Arc::clone(budget);
    host.set(
        "replace",
        lua.create_function(move |lua, arguments| text::replace(lua, &counted, &arguments))?,
    )?;
    Ok(host)
}

fn set_limits(lua: &Lua, host: &Table, budget: &Arc<Budget>) -> mlua::Result<()> {
    let state = Arc::clone(budget);
    host.set(
        "expired",
        lua.create_function(move |_, ()| Ok(state.is_expired()))?,
    )?;
    let state = Arc::clone(budget);
    host.set(
        "expiry",
        lua.create_function(move |_, ()| Ok(state.expire(None)))?,
    )
}

fn set_clock(lua: &Lua, host: &Table) -> mlua::Result<()> {
    for (variant, prefix) in [(Variant::Restricted, ""), (Variant::Open, "open_")] {
        let time = move |lua: &Lua, table: Option<Table>| clock::time(variant, lua, table.as_ref());
        host.set(format!("{prefix}time"), lua.create_function(time)?)?;
        let date = move |lua: &Lua, (format, time)| clock::date(variant, lua, format, time);
        host.set(format!("{prefix}date"), lua.create_function(date)?)?;
    }
    let start = std::time::Instant::now();
    host.set(
        "clock",
        lua.create_function(move |_, ()| Ok(start.elapsed().as_secs_f64()))?,
    )
}

/// A caught error as scripts may see it: our own kinds as text, theirs as they are.
fn plain(lua: &Lua, value: Value) -> mlua::Result<Value> {
    match &value {
        Value::Error(_) => lua.create_string(fault::plain(&value)).map(Value::String),
        Value::String(text) => {
            let text = fault::translate(&text.to_string_lossy(), "");
            lua.create_string(text).map(Value::String)
        }
        _ => Ok(value),
    }
}

/// What texts can do, and what other values that are no tables cannot.
#[expect(clippy::unnecessary_wraps, reason = "the virtual machine calls it")]
fn set_faults(lua: &Lua, (others, texts): (Table, Table)) -> mlua::Result<()> {
    lua.set_type_metatable::<LuaString>(Some(texts));
    lua.set_type_metatable::<mlua::Number>(Some(others.clone()));
    lua.set_type_metatable::<bool>(Some(others.clone()));
    lua.set_type_metatable::<Function>(Some(others));
    Ok(())
}

fn lua_type(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "number",
        other => other.type_name(),
    }
}
