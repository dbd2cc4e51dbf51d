//! Any document can be offered as the shapes of a cluster's kinds.
#![no_main]

use std::sync::Arc;

use gitops_core::diff::{self, Settings};
use gitops_core::schema::Types;
use gitops_core::Object;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = serde_json::from_slice(bytes) else { return };
    let mut types = Types::default();
    let _ = types.add_openapi(&value);
    if let Ok(definition) = Object::new(value) {
        let _ = types.add_definition(&definition);
    }
    let kinds: Vec<_> = types.kinds().cloned().collect();
    let settings = Settings::default().types(types);
    for kind in kinds {
        let value = json!({
            "apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {"name": "a"},
            "spec": {"a": [{"name": "a"}, {"b": {}}], "b": {"a": null}, "name": 1},
        });
        let Ok(object) = Object::new(value) else { continue };
        let object = Arc::new(object);
        assert!(!diff::diff(Some(&object), Some(&object), &settings).is_modified());
    }
});
