//! Any two texts are versions or constraints, or errors.
#![no_main]

use gitops_render::version::{Constraint, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let (constraint, version) = (Constraint::parse(texts.0), Version::parse(texts.1));
    if let (Ok(constraint), Ok(version)) = (constraint, version) {
        constraint.admits(&version);
        assert!(version.precedence(&version).is_eq());
    }
});
