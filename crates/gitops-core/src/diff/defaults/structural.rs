//! Defaults that a custom resource's schema tells.

use serde_json::Value;

use crate::schema::Schema;

/// Sets every field of a custom resource that is absent and has a default, where the
/// map around it is there or has a default itself.
pub(super) fn fill_in(schema: Schema<'_>, object: &mut Value) {
    // Metadata are the server's own type, whose defaults are no schema's.
    let metadata = object.get_mut("metadata").map(Value::take);
    below(schema, object);
    if let Some(metadata) = metadata {
        object["metadata"] = metadata;
    }
}

fn below(schema: Schema<'_>, value: &mut Value) {
    match value {
        Value::Object(map) => {
            let fields = schema.as_struct().map_or(&[][..], |found| &found.fields);
            for field in fields {
                if let Some(default) = &field.default
                    && map.get(&*field.name).is_none_or(Value::is_null)
                {
                    map.insert(field.name.to_string(), default.clone());
                }
            }
            for (key, child) in map {
                if let Some(schema) = schema.get(key) {
                    below(schema, child);
                }
            }
        }
        Value::Array(list) => {
            if let Some(element) = schema.element() {
                for child in list {
                    below(element, child);
                }
            }
        }
        _ => {}
    }
}
