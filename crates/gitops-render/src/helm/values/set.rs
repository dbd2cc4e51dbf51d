//! The grammar of `--set` and its siblings.

use serde_json::{Map, Value};

/// How many names may follow each other.
const MAX_NAMES: usize = 30;

/// The largest index of a list.
const MAX_INDEX: usize = 65_536;

/// How many indices may follow each other; the reference has no bound.
const MAX_INDICES: usize = 100;

/// Elements that a list may have in one expression.
const MAX_ELEMENTS: usize = 65_536;

type Outcome<T> = Result<T, String>;

/// Whether there is more to read.
#[derive(PartialEq)]
enum Next {
    Pair,
    End,
}

/// What follows a `=`.
trait Reader {
    fn read(&self, input: &mut Input<'_>) -> Outcome<Value>;
}

/// Sets what `path=value` pairs say; `value` makes a value of its text.
pub(super) fn expression(
    data: &mut Map<String, Value>,
    text: &str,
    value: &dyn Fn(&str) -> Outcome<Value>,
) -> Outcome<()> {
    pairs(data, text, &Plain(value), true)
}

/// Sets what `path=<JSON>` pairs say.
pub(super) fn json(data: &mut Map<String, Value>, text: &str) -> Outcome<()> {
    pairs(data, text, &Json, true)
}

/// Sets the one path to the rest of the text.
pub(super) fn literal(data: &mut Map<String, Value>, text: &str) -> Outcome<()> {
    pairs(data, text, &Literal, false)
}

/// The type that a value of `--set` has by its look.
pub(super) fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return true.into();
    }
    if text.eq_ignore_ascii_case("false") {
        return false.into();
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Null;
    }
    if text == "0" {
        return 0.into();
    }
    match text.parse::<i64>() {
        Ok(integer) if !text.starts_with('0') => integer.into(),
        _ => text.into(),
    }
}

fn pairs(
    data: &mut Map<String, Value>,
    text: &str,
    reader: &dyn Reader,
    escapes: bool,
) -> Outcome<()> {
    let mut input = Input {
        rest: text,
        escapes,
        elements: 0,
    };
    while key(data, &mut input, reader, 0)? == Next::Pair {}
    Ok(())
}

struct Input<'a> {
    rest: &'a str,
    /// Whether `\` takes the next character as it is, and `,` ends a pair.
    escapes: bool,
    /// List elements made so far.
    elements: usize,
}

impl Input<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// The text up to one of `stops`, and which; `None` at the end.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(char) = self.next() {
            match char {
                stop if stops.contains(&stop) => return (text, Some(stop)),
                '\\' if self.escapes => text.extend(self.next()),
                other => text.push(other),
            }
        }
        (text, None)
    }

    fn stops(&self) -> &'static [char] {
        if self.escapes {
            &['=', '[', ',', '.']
        } else {
            &['=', '[', '.']
        }
    }

    fn index(&mut self) -> Outcome<usize> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Err("error parsing index: EOF".into());
        }
        let index: i64 = text
            .parse()
            .map_err(|_| format!("error parsing index: {text:?} is no number"))?;
        let index =
            usize::try_from(index).map_err(|_| format!("negative {index} index not allowed"))?;
        if index > MAX_INDEX {
            return Err(format!(
                "index of {index} is greater than maximum supported index of {MAX_INDEX}"
            ));
        }
        self.elements += index + 1;
        if self.elements > 4 * MAX_ELEMENTS {
            return Err("the lists have too many elements".into());
        }
        Ok(index)
    }
}

/// Reads one pair, from a name on, into `data`.
fn key(
    data: &mut Map<String, Value>,
    input: &mut Input<'_>,
    reader: &dyn Reader,
    names: usize,
) -> Outcome<Next> {
    let (name, stop) = input.until(input.stops());
    match stop {
        None if name.is_empty() => Ok(Next::End),
        None => Err(format!("key {name:?} has no value")),
        Some('[') => {
            let index = input.index()?;
            let mut list = take_list(data, &name)?;
            let result = item(&mut list, index, input, reader, names, 0);
            insert(data, name, list.into());
            result
        }
        Some('=') => {
            let value = reader.read(input)?;
            insert(data, name, value);
            Ok(if input.rest.is_empty() {
                Next::End
            } else {
                Next::Pair
            })
        }
        Some(',') => Err(format!("key {name:?} has no value (cannot end with ,)")),
        Some(_) => nested(data, name, input, reader, names + 1),
    }
}

fn nested(
    data: &mut Map<String, Value>,
    name: String,
    input: &mut Input<'_>,
    reader: &dyn Reader,
    names: usize,
) -> Outcome<Next> {
    if names > MAX_NAMES {
        return Err(format!(
            "value name nested level is greater than maximum supported nested level of {MAX_NAMES}"
        ));
    }
    let mut inner = match data.remove(&name) {
        None => Map::new(),
        Some(Value::Object(map)) => map,
        Some(other) => return Err(conversion(&other, "map[string]interface {}")),
    };
    let result = key(&mut inner, input, reader, names);
    if result.is_ok() && inner.is_empty() {
        return Err(format!("key map {name:?} has no value"));
    }
    if !inner.is_empty() {
        insert(data, name, inner.into());
    }
    result
}

/// Reads on behind `[index]`.
fn item(
    list: &mut Vec<Value>,
    index: usize,
    input: &mut Input<'_>,
    reader: &dyn Reader,
    names: usize,
    indices: usize,
) -> Outcome<Next> {
    if indices > MAX_INDICES {
        return Err("too many indices follow each other".into());
    }
    let (text, stop) = input.until(&['[', '.', '=']);
    if !text.is_empty() {
        let chars: Vec<char> = text.chars().collect();
        return Err(format!("unexpected data at end of array index: {chars:?}"));
    }
    let next = match stop {
        None => return Ok(Next::End),
        Some('=') => {
            let value = reader.read(input)?;
            *at(list, index) = value;
            if input.rest.is_empty() {
                Next::End
            } else {
                Next::Pair
            }
        }
        Some('[') => {
            let inner_index = input.index()?;
            let slot = at(list, index);
            let mut inner = match slot.take() {
                Value::Null => Vec::new(),
                Value::Array(items) => items,
                other => return Err(conversion(&other, "[]interface {}")),
            };
            let result = item(&mut inner, inner_index, input, reader, names, indices + 1);
            *slot = inner.into();
            result?
        }
        Some(_) => {
            let slot = at(list, index);
            let mut inner = match slot.take() {
                Value::Object(map) => map,
                _ => Map::new(),
            };
            let result = key(&mut inner, input, reader, names);
            *slot = inner.into();
            result?
        }
    };
    Ok(next)
}

fn take_list(data: &mut Map<String, Value>, name: &str) -> Outcome<Vec<Value>> {
    match data.remove(name) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(conversion(&other, "[]interface {}")),
    }
}

/// The element at `index`, with nulls before it where there was none.
fn at(list: &mut Vec<Value>, index: usize) -> &mut Value {
    if list.len() <= index {
        list.resize(index + 1, Value::Null);
    }
    &mut list[index]
}

/// An empty name is passed over, as in `=x`.
fn insert(data: &mut Map<String, Value>, name: String, value: Value) {
    if !name.is_empty() {
        data.insert(name, value);
    }
}

/// What Go says when a value is not of the type that the path wants.
fn conversion(found: &Value, wanted: &str) -> String {
    let found = match found {
        Value::Null => {
            return format!(
                "unable to parse key: interface conversion: interface {{}} is nil, not {wanted}"
            );
        }
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}

/// Text up to a comma, or a list in braces.
struct Plain<'a>(&'a dyn Fn(&str) -> Outcome<Value>);

impl Reader for Plain<'_> {
    fn read(&self, input: &mut Input<'_>) -> Outcome<Value> {
        if let Some(rest) = input.rest.strip_prefix('{') {
            input.rest = rest;
            return self.list(input);
        }
        if input.rest.is_empty() {
            return Ok("".into());
        }
        let (text, _) = input.until(&[',']);
        self.0(&text)
    }
}

impl Plain<'_> {
    fn list(&self, input: &mut Input<'_>) -> Outcome<Value> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = input.until(&[',', '}']);
            let Some(stop) = stop else {
                return Err("list must terminate with '}'".into());
            };
            items.push(self.0(&text)?);
            if stop == '}' {
                input.rest = input.rest.strip_prefix(',').unwrap_or(input.rest);
                return Ok(items.into());
            }
        }
    }
}

/// A JSON value, with blanks and a comma behind it.
struct Json;

impl Reader for Json {
    fn read(&self, input: &mut Input<'_>) -> Outcome<Value> {
        let text = input.rest.trim_start();
        if text.is_empty() || text.starts_with(',') {
            input.rest = text.strip_prefix(',').unwrap_or(text);
            return Ok(Value::Null);
        }
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let value = match values.next() {
            Some(Ok(value)) => value,
            Some(Err(error)) => return Err(error.to_string()),
            None => Value::Null,
        };
        let rest = text[values.byte_offset()..].trim_start();
        input.rest = rest.strip_prefix(',').unwrap_or(rest);
        Ok(super::with_floats(value))
    }
}

/// All the rest, as it is.
struct Literal;

impl Reader for Literal {
    fn read(&self, input: &mut Input<'_>) -> Outcome<Value> {
        Ok(std::mem::take(&mut input.rest).into())
    }
}
