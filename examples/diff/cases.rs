//! One case a line in, one verdict a line out.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use gitops_core::Object;
use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::diff::{self, Document};
use gitops_core::installation::Installation;
use gitops_core::tracking::Tracking;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Case {
    target: Option<Value>,
    live: Option<Value>,
    /// An Application's rules.
    ignore: Option<Vec<ResourceIgnoreDifferences>>,
    /// The installation's `resource.customizations`, by `group/Kind`.
    overrides: Option<Value>,
    options: Option<Options>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    ignore_aggregated_roles: bool,
}

/// Judges every case of a file. A case that cannot be judged has its reason in the
/// answer, and the next one is judged all the same.
pub(crate) fn judge(path: &Path) -> Result<()> {
    let name = path.display();
    let file = std::fs::File::open(path).with_context(|| name.to_string())?;
    let mut output = std::io::stdout().lock();
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| name.to_string())?;
        if line.trim().is_empty() {
            continue;
        }
        let verdict = verdict(&line)
            .unwrap_or_else(|error| json!({"modified": false, "error": format!("{error:#}")}));
        writeln!(output, "{verdict}")?;
    }
    Ok(())
}

fn verdict(line: &str) -> Result<Value> {
    let case: Case = serde_json::from_str(line)?;
    let settings = settings(&case)?;
    let object = |value: Option<Value>| value.map(Object::new).transpose();
    let (target, live) = (object(case.target)?, object(case.live)?);
    ensure!(
        target.is_some() || live.is_some(),
        "neither target nor live"
    );
    let migrated = match (&target, &live) {
        (Some(target), Some(live)) => Tracking::default().migrated(live, target),
        _ => None,
    };
    let (target, live) = (target.map(Arc::new), migrated.or(live).map(Arc::new));
    let diff = diff::diff(target.as_ref(), live.as_ref(), &settings);
    let modified = diff.is_modified();
    let (live, predicted) = match (&target, &live) {
        (Some(target), Some(live)) if !modified => {
            let document = diff::normalized(target, live, &settings);
            (Some(document.clone()), Some(document))
        }
        _ => (diff.live, diff.predicted),
    };
    Ok(answer(modified, live, predicted))
}

fn answer(modified: bool, live: Option<Document>, predicted: Option<Document>) -> Value {
    json!({"modified": modified, "predicted": predicted, "live": live})
}

/// The settings as an installation's `argocd-cm` and an Application would give them.
fn settings(case: &Case) -> Result<diff::Settings> {
    let options = case.options.as_ref();
    let compare = json!({
        "ignoreResourceStatusField": "none",
        "ignoreAggregatedRoles": options.is_some_and(|options| options.ignore_aggregated_roles),
    });
    let mut data = BTreeMap::from([("resource.compareoptions".to_owned(), compare.to_string())]);
    if let Some(overrides) = &case.overrides {
        data.insert("resource.customizations".into(), overrides.to_string());
    }
    let (installation, warnings) = Installation::read(&data)?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    Ok(installation.diff(case.ignore.as_deref().unwrap_or_default())?)
}
