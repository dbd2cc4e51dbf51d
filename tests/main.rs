//! Everything that crosses crates, in one binary.

mod e2e;
