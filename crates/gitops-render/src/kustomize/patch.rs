//! Patches: strategic merge and JSON 6902.

mod associative;
pub mod json;
pub mod schema;
pub mod strategic;
