//! Charts that a chart declares and does not bring along.

use std::sync::Arc;

use gitops_core::render::{Error, Remotes};
use gitops_core::{Location, Tree, TreePath, yaml};
use serde_json::Value;

use super::chart::{Chart, Dependency};
use crate::version::{Constraint, Version};

/// Adds the declared subcharts that are missing, from where they are declared to be.
pub(super) fn complete(
    chart: &mut Chart,
    tree: &dyn Tree,
    path: &TreePath,
    remotes: &dyn Remotes,
) -> Result<(), Error> {
    let missing = chart.missing_dependencies();
    if missing.is_empty() {
        return Ok(());
    }
    let locked = Locked::read(tree, path);
    let declared = chart.metadata.dependencies.clone();
    for dependency in declared
        .iter()
        .filter(|dependency| missing.contains(&dependency.name))
    {
        let found = fetch(dependency, &locked, tree, path, remotes)?;
        let known = |chart: &Arc<Chart>| {
            chart.metadata.name == found.metadata.name
                && chart.metadata.version == found.metadata.version
        };
        if !chart.subcharts.iter().any(known) {
            chart.subcharts.push(Arc::new(found));
        }
    }
    Ok(())
}

fn fetch(
    dependency: &Dependency,
    locked: &Locked,
    tree: &dyn Tree,
    path: &TreePath,
    remotes: &dyn Remotes,
) -> Result<Chart, Error> {
    let Dependency {
        name, repository, ..
    } = dependency;
    let chart_file = path.child("Chart.yaml");
    let failed = |message: String| Error::at(&chart_file, format!("dependency {name}: {message}"));
    let found = if let Some(folder) = repository.strip_prefix("file://") {
        let folder = path
            .join(folder)
            .map_err(|error| failed(error.to_string()))?;
        Chart::load(tree, &folder).map_err(|error| failed(error.to_string()).caused_by(error))?
    } else if repository.contains("://") {
        let location = Location::chart(repository, name, locked.version(dependency));
        let files = remotes
            .tree(&location)
            .map_err(|error| failed(error.to_string()).caused_by(error))?;
        Chart::load(&*files, &TreePath::root())
            .map_err(|error| failed(error.to_string()).caused_by(error))?
    } else if repository.is_empty() {
        return Err(failed(
            "it names no repository and is not in charts/".into(),
        ));
    } else {
        return Err(failed(format!(
            "repository {repository:?} is a name that only Helm's own configuration knows; write its URL"
        )));
    };
    if found.metadata.name != *name || !admits(&dependency.version, &found.metadata.version) {
        let (found, version) = (&found.metadata.name, &found.metadata.version);
        let wanted = &dependency.version;
        return Err(failed(format!(
            "{repository} has {found} {version}, not {wanted}"
        )));
    }
    Ok(found)
}

fn admits(range: &str, version: &str) -> bool {
    if range == version {
        return true;
    }
    Constraint::parse(range)
        .is_ok_and(|range| Version::parse(version).is_ok_and(|version| range.admits(&version)))
}

/// The versions that `Chart.lock` pins.
#[derive(Default)]
struct Locked(Vec<(String, String, String)>);

impl Locked {
    /// A lock that is absent or cannot be read pins nothing.
    fn read(tree: &dyn Tree, path: &TreePath) -> Self {
        let text = ["Chart.lock", "requirements.lock"]
            .into_iter()
            .find_map(|name| tree.file(&path.child(name)).ok());
        let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
        let value =
            text.and_then(|text| yaml::read(&String::from_utf8_lossy(&text), &options).ok());
        let dependencies = value.as_ref().and_then(|value| value.get("dependencies"));
        let entries = dependencies.and_then(Value::as_array).into_iter().flatten();
        let text = |entry: &Value, field: &str| {
            entry
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Self(
            entries
                .map(|entry| {
                    (
                        text(entry, "name"),
                        text(entry, "repository"),
                        text(entry, "version"),
                    )
                })
                .collect(),
        )
    }

    /// The pinned version where it is still among those that will do, else the range.
    fn version(&self, dependency: &Dependency) -> String {
        let pinned = self.0.iter().find(|(name, repository, version)| {
            *name == dependency.name
                && *repository == dependency.repository
                && admits(&dependency.version, version)
        });
        pinned.map_or_else(
            || dependency.version.clone(),
            |(_, _, version)| version.clone(),
        )
    }
}
