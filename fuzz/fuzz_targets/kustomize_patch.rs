//! An object, and a patch of either kind.
#![no_main]

use gitops_core::yaml;
use gitops_render::kustomize::Node;
use gitops_render::kustomize::patch::{json, schema::Schema, strategic};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let read = |text: &str| yaml::read(text, &yaml::Options::default());
    let (Ok(mut object), Ok(patch)) = (read(texts.0), read(texts.1)) else { return };
    let schema = Schema::built_in();
    let _ = strategic::merge(Node::from_value(&object), &Node::from_value(&patch), &schema);
    if let Ok(operations) = serde_json::from_value::<Vec<json::Operation>>(patch) {
        let _ = json::apply(&mut object, &operations);
    }
});
