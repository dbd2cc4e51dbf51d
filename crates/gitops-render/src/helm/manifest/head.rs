//! What Helm reads of a document to sort it.

use gitops_core::yaml;
use gitops_core::yaml::subset::Beyond;
use serde_json::{Map, Value};

use super::outline;

/// What Helm reads of a document.
#[derive(Default)]
pub(super) struct Head {
    /// Empty where the document says none.
    pub(super) kind: String,
    /// The value of the hook annotation.
    pub(super) hook: Option<String>,
}

impl Head {
    /// Reads a document; the error has its line and Helm's words.
    pub(super) fn read(text: &str) -> Result<Self, (Option<usize>, String)> {
        let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
        match outline::head(text, &options) {
            Ok(head) => Ok(head),
            Err(Beyond) => Self::of_value(text, &options),
        }
    }

    /// Reads a document of whatever YAML, and says what is wrong with it.
    fn of_value(text: &str, options: &yaml::Options) -> Result<Self, (Option<usize>, String)> {
        let value = yaml::read(text, options).map_err(|error| {
            let (line, problem) = (error.line, &error.problem);
            let message = format!("error converting YAML to JSON: yaml: line {line}: {problem}");
            (Some(line), message)
        })?;
        let wrong = |found: &str, wanted: &str| {
            let message = format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {wanted}"
            );
            (None, message)
        };
        let map = match value {
            Value::Null => Map::new(),
            Value::Object(map) => map,
            other => return Err(wrong(kind(&other), "value of type util.SimpleHead")),
        };
        let text = |map: &Map<String, Value>, field: &str| match map.get(field) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(value) => scalar(value).ok_or_else(|| {
                wrong(
                    kind(value),
                    &format!("struct field SimpleHead.{field} of type string"),
                )
            }),
        };
        text(&map, "apiVersion")?;
        let mut head = Self {
            kind: text(&map, "kind")?,
            hook: None,
        };
        let metadata = match map.get("metadata") {
            None | Some(Value::Null) => return Ok(head),
            Some(Value::Object(metadata)) => metadata,
            Some(other) => return Err(wrong(kind(other), "struct field SimpleHead.metadata")),
        };
        text(metadata, "name")?;
        let annotations = match metadata.get("annotations") {
            None | Some(Value::Null) => return Ok(head),
            Some(Value::Object(annotations)) => annotations,
            Some(other) => {
                let wanted =
                    "struct field SimpleHead.metadata.annotations of type map[string]string";
                return Err(wrong(kind(other), wanted));
            }
        };
        for key in annotations.keys() {
            text(annotations, key)?;
        }
        if annotations.contains_key("helm.sh/hook") {
            head.hook = Some(text(annotations, "helm.sh/hook")?);
        }
        Ok(head)
    }
}

/// The text of a scalar, as Go reads YAML where text is wanted.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
