//! What may follow a `=`.

use serde_json::Value;

use super::{Input, Outcome, Reader};

/// Text up to a comma, or a list in braces.
pub(super) struct Plain<'a>(pub(super) &'a dyn Fn(&str) -> Outcome<Value>);

impl Reader for Plain<'_> {
    fn is_at_end(&self, input: &Input<'_>) -> bool {
        input.rest.is_empty()
    }

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
pub(super) struct Json;

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
        Ok(super::super::with_floats(value))
    }
}

/// All the rest, as it is.
pub(super) struct Literal;

impl Reader for Literal {
    fn read(&self, input: &mut Input<'_>) -> Outcome<Value> {
        Ok(std::mem::take(&mut input.rest).into())
    }
}
