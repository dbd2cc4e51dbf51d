//! The grammar of `--set` and its siblings.

mod readers;

use serde_json::{Map, Value};

use self::readers::{Json, Literal, Plain};

/// How many names may follow each other.
const MAX_NAMES: usize = 30;

/// The largest index of a list.
const MAX_INDEX: usize = 65_536;

/// How many indices may follow each other; the reference has no bound.
const MAX_INDICES: usize = 100;

/// Elements that a list may have in one expression.
const MAX_ELEMENTS: usize = 65_536;

type Outcome<T> = Result<T, String>;

/// How a pair ended.
#[derive(PartialEq)]
enum Next {
    /// With a value; there may be another pair.
    Pair,
    /// With the text, too soon, which Helm takes for the end of the expression.
    End,
}

/// What follows a `=`.
trait Reader {
    fn read(&self, input: &mut Input<'_>) -> Outcome<Value>;

    /// Whether the text ends where the value should begin.
    fn is_at_end(&self, _input: &Input<'_>) -> bool {
        false
    }
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
        reader,
        escapes,
        elements: 0,
    };
    while key(data, &mut input, 0)? == Next::Pair {}
    Ok(())
}

struct Input<'a> {
    rest: &'a str,
    reader: &'a dyn Reader,
    /// Whether `\` takes the next character as it is, and `,` ends a pair.
    escapes: bool,
    /// List elements made so far.
    elements: usize,
}

impl Input<'_> {
    /// What follows a `=`.
    fn value(&mut self) -> Outcome<Value> {
        let reader = self.reader;
        reader.read(self)
    }

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

    /// The number up to `]`; `None` where the text ends before, and with it, as far
    /// as Helm is concerned, the expression.
    fn index(&mut self) -> Outcome<Option<usize>> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Ok(None);
        }
        let index: i64 = text.parse().map_err(|_| {
            format!("error parsing index: strconv.Atoi: parsing {text:?}: invalid syntax")
        })?;
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
        Ok(Some(index))
    }
}

/// Reads one pair, from a name on, into `data`.
fn key(data: &mut Map<String, Value>, input: &mut Input<'_>, names: usize) -> Outcome<Next> {
    let (name, stop) = input.until(input.stops());
    match stop {
        None if name.is_empty() => Ok(Next::End),
        None => Err(format!("key {name:?} has no value")),
        Some('[') => {
            let Some(index) = input.index()? else {
                return Ok(Next::End);
            };
            let mut list = take_list(data, &name)?;
            let result = item(&mut list, index, input, names, 0);
            insert(data, name, list.into());
            result
        }
        Some('=') => {
            let next = if input.reader.is_at_end(input) {
                Next::End
            } else {
                Next::Pair
            };
            let value = input.value()?;
            insert(data, name, value);
            Ok(next)
        }
        Some(',') => Err(format!("key {name:?} has no value (cannot end with ,)")),
        Some(_) => nested(data, name, input, names + 1),
    }
}

fn nested(
    data: &mut Map<String, Value>,
    name: String,
    input: &mut Input<'_>,
    names: usize,
) -> Outcome<Next> {
    if names > MAX_NAMES {
        return Err(format!(
            "value name nested level is greater than maximum supported nested level of {MAX_NAMES}"
        ));
    }
    let (mut inner, is_known) = match data.remove(&name) {
        None => (Map::new(), false),
        Some(Value::Object(map)) => (map, true),
        Some(other) => return Err(conversion(&other, "map[string]interface {}")),
    };
    let result = key(&mut inner, input, names);
    if matches!(result, Ok(Next::Pair)) && inner.is_empty() {
        return Err(format!("key map {name:?} has no value"));
    }
    if is_known || !inner.is_empty() {
        insert(data, name, inner.into());
    }
    result
}

/// Reads on behind `[index]`.
fn item(
    list: &mut Vec<Value>,
    index: usize,
    input: &mut Input<'_>,
    names: usize,
    indices: usize,
) -> Outcome<Next> {
    if indices > MAX_INDICES {
        return Err("too many indices follow each other".into());
    }
    let (text, stop) = input.until(&['[', '.', '=']);
    if !text.is_empty() {
        let quoted: Vec<String> = text.chars().map(|char| format!("{char:?}")).collect();
        let quoted = quoted.join(" ");
        return Err(format!("unexpected data at end of array index: [{quoted}]"));
    }
    match stop {
        None => Ok(Next::End),
        Some('=') => {
            *at(list, index) = input.value()?;
            Ok(Next::Pair)
        }
        Some('[') => item_of_list(list, index, input, names, indices + 1),
        Some(_) => item_of_map(list, index, input, names),
    }
}

/// Reads on behind `[index][`.
fn item_of_list(
    list: &mut Vec<Value>,
    index: usize,
    input: &mut Input<'_>,
    names: usize,
    indices: usize,
) -> Outcome<Next> {
    let Some(inner_index) = input.index()? else {
        return Ok(Next::End);
    };
    let mut inner = match list.get(index) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.clone(),
        Some(other) => return Err(conversion(other, "[]interface {}")),
    };
    let next = item(&mut inner, inner_index, input, names, indices)?;
    if next == Next::Pair {
        *at(list, index) = inner.into();
    }
    Ok(next)
}

/// Reads on behind `[index].`.
fn item_of_map(
    list: &mut Vec<Value>,
    index: usize,
    input: &mut Input<'_>,
    names: usize,
) -> Outcome<Next> {
    let is_known = index < list.len();
    let mut inner = match list.get_mut(index).map(Value::take) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let next = key(&mut inner, input, names)?;
    if is_known || next == Next::Pair {
        *at(list, index) = inner.into();
    }
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
