mod data;
mod generate;
mod ignored;
mod laws;
mod nothing;
mod reference;
mod rows;
mod server;

use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::api::ResourceIgnoreDifferences;
use crate::ignore::Rules;
use crate::ignore::tests::rule_of_every_kind;

pub(super) fn object(value: &Value) -> Arc<Object> {
    Arc::new(Object::new(value.clone()).unwrap())
}

/// Rules for every kind, without the one for `/status`.
pub(super) fn rules(pointers: &[&str], expressions: &[&str], managers: &[&str]) -> Rules {
    Rules::only([rule_of_every_kind(pointers, expressions, managers)]).unwrap()
}

pub(super) fn without_rules() -> Settings {
    Settings::default().ignore(rules(&[], &[], &[]))
}

/// As for an Application that syncs by server-side apply.
pub(super) fn structured() -> Choice {
    Choice {
        server_side_apply: true,
        ..Choice::default()
    }
}
