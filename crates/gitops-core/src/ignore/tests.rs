//! What tests of rules have in common.

use crate::api::ResourceIgnoreDifferences;

/// A rule for objects of every kind.
pub(crate) fn rule_of_every_kind(
    pointers: &[&str],
    expressions: &[&str],
    managers: &[&str],
) -> ResourceIgnoreDifferences {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    ResourceIgnoreDifferences {
        group: "*".into(),
        kind: "*".into(),
        json_pointers: texts(pointers),
        jq_path_expressions: texts(expressions),
        managed_fields_managers: texts(managers),
        ..ResourceIgnoreDifferences::default()
    }
}
