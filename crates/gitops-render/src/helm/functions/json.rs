//! JSON, as Go's encoder writes it.

mod syntax;

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::{ANY, Entry, Outcome, STRING, failed, takes};
use crate::gotemplate::function::{Call, Error};
use crate::gotemplate::number::format_float;
use crate::gotemplate::{Limit, List, MAX_DEPTH, Map, MapType, Text, Value};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("toJson", takes(&[ANY]), |call| {
        or_empty(write(call, Style::Compact))
    }),
    ("mustToJson", takes(&[ANY]), |call| {
        write(call, Style::Compact)
    }),
    ("toPrettyJson", takes(&[ANY]), |call| {
        or_empty(write(call, Style::Pretty))
    }),
    ("mustToPrettyJson", takes(&[ANY]), |call| {
        write(call, Style::Pretty)
    }),
    ("toRawJson", takes(&[ANY]), |call| write(call, Style::Raw)),
    ("mustToRawJson", takes(&[ANY]), |call| {
        write(call, Style::Raw)
    }),
    ("fromJson", takes(&[STRING]), |call| {
        Ok(match read(&call.text(0)) {
            Ok(Json::Null) => Map::nil(MapType::Any).into(),
            Ok(Json::Object(entries)) => with_floats(&Json::Object(entries)),
            Ok(other) => error_map(&mismatch(&other, MAP_TYPE)),
            Err(message) => error_map(&message),
        })
    }),
    ("fromJsonArray", takes(&[STRING]), |call| {
        Ok(match read(&call.text(0)) {
            Ok(Json::Null) => List::nil(crate::gotemplate::ListType::Any).into(),
            Ok(Json::Array(items)) => with_floats(&Json::Array(items)),
            Ok(other) => Value::list([mismatch(&other, LIST_TYPE).into()]),
            Err(message) => Value::list([message.into()]),
        })
    }),
    ("mustFromJson", takes(&[STRING]), |call| {
        match read(&call.text(0)) {
            Ok(json) => Ok(with_floats(&json)),
            Err(message) => failed(message),
        }
    }),
];

pub(super) const MAP_TYPE: &str = "map[string]interface {}";
pub(super) const LIST_TYPE: &str = "[]interface {}";

/// How a failed `from…` shows in the result.
pub(super) fn error_map(message: &str) -> Value {
    [("Error", message.into())]
        .into_iter()
        .collect::<Map>()
        .into()
}

pub(super) fn mismatch(json: &Json, wanted: &str) -> String {
    let found = match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

/// The JSON with every number a `float64`, as Go reads it into an `interface {}`.
pub(in crate::helm) fn with_floats(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::Float(number.as_f64().unwrap_or_default()),
        Json::Array(items) => Value::list(items.iter().map(with_floats)),
        Json::Object(entries) => {
            let pairs = entries
                .iter()
                .map(|(key, value)| (key.as_str(), with_floats(value)));
            Value::Map(pairs.collect())
        }
        other => other.into(),
    }
}

fn read(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).or_else(|error| match syntax::error(text) {
        Some(message) => Err(message),
        // Halves of surrogate pairs are no mistake for Go.
        None => serde_json::from_str(&syntax::without_lone_surrogates(text))
            .map_err(|_| error.to_string()),
    })
}

/// The plain forms hide an error, but not a bound.
fn or_empty(written: Outcome) -> Outcome {
    match written {
        Err(Error::Failed(_)) => Ok("".into()),
        other => other,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Compact,
    Pretty,
    /// Compact, with `<`, `>` and `&` as they are.
    Raw,
}

fn write(call: &Call<'_>, style: Style) -> Outcome {
    let mut writer = Writer {
        text: String::new(),
        style,
        depth: 0,
        objects: 0,
        limit: call.output_limit(),
    };
    writer.value(call.value(0))?;
    Ok(writer.text.into())
}

struct Writer {
    text: String,
    style: Style,
    depth: usize,
    /// How many objects are types over each other here.
    objects: usize,
    limit: usize,
}

impl Writer {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        if self.text.len() > self.limit {
            return Err(Limit::Output(self.limit).into());
        }
        match value {
            Value::Nil => self.text.push_str("null"),
            Value::Bool(value) => self.text.push_str(if *value { "true" } else { "false" }),
            Value::Int(number) | Value::Int64(number) => self.display(number),
            Value::Uint8(number) => self.display(number),
            Value::Uint64(number) => self.display(number),
            Value::Float(number) if number.is_finite() => self.text.push_str(&json_float(*number)),
            Value::Float(number) => {
                let shown = format_float(*number, 'g', None);
                return failed(format!("json: unsupported value: {shown}"));
            }
            Value::String(text) => self.string(text),
            Value::Bytes(bytes) => {
                self.string(&STANDARD.encode(bytes).into());
            }
            Value::List(list) if list.is_nil() => self.text.push_str("null"),
            Value::Map(map) if map.is_nil() => self.text.push_str("null"),
            Value::List(list) => self.list(list)?,
            Value::Map(map) => {
                let entries = map.borrow();
                self.entries(entries.iter().map(|(key, value)| (&**key, value)))?;
            }
            Value::Object(object) => match (object.underlying(), object.json_text()) {
                (Some(value), _) => self.underlying(&value)?,
                (None, Some(text)) => self.string(&text.into()),
                (None, None) => {
                    let fields = object.json_fields();
                    self.entries(fields.iter().map(|(name, value)| (&**name, value)))?;
                }
            },
        }
        Ok(())
    }

    fn display(&mut self, number: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{number}");
    }

    fn deeper(&mut self, write: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        if self.depth >= MAX_DEPTH {
            return Err(Limit::Nesting(MAX_DEPTH).into());
        }
        self.depth += 1;
        let written = write(self);
        self.depth -= 1;
        written
    }

    /// What an object is a type over, on the object's own level.
    fn underlying(&mut self, value: &Value) -> Result<(), Error> {
        self.objects += 1;
        if self.objects > MAX_DEPTH {
            return Err(Limit::Nesting(MAX_DEPTH).into());
        }
        let written = self.value(value);
        self.objects -= 1;
        written
    }

    fn line(&mut self) {
        if self.style == Style::Pretty {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn list(&mut self, list: &List) -> Result<(), Error> {
        self.text.push('[');
        self.deeper(|writer| {
            for (index, item) in list.iter().enumerate() {
                writer.text.push_str(if index > 0 { "," } else { "" });
                writer.line();
                writer.value(item)?;
            }
            Ok(())
        })?;
        if !list.is_empty() {
            self.line();
        }
        self.text.push(']');
        Ok(())
    }

    fn entries<'v>(
        &mut self,
        entries: impl Iterator<Item = (&'v str, &'v Value)>,
    ) -> Result<(), Error> {
        self.text.push('{');
        let mut empty = true;
        self.deeper(|writer| {
            for (key, value) in entries {
                writer.text.push_str(if empty { "" } else { "," });
                empty = false;
                writer.line();
                writer.escaped(key);
                writer.text.push_str(if writer.style == Style::Pretty {
                    ": "
                } else {
                    ":"
                });
                writer.value(value)?;
            }
            Ok(())
        })?;
        if !empty {
            self.line();
        }
        self.text.push('}');
        Ok(())
    }

    fn string(&mut self, text: &Text) {
        self.text.push('"');
        for chunk in text.as_bytes().utf8_chunks() {
            self.characters(chunk.valid());
            for _ in chunk.invalid() {
                self.code(char::REPLACEMENT_CHARACTER);
            }
        }
        self.text.push('"');
    }

    fn escaped(&mut self, text: &str) {
        self.text.push('"');
        self.characters(text);
        self.text.push('"');
    }

    fn characters(&mut self, text: &str) {
        for char in text.chars() {
            match char {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\x08' => self.text.push_str("\\b"),
                '\x0c' => self.text.push_str("\\f"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => self.code(char),
                '<' | '>' | '&' if self.style != Style::Raw => self.code(char),
                char => self.text.push(char),
            }
        }
    }

    fn code(&mut self, char: char) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "\\u{:04x}", u32::from(char));
    }
}

/// A float as Go's JSON writes it: never an exponent between 1e-6 and 1e21.
fn json_float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return format!("{value}");
    }
    // Go strips the zero that pads an exponent of one digit: `e-09` is `e-9`.
    let text = format_float(value, 'e', None);
    text.replace("e-0", "e-")
}
