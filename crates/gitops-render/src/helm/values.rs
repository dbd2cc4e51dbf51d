//! The values a user gives to a chart.

use std::fmt;

use serde_json::{Map, Number, Value};

use super::Error;
use super::chart::{overlay, values_file};
use crate::gotemplate::{Map as Table, Value as Template};

mod set;

/// Values from files and from `--set` and its siblings, the later over the earlier.
///
/// ```
/// use gitops_render::helm::Values;
///
/// let mut values = Values::new();
/// values.file("values.yaml", "image: {tag: v1}\nreplicas: 2")?;
/// values.set("image.tag=v2")?;
/// assert_eq!(values.to_json()["image"]["tag"], "v2");
/// # Ok::<(), gitops_render::helm::Error>(())
/// ```
///
/// Numbers of files are floats and those of `--set` are integers, as templates
/// tell them apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(Map<String, Value>);

impl Values {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the YAML of a file called `name`.
    ///
    /// # Errors
    ///
    /// When the text is no YAML, or no map.
    pub fn file(&mut self, name: &str, text: &str) -> Result<(), Error> {
        self.object(values_file(name, text)?);
        Ok(())
    }

    /// Adds values that are read already.
    pub fn object(&mut self, object: Map<String, Value>) {
        let floats = object
            .into_iter()
            .map(|(key, value)| (key, with_floats(value)));
        overlay(&mut self.0, floats.collect());
    }

    /// Adds a `--set` expression, such as `image.tag=v2,list={a,b}`.
    ///
    /// # Errors
    ///
    /// When the expression does not parse or goes through a scalar.
    pub fn set(&mut self, expression: &str) -> Result<(), Error> {
        self.parse("--set", expression, |text| Ok(set::typed(text)))
    }

    /// Adds a `--set-string` expression: like `--set`, but every value is text.
    ///
    /// # Errors
    ///
    /// As [`Values::set`].
    pub fn set_string(&mut self, expression: &str) -> Result<(), Error> {
        self.parse("--set-string", expression, |text| Ok(text.into()))
    }

    /// Adds a `--set-file` expression: every value names a file, whose text `read`
    /// gives.
    ///
    /// # Errors
    ///
    /// As [`Values::set`], and when `read` fails.
    pub fn set_file<E: fmt::Display>(
        &mut self,
        expression: &str,
        read: impl Fn(&str) -> Result<String, E>,
    ) -> Result<(), Error> {
        let text = |path: &str| {
            let text = read(path);
            text.map(Value::String).map_err(|error| error.to_string())
        };
        self.parse("--set-file", expression, text)
    }

    /// Adds a `--set-json` expression: `path=<JSON>` pairs, or one object.
    ///
    /// # Errors
    ///
    /// As [`Values::set`].
    pub fn set_json(&mut self, expression: &str) -> Result<(), Error> {
        let flag = "--set-json";
        if expression.trim_start().starts_with('{') {
            let object = serde_json::from_str(expression).map_err(|error| Error::Set {
                flag,
                message: error.to_string(),
            })?;
            self.object(object);
            return Ok(());
        }
        set::json(&mut self.0, expression).map_err(|message| Error::Set { flag, message })
    }

    /// Adds a `--set-literal` expression: one path, and text as it is.
    ///
    /// # Errors
    ///
    /// As [`Values::set`].
    pub fn set_literal(&mut self, expression: &str) -> Result<(), Error> {
        let flag = "--set-literal";
        set::literal(&mut self.0, expression).map_err(|message| Error::Set { flag, message })
    }

    /// The values as JSON.
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    pub(super) fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    fn parse(
        &mut self,
        flag: &'static str,
        expression: &str,
        value: impl Fn(&str) -> Result<Value, String>,
    ) -> Result<(), Error> {
        set::expression(&mut self.0, expression, &value)
            .map_err(|message| Error::Set { flag, message })
    }
}

impl From<Map<String, Value>> for Values {
    fn from(object: Map<String, Value>) -> Self {
        let mut values = Self::new();
        values.object(object);
        values
    }
}

/// The value with floats for all its numbers, as Go reads JSON.
fn with_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => number
            .as_f64()
            .and_then(Number::from_f64)
            .map_or(Value::Null, Value::Number),
        Value::Array(items) => items.into_iter().map(with_floats).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, with_floats(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

/// The template engine's form of values of ours: floats stay floats, and whole
/// numbers are those of `--set`.
pub(super) fn to_template(map: &Map<String, Value>) -> Table {
    let entries = map.iter();
    let entries = entries.map(|(key, value)| (key.as_str(), converted(value)));
    entries.collect()
}

fn converted(value: &Value) -> Template {
    match value {
        Value::Null => Template::Nil,
        Value::Bool(value) => Template::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Template::Int64(integer),
            None => file_number(number),
        },
        Value::String(text) => Template::string(text.as_str()),
        Value::Array(items) => Template::list(items.iter().map(converted)),
        Value::Object(map) => Template::Map(to_template(map)),
    }
}

/// A number of a file, where all of them are floats.
pub(super) fn file_number(number: &Number) -> Template {
    Template::Float(number.as_f64().unwrap_or_default())
}

#[cfg(test)]
mod tests;
