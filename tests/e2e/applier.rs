//! The applier alone, against the server whose rules it relies on.

mod apply;
mod definitions;
mod failures;
mod ownership;
mod reading;
