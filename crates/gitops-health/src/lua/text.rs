//! The `string` library: our own matcher, Go's formats, Unicode letters.

use std::sync::Arc;

use mlua::{Lua, LuaString, Table, Value, Variadic};

use super::budget::Budget;
use super::fault::raise;
use super::format::{self, Argument};
use super::number;
use super::pattern::{Capture, Error, Match, Pattern};

/// The longest text that one call makes outside the virtual machine's memory.
const LONGEST: usize = 16 << 20;
/// The most matches that one call collects.
const MOST_MATCHES: usize = 100_000;

/// The functions of `string` that are our own.
pub(super) fn library(lua: &Lua, budget: &Arc<Budget>) -> mlua::Result<Table> {
    let library = lua.create_table()?;
    library.set(
        "byte",
        lua.create_function(|lua, arguments| byte(lua, &arguments))?,
    )?;
    let functions: [(&str, Counted); 5] = [
        ("find", find),
        ("format", formatted),
        ("lower", lower),
        ("match", first_match),
        ("upper", upper),
    ];
    for (name, function) in functions {
        let budget = Arc::clone(budget);
        let counted = move |lua: &Lua, arguments| function(lua, &budget, &arguments);
        library.set(name, lua.create_function(counted)?)?;
    }
    Ok(library)
}

/// A function whose work is counted.
type Counted = fn(&Lua, &Budget, &Arguments) -> mlua::Result<Variadic<Value>>;

/// How many bytes made outside the virtual machine count as one instruction.
const BYTES_A_STEP: usize = 16;

/// Hands a text that was made here to the script, and counts it.
fn made(lua: &Lua, budget: &Budget, text: impl AsRef<[u8]>) -> mlua::Result<LuaString> {
    let steps = u64::try_from(text.as_ref().len() / BYTES_A_STEP).unwrap_or(u64::MAX);
    if !budget.spend(steps) {
        return Err(expired(lua, budget));
    }
    lua.create_string(text)
}

fn expired(lua: &Lua, budget: &Budget) -> mlua::Error {
    mlua::Error::runtime(budget.expire(super::fault::line(lua)))
}

fn one(value: Value) -> Variadic<Value> {
    std::iter::once(value).collect()
}

type Arguments = Variadic<Value>;

/// A text argument; numbers count as their text.
fn text(lua: &Lua, arguments: &Arguments, position: usize, name: &str) -> mlua::Result<LuaString> {
    match arguments.get(position - 1) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(float)) => lua.create_string(number::text(*float)),
        Some(Value::Integer(whole)) => lua.create_string(whole.to_string()),
        other => {
            let got = other.map_or("nil", Value::type_name);
            Err(raise(
                lua,
                &format!("bad argument #{position} to {name} (string expected, got {got})"),
            ))
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates at the ends")]
fn integer(arguments: &Arguments, position: usize) -> Option<i64> {
    match arguments.get(position - 1) {
        Some(Value::Integer(whole)) => Some(*whole),
        Some(Value::Number(float)) => Some(*float as i64),
        _ => None,
    }
}

/// Where a 1-based start, counted from the end if negative, lies in a text.
fn offset(start: i64, length: usize) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let start = if start < 0 {
        length.saturating_add(start)
    } else {
        start - 1
    };
    usize::try_from(start).unwrap_or_default()
}

fn byte(lua: &Lua, arguments: &Arguments) -> mlua::Result<Variadic<u8>> {
    let text = text(lua, arguments, 1, "byte")?;
    let bytes = text.as_bytes();
    let first = integer(arguments, 2).unwrap_or(1);
    let start = offset(first, bytes.len());
    let end = match (integer(arguments, 3), arguments.len()) {
        (Some(last), _) if last < 0 => offset(last, bytes.len()) + 1,
        (Some(last), _) => usize::try_from(last).unwrap_or_default(),
        (None, 2) => start + 1,
        (None, _) => bytes.len(),
    };
    let end = end.min(bytes.len());
    if end.saturating_sub(start) > 5000 {
        return Err(raise(lua, "registry overflow"));
    }
    Ok(bytes
        .get(start..end)
        .unwrap_or_default()
        .iter()
        .copied()
        .collect())
}

fn formatted(lua: &Lua, budget: &Budget, arguments: &Arguments) -> mlua::Result<Variadic<Value>> {
    let template = text(lua, arguments, 1, "format")?;
    let values: Vec<Argument> = arguments.iter().skip(1).map(argument).collect();
    let output = format::format(&template.as_bytes(), &values, LONGEST)
        .ok_or_else(|| raise(lua, "resulting string too large"))?;
    Ok(one(Value::String(made(lua, budget, output)?)))
}

#[expect(clippy::cast_precision_loss, reason = "Lua's numbers are doubles")]
fn argument(value: &Value) -> Argument {
    match value {
        Value::Number(float) => Argument::Number(*float),
        Value::Integer(whole) => Argument::Number(*whole as f64),
        Value::String(text) => Argument::Text(text.as_bytes().to_vec()),
        Value::Nil => Argument::Other("nil".into()),
        Value::Boolean(flag) => Argument::Other(flag.to_string()),
        other => Argument::Other(format!("{}: {:p}", other.type_name(), other.to_pointer())),
    }
}

fn upper(lua: &Lua, budget: &Budget, arguments: &Arguments) -> mlua::Result<Variadic<Value>> {
    let text = text(lua, arguments, 1, "upper")?.to_string_lossy();
    Ok(one(Value::String(made(lua, budget, text.to_uppercase())?)))
}

fn lower(lua: &Lua, budget: &Budget, arguments: &Arguments) -> mlua::Result<Variadic<Value>> {
    let text = text(lua, arguments, 1, "lower")?.to_string_lossy();
    Ok(one(Value::String(made(lua, budget, text.to_lowercase())?)))
}

fn search(
    lua: &Lua,
    budget: &Budget,
    (text, pattern): (&LuaString, &LuaString),
    from: usize,
    limit: usize,
) -> mlua::Result<Vec<Match>> {
    let fault = |error: Error| match error {
        Error::Malformed(text) => raise(lua, &text),
        Error::OutOfSteps if budget.spend(0) => raise(lua, "the pattern is too complex"),
        Error::OutOfSteps => expired(lua, budget),
    };
    Pattern::new(&pattern.as_bytes())
        .and_then(|pattern| pattern.find(&text.as_bytes(), from, limit, &mut &*budget))
        .map_err(fault)
}

fn find(lua: &Lua, budget: &Budget, arguments: &Arguments) -> mlua::Result<Variadic<Value>> {
    let subject = text(lua, arguments, 1, "find")?;
    let pattern = text(lua, arguments, 2, "find")?;
    let found = |start: usize, end: usize| [number(start + 1), number(end)];
    if pattern.as_bytes().is_empty() {
        return Ok(found(0, 0).into_iter().collect());
    }
    let from = offset(integer(arguments, 3).unwrap_or(1), subject.as_bytes().len());
    let is_plain = matches!(arguments.get(3), Some(value) if !matches!(value, Value::Nil | Value::Boolean(false)));
    if is_plain {
        let (subject, pattern) = (subject.as_bytes(), pattern.as_bytes());
        let rest = subject.get(from..).unwrap_or_default();
        return Ok(match position(lua, budget, rest, &pattern)? {
            Some(at) => found(from + at, from + at + pattern.len())
                .into_iter()
                .collect(),
            None => one(Value::Nil),
        });
    }
    let matches = search(lua, budget, (&subject, &pattern), from, 1)?;
    let Some(first) = matches.first() else {
        return Ok(one(Value::Nil));
    };
    let mut values: Vec<Value> = found(first.start, first.end).into();
    for capture in &first.captures {
        values.push(captured(lua, &subject, *capture)?);
    }
    Ok(values.into_iter().collect())
}

/// Where a text stands in another.
fn position(lua: &Lua, budget: &Budget, text: &[u8], wanted: &[u8]) -> mlua::Result<Option<usize>> {
    let steps = u64::try_from(1 + wanted.len() / BYTES_A_STEP).unwrap_or(u64::MAX);
    for (at, part) in text.windows(wanted.len()).enumerate() {
        // Only where the first byte fits does a comparison cost anything.
        if part.first() == wanted.first() {
            if !budget.spend(steps) {
                return Err(expired(lua, budget));
            }
            if part == wanted {
                return Ok(Some(at));
            }
        }
    }
    Ok(None)
}

/// `string.match`: no value at all where nothing matches.
fn first_match(lua: &Lua, budget: &Budget, arguments: &Arguments) -> mlua::Result<Variadic<Value>> {
    let subject = text(lua, arguments, 1, "match")?;
    let pattern = text(lua, arguments, 2, "match")?;
    let from = offset(integer(arguments, 3).unwrap_or(1), subject.as_bytes().len());
    let matches = search(lua, budget, (&subject, &pattern), from, 1)?;
    match matches.first() {
        Some(first) => values(lua, &subject, first).map(|values| values.into_iter().collect()),
        None => Ok(Variadic::new()),
    }
}

/// The captures of a match, or all of it where it has none.
fn values(lua: &Lua, subject: &LuaString, found: &Match) -> mlua::Result<Vec<Value>> {
    if found.captures.is_empty() {
        return Ok(vec![part(lua, subject, found.start, found.end)?]);
    }
    found
        .captures
        .iter()
        .map(|capture| captured(lua, subject, *capture))
        .collect()
}

fn captured(lua: &Lua, subject: &LuaString, capture: Capture) -> mlua::Result<Value> {
    match capture {
        Capture::Text { start, end } => part(lua, subject, start, end),
        Capture::Position(position) => Ok(number(position)),
    }
}

fn part(lua: &Lua, subject: &LuaString, start: usize, end: usize) -> mlua::Result<Value> {
    let bytes = subject.as_bytes();
    let part = bytes.get(start..end).unwrap_or_default();
    lua.create_string(part).map(Value::String)
}

#[expect(clippy::cast_precision_loss, reason = "no text is that long")]
fn number(value: usize) -> Value {
    Value::Number(value as f64)
}

fn limit(lua: &Lua, value: Option<i64>) -> mlua::Result<usize> {
    match value {
        Some(limit) if limit >= 0 => usize::try_from(limit)
            .map(|limit| limit.min(MOST_MATCHES))
            .map_err(|_| raise(lua, "limit out of range")),
        _ => Ok(MOST_MATCHES + 1),
    }
}

fn all(
    lua: &Lua,
    budget: &Budget,
    arguments: &Arguments,
    name: &str,
    most: Option<i64>,
) -> mlua::Result<(LuaString, Vec<Match>)> {
    let subject = text(lua, arguments, 1, name)?;
    let pattern = text(lua, arguments, 2, name)?;
    let matches = search(lua, budget, (&subject, &pattern), 0, limit(lua, most)?)?;
    if matches.len() > MOST_MATCHES {
        return Err(raise(lua, "too many matches"));
    }
    Ok((subject, matches))
}

/// The matches of a pattern as a list for the prelude: what stands before a
/// match, the match, and its values; `rest` is what follows the last.
pub(super) fn matches(lua: &Lua, budget: &Budget, arguments: &Arguments) -> mlua::Result<Table> {
    let (subject, matches) = all(lua, budget, arguments, "gsub", integer(arguments, 3))?;
    let list = lua.create_table_with_capacity(matches.len(), 1)?;
    let mut after = 0;
    for found in &matches {
        let mut entry = vec![
            part(lua, &subject, after, found.start)?,
            part(lua, &subject, found.start, found.end)?,
        ];
        entry.extend(values(lua, &subject, found)?);
        list.raw_push(lua.create_sequence_from(entry)?)?;
        after = found.end;
    }
    list.raw_set(
        "rest",
        part(lua, &subject, after, subject.as_bytes().len())?,
    )?;
    Ok(list)
}

/// `string.gsub` with a text, where `%0` to `%9` stand for captures.
pub(super) fn replace(
    lua: &Lua,
    budget: &Budget,
    arguments: &Arguments,
) -> mlua::Result<(LuaString, usize)> {
    let (subject, matches) = all(lua, budget, arguments, "gsub", integer(arguments, 4))?;
    let by = text(lua, arguments, 3, "gsub")?;
    let (bytes, by) = (subject.as_bytes(), by.as_bytes());
    let mut output = Vec::with_capacity(bytes.len());
    let mut after = 0;
    for found in &matches {
        output.extend_from_slice(bytes.get(after..found.start).unwrap_or_default());
        substitute(&mut output, &bytes, &by, found)
            .ok_or_else(|| raise(lua, "invalid capture index"))?;
        if output.len() > LONGEST {
            return Err(raise(lua, "resulting string too large"));
        }
        after = found.end;
    }
    output.extend_from_slice(bytes.get(after..).unwrap_or_default());
    Ok((made(lua, budget, output)?, matches.len()))
}

fn substitute(output: &mut Vec<u8>, subject: &[u8], by: &[u8], found: &Match) -> Option<()> {
    let mut bytes = by.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            output.push(byte);
            continue;
        }
        match bytes.next() {
            None => {}
            Some(b'%') => output.push(b'%'),
            Some(digit @ b'0'..=b'9') => {
                let part = capture_text(subject, found, usize::from(digit - b'0'))?;
                output.extend_from_slice(&part);
            }
            Some(other) => output.extend([b'%', other]),
        }
    }
    Some(())
}

/// Capture 0 is the whole match, and so is 1 where there are none.
fn capture_text(subject: &[u8], found: &Match, index: usize) -> Option<Vec<u8>> {
    let whole = subject.get(found.start..found.end).unwrap_or_default();
    match index.checked_sub(1).map(|index| found.captures.get(index)) {
        None => Some(whole.to_vec()),
        Some(None) => (index == 1).then(|| whole.to_vec()),
        Some(Some(Capture::Text { start, end })) => {
            Some(subject.get(*start..*end).unwrap_or_default().to_vec())
        }
        Some(Some(Capture::Position(position))) => Some(position.to_string().into_bytes()),
    }
}
