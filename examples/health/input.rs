//! Objects, scripts and configuration from files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use gitops_core::{Object, yaml};
use gitops_health::Overrides;
use gitops_health::lua::Runtime;
use serde_json::{Value, json};

/// The object in a file.
pub(crate) fn object(path: &Path) -> Result<Object> {
    let mut value = read(path)?;
    let metadata = &mut value["metadata"];
    if metadata.is_null() {
        *metadata = json!({});
    }
    if metadata.is_object() && metadata["name"].is_null() && metadata["generateName"].is_null() {
        // Its health can be told all the same.
        metadata["generateName"] = json!("unnamed-");
    }
    Ok(Object::new(value)?)
}

/// The data of a ConfigMap, which may also stand alone.
pub(crate) fn data(path: &Path) -> Result<BTreeMap<String, String>> {
    let mut value = read(path).with_context(|| path.display().to_string())?;
    if value["kind"] == "ConfigMap" {
        value = value["data"].take();
    }
    if value.is_null() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_value(value).with_context(|| format!("{}: not a map of texts", path.display()))
}

/// The scripts in a folder laid out as GROUP/KIND/health.lua.
pub(crate) fn folder(root: &Path, runtime: &Runtime) -> Result<Overrides> {
    let mut overrides = Overrides::default();
    for group in names(root)? {
        for kind in names(&root.join(&group))? {
            let script = root.join(&group).join(&kind).join("health.lua");
            if script.is_file() {
                overrides = overrides.folder(&group, &kind, &text(&script)?, runtime);
            }
        }
    }
    Ok(overrides)
}

pub(crate) fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// The folders in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Value> {
    let bytes = fs::read(path)?;
    // Of equal keys the last counts, as in the reference.
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let value = yaml::read(&yaml::decode(&bytes)?, &options)?;
    if !value.is_object() {
        bail!("not a map");
    }
    Ok(value)
}
