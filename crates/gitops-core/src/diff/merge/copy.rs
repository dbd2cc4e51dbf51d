//! Values as a merge reads them.

use serde_json::Value;

use super::{Merge, Reading};
use crate::diff::scalar::{self, is_empty_struct, is_omitted};
use crate::schema::Schema;

impl Merge {
    /// A copy of what is wanted, read as this merge reads values.
    pub(crate) fn copy(&self, schema: Option<Schema<'_>>, value: &Value) -> Value {
        if self.reading == Reading::Raw {
            return without_nulls(value);
        }
        match value {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key, value, schema.and_then(|schema| schema.get(key))))
                .filter(|(_, value, schema)| !is_omitted(*schema, value))
                .map(|(key, value, schema)| (key, self.copy(schema, value), schema))
                .filter(|(_, value, schema)| {
                    self.reading == Reading::Document || !is_empty_struct(*schema, value)
                })
                .map(|(key, value, _)| (key.clone(), value))
                .collect(),
            Value::Array(list) => {
                let schema = schema.and_then(Schema::element);
                list.iter().map(|value| self.copy(schema, value)).collect()
            }
            _ => scalar::canonical(schema, value).unwrap_or_else(|| value.clone()),
        }
    }
}

/// The value as the server would write it.
pub(crate) fn canonical(schema: Option<Schema<'_>>, value: &Value) -> Value {
    Merge::new(Reading::Canonical, schema.is_some()).copy(schema, value)
}

/// The value as the server would write it, with the empty structs it has.
pub(crate) fn document(schema: Option<Schema<'_>>, value: &Value) -> Value {
    Merge::new(Reading::Document, schema.is_some()).copy(schema, value)
}

/// The value without the keys that are null; a patch drops them too.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
        Value::Array(list) => list.iter().map(without_nulls).collect(),
        _ => value.clone(),
    }
}
