//! An object and a field path.
#![no_main]

use gitops_core::yaml;
use gitops_render::kustomize::Node;
use gitops_render::kustomize::transform::paths;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, bool)| {
    let (text, path, create) = input;
    let Ok(object) = yaml::read(text, &yaml::Options::default()) else { return };
    let mut object = Node::from_value(&object);
    let _ = paths::get(&object, path);
    if paths::set(&mut object, path, &Node::text("x"), create).is_ok_and(|count| count > 0) {
        let _ = object.to_value();
    }
});
