//! Two files with one object each.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use gitops_core::api::ResourceIgnoreDifferences;
use gitops_core::diff::{self, Choice, Diff, Settings};
use gitops_core::ignore::Rules;
use gitops_core::patch::LAST_APPLIED;
use gitops_core::{Object, yaml};

use crate::{Arguments, Strategy};

pub(crate) fn compare(target: &Path, live: &Path, arguments: &Arguments) -> Result<Diff> {
    let (target, mut live) = (Arc::new(object(target)?), object(live)?);
    let answer = arguments.answer.as_deref().map(object).transpose()?;
    let server_side = arguments.strategy == Strategy::ServerSide;
    let mut choice = Choice::default();
    choice.server_side_apply = server_side || arguments.strategy == Strategy::Structured;
    let settings = Settings::default().ignore(rules(arguments)?).choice(choice);
    if arguments.strategy == Strategy::TwoWay {
        live.set_annotation(LAST_APPLIED, None);
    }
    let live = Arc::new(live);
    match answer.filter(|_| server_side) {
        Some(answer) => {
            diff::with_answer(&target, &live, &answer, &settings).map_err(|reason| anyhow!(reason))
        }
        None => Ok(diff::diff(Some(&target), Some(&live), &settings)),
    }
}

fn rules(arguments: &Arguments) -> Result<Rules> {
    let Some(file) = &arguments.ignore else {
        return Ok(Rules::default());
    };
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| name.to_string())?;
    let value = yaml::read(&text, &yaml::Options::default()).with_context(|| name.to_string())?;
    let rules: Vec<ResourceIgnoreDifferences> =
        serde_json::from_value(value).with_context(|| name.to_string())?;
    Ok(Rules::compile(rules)?)
}

fn object(path: &Path) -> Result<Object> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| name.to_string())?;
    let value = yaml::read(&text, &yaml::Options::default()).with_context(|| name.to_string())?;
    Object::new(value).with_context(|| name.to_string())
}
