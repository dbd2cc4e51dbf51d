//! What `resource.customizations` and the keys below it say, by kind.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Error, parse, setting};
use crate::GroupKind;
use crate::api::ResourceIgnoreDifferences;
use crate::diff::KnownField;

/// The sorts of customizations; others are errors.
const KINDS: [&str; 6] = [
    "health",
    "useOpenLibs",
    "actions",
    "ignoreDifferences",
    "ignoreResourceUpdates",
    "knownTypeFields",
];
const CUSTOMIZATIONS: &str = "resource.customizations";

/// One entry of the map that holds everything of a kind.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Legacy {
    #[serde(rename = "ignoreDifferences")]
    ignore_differences: String,
    #[serde(rename = "knownTypeFields")]
    known_type_fields: Vec<KnownField>,
}

/// What is said about one kind.
#[derive(Default)]
pub(super) struct Customization {
    pub(super) ignore_differences: Option<ResourceIgnoreDifferences>,
    pub(super) known_type_fields: Vec<KnownField>,
}

/// All customizations. A key of its own counts more than the kind's entry in the map
/// that holds everything.
pub(super) fn customizations(
    data: &BTreeMap<String, String>,
) -> Result<BTreeMap<GroupKind, Customization>, Error> {
    let mut all = in_map(data)?;
    for (key, text) in data {
        let Some((sort, kind)) = customization(key)? else {
            continue;
        };
        let known = all.entry(kind).or_default();
        match sort {
            "ignoreDifferences" => {
                let lists = parse(key, text)?;
                known.ignore_differences = lists.or(known.ignore_differences.take());
            }
            "knownTypeFields" => known.known_type_fields = parse(key, text)?.unwrap_or_default(),
            _ => {}
        }
    }
    Ok(all)
}

/// Those in the map that holds everything.
fn in_map(data: &BTreeMap<String, String>) -> Result<BTreeMap<GroupKind, Customization>, Error> {
    let legacy: BTreeMap<String, Legacy> = setting(data, CUSTOMIZATIONS)?.unwrap_or_default();
    let read = |(kind, legacy): (String, Legacy)| {
        let (group, kind) = kind.split_once('/').unwrap_or(("", &kind));
        let customization = Customization {
            ignore_differences: parse(CUSTOMIZATIONS, &legacy.ignore_differences)?,
            known_type_fields: legacy.known_type_fields,
        };
        Ok((GroupKind::new(group, kind), customization))
    };
    legacy.into_iter().map(read).collect()
}

/// The sort and kind of a customization's key: `resource.customizations.<sort>.<kind>`.
fn customization(key: &str) -> Result<Option<(&str, GroupKind)>, Error> {
    let Some(rest) = key
        .strip_prefix(CUSTOMIZATIONS)
        .and_then(|rest| rest.strip_prefix('.'))
    else {
        return Ok(None);
    };
    let error = |reason: &str| Error {
        key: key.to_owned(),
        reason: reason.to_owned(),
    };
    let (sort, kind) = rest.split_once('.').ok_or_else(|| error("names no kind"))?;
    if !KINDS.contains(&sort) {
        return Err(error("is no known customization"));
    }
    let parts: Vec<&str> = kind.split('_').collect();
    let kind = match parts.as_slice() {
        ["all"] => GroupKind::new("*", "*"),
        [kind] => GroupKind::new("", kind),
        [group, kind] => GroupKind::new(group, kind),
        _ => return Err(error("must end in group_Kind or Kind")),
    };
    Ok(Some((sort, kind)))
}
