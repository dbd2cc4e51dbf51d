//! One case a line in, one verdict a line out.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use gitops_core::Object;
use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::diff::{self, Document};
use gitops_core::ignore::Rules;
use gitops_core::tracking::Tracking;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Case {
    target: Option<Value>,
    live: Option<Value>,
    ignore: Option<Vec<ResourceIgnoreDifferences>>,
    /// Installation-wide settings by `group/Kind`.
    overrides: Option<BTreeMap<String, Override>>,
    options: Options,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Override {
    ignore_differences: Lists,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Lists {
    #[serde(rename = "JSONPointers")]
    json_pointers: Vec<String>,
    #[serde(rename = "JQPathExpressions")]
    jq_path_expressions: Vec<String>,
    managed_fields_managers: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    ignore_aggregated_roles: bool,
}

#[derive(Serialize)]
struct Verdict {
    modified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Document>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Judges every case of a file.
pub(crate) fn judge(path: &Path) -> Result<()> {
    let name = path.display();
    let file = std::fs::File::open(path).with_context(|| name.to_string())?;
    let mut output = std::io::stdout().lock();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let case: Case =
            serde_json::from_str(&line?).with_context(|| format!("{name}:{}", index + 1))?;
        let verdict = verdict(case).unwrap_or_else(|error| Verdict {
            modified: false,
            predicted: None,
            live: None,
            error: Some(format!("{error:#}")),
        });
        writeln!(output, "{}", serde_json::to_string(&verdict)?)?;
    }
    Ok(())
}

fn verdict(case: Case) -> Result<Verdict> {
    let object = |value: Option<Value>| value.map(Object::new).transpose();
    let (target, live) = (object(case.target)?, object(case.live)?);
    anyhow::ensure!(
        target.is_some() || live.is_some(),
        "neither target nor live"
    );
    let mut rules = case.ignore.unwrap_or_default();
    rules.extend(case.overrides.unwrap_or_default().into_iter().map(rule));
    let settings = diff::Settings::default()
        .ignore(Rules::only(rules)?)
        .ignore_aggregated_roles(case.options.ignore_aggregated_roles);
    let migrated = match (&target, &live) {
        (Some(target), Some(live)) => Tracking::default().migrated(live, target),
        _ => None,
    };
    let (target, live) = (target.map(Arc::new), migrated.or(live).map(Arc::new));
    let diff = diff::diff(target.as_ref(), live.as_ref(), &settings);
    Ok(Verdict {
        modified: diff.is_modified(),
        predicted: diff.predicted,
        live: diff.live,
        error: None,
    })
}

fn rule((kind, settings): (String, Override)) -> ResourceIgnoreDifferences {
    let mut rule = ResourceIgnoreDifferences::default();
    let (group, kind) = kind.split_once('/').unwrap_or(("", &kind));
    rule.group = group.into();
    rule.kind = kind.into();
    let lists = settings.ignore_differences;
    rule.json_pointers = lists.json_pointers;
    rule.jq_path_expressions = lists.jq_path_expressions;
    rule.managed_fields_managers = lists.managed_fields_managers;
    rule
}
