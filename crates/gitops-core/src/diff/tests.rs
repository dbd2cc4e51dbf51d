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

pub(super) fn object(value: &Value) -> Arc<Object> {
    Arc::new(Object::new(value.clone()).unwrap())
}

/// Rules for every kind, without the one for `/status`.
pub(super) fn rules(pointers: &[&str], expressions: &[&str], managers: &[&str]) -> Rules {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    Rules::only([ResourceIgnoreDifferences {
        group: "*".into(),
        kind: "*".into(),
        json_pointers: texts(pointers),
        jq_path_expressions: texts(expressions),
        managed_fields_managers: texts(managers),
        ..ResourceIgnoreDifferences::default()
    }])
    .unwrap()
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
