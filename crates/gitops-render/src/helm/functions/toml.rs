//! TOML, laid out as Helm's library does.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::json::error_map;
use super::{ANY, Entry, Outcome, STRING, failed, takes, zero_value};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::number::format_float;
use crate::gotemplate::{Limit, MAX_DEPTH, Map, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("toToml", takes(&[ANY]), |call| match write(call) {
        Err(Error::Failed(message)) if !is_nil(call) => Ok(message.into()),
        other => other,
    }),
    ("mustToToml", takes(&[ANY]), write),
    ("fromToml", takes(&[STRING]), |call| {
        Ok(match call.text(0).parse::<toml::Table>() {
            Ok(table) => from_table(table),
            Err(error) => error_map(&format!("toml: {}", error.message())),
        })
    }),
];

fn from_table(table: toml::Table) -> Value {
    let pairs = table
        .into_iter()
        .map(|(key, value)| (key, from_toml(value)));
    Value::Map(pairs.collect())
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => Value::Int64(number),
        toml::Value::Float(number) => Value::Float(number),
        toml::Value::Boolean(value) => Value::Bool(value),
        toml::Value::Datetime(datetime) => super::date::from_toml(&datetime.to_string()),
        toml::Value::Array(items) => {
            let tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let items = items.into_iter().map(from_toml).collect();
            let list_type = if tables {
                crate::gotemplate::ListType::Maps
            } else {
                crate::gotemplate::ListType::Any
            };
            crate::gotemplate::List::new(list_type, items).into()
        }
        toml::Value::Table(table) => from_table(table),
    }
}

fn is_nil(call: &Call<'_>) -> bool {
    matches!(call.value(0), Value::Nil)
}

fn write(call: &Call<'_>) -> Outcome {
    let mut writer = Writer {
        text: String::new(),
        limit: call.output_limit(),
    };
    match call.value(0).underlying() {
        Value::Nil => return Err(zero_value()),
        Value::Map(map) => writer.table(&mut Vec::new(), &map)?,
        value if is_table(&value) => {
            return failed("toml: top-level values must be Go maps or structs");
        }
        value => writer.inline(&value, 0)?,
    }
    Ok(writer.text.into())
}

struct Writer {
    text: String,
    limit: usize,
}

impl Writer {
    /// Plain values first, then tables, each in the order of the keys.
    fn table(&mut self, key: &mut Vec<String>, map: &Map) -> Result<(), Error> {
        if key.len() > MAX_DEPTH {
            return Err(Limit::Nesting(MAX_DEPTH).into());
        }
        let entries: BTreeMap<_, _> = map.entries().into_iter().collect();
        let (tables, plain): (Vec<_>, Vec<_>) =
            entries.iter().partition(|(_, value)| is_table(value));
        for (name, value) in plain {
            if matches!(value, Value::Nil) {
                continue;
            }
            let indent = "  ".repeat(key.len());
            self.push(&format!("{indent}{} = ", bare_or_quoted(name)))?;
            self.inline(value, 0)?;
            self.push("\n")?;
        }
        for (name, value) in tables {
            key.push(bare_or_quoted(name));
            self.sub_table(key, value)?;
            key.pop();
        }
        Ok(())
    }

    fn sub_table(&mut self, key: &mut Vec<String>, value: &Value) -> Result<(), Error> {
        let indent = "  ".repeat(key.len() - 1);
        let name = key.join(".");
        match value.underlying() {
            Value::Map(map) => {
                if key.len() == 1 {
                    self.blank_line()?;
                }
                self.push(&format!("{indent}[{name}]\n"))?;
                self.table(key, &map)
            }
            Value::List(list) => {
                for map in list.iter().filter_map(Value::as_map) {
                    self.blank_line()?;
                    self.push(&format!("{indent}[[{name}]]\n"))?;
                    self.table(key, map)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Nothing stands above the first line.
    fn blank_line(&mut self) -> Result<(), Error> {
        if self.text.is_empty() {
            Ok(())
        } else {
            self.push("\n")
        }
    }

    fn push(&mut self, text: &str) -> Result<(), Error> {
        if self.text.len() + text.len() > self.limit {
            return Err(Limit::Output(self.limit).into());
        }
        self.text.push_str(text);
        Ok(())
    }

    fn inline(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Limit::Nesting(MAX_DEPTH).into());
        }
        match value.underlying() {
            Value::Bool(value) => self.push(&value.to_string()),
            Value::Float(number) => self.push(&float(number)),
            Value::String(text) => self.push(&quoted(&text.to_str())),
            Value::List(list) => {
                self.push("[")?;
                for (index, item) in list.iter().enumerate() {
                    self.push(if index > 0 { ", " } else { "" })?;
                    self.inline(item, depth + 1)?;
                }
                self.push("]")
            }
            Value::Map(map) => {
                self.push("{")?;
                let entries = map.entries();
                let present = entries
                    .iter()
                    .filter(|(_, value)| !matches!(value, Value::Nil));
                for (index, (key, value)) in present.enumerate() {
                    self.push(if index > 0 { ", " } else { "" })?;
                    self.push(&format!("{} = ", bare_or_quoted(key)))?;
                    self.inline(value, depth + 1)?;
                }
                self.push("}")
            }
            Value::Nil => failed("toml: cannot encode array with nil element"),
            Value::Object(object) => {
                let text = object.text().unwrap_or_default();
                self.push(&quoted(&text))
            }
            other => self.push(&other.to_string()),
        }
    }
}

fn is_table(value: &Value) -> bool {
    match value.underlying() {
        Value::Map(_) => true,
        Value::List(list) => !list.is_empty() && list.iter().all(|item| item.as_map().is_some()),
        _ => false,
    }
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number < 0.0 {
            "-inf".into()
        } else {
            "inf".into()
        };
    }
    let text = format_float(number, 'g', None);
    if text.contains(['e', '.']) {
        text
    } else {
        format!("{text}.0")
    }
}

fn bare_or_quoted(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(bare) {
        key.into()
    } else {
        quoted(key)
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\x08' => quoted.push_str("\\b"),
            '\t' => quoted.push_str("\\t"),
            '\n' => quoted.push_str("\\n"),
            '\x0c' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '\0'..='\x1f' | '\x7f' => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}
