//! Charts that a chart declares and does not bring along.

use std::sync::Arc;

use gitops_core::render::{Error, Request};
use gitops_core::{Location, Tree, TreePath, yaml};
use serde_json::Value;

use super::ChartCache;
use super::chart::{Chart, Dependency};
use crate::version::{Constraint, Version};

/// The chart with the declared subcharts that are missing, from where they are
/// declared to be.
pub(super) fn complete(
    chart: Arc<Chart>,
    request: &Request<'_>,
    charts: &ChartCache,
) -> Result<Arc<Chart>, Error> {
    let missing = chart.missing_dependencies();
    if missing.is_empty() {
        return Ok(chart);
    }
    let search = Search {
        locked: Locked::read(request.tree, request.path),
        request,
        charts,
    };
    let mut complete = Chart::clone(&chart);
    let declared = chart.metadata.dependencies.iter();
    for dependency in declared.filter(|dependency| missing.contains(&dependency.name)) {
        let found = search.find(dependency)?;
        let known = |chart: &Arc<Chart>| {
            chart.metadata.name == found.metadata.name
                && chart.metadata.version == found.metadata.version
        };
        if !complete.subcharts.iter().any(known) {
            complete.subcharts.push(found);
        }
    }
    Ok(Arc::new(complete))
}

struct Search<'a> {
    request: &'a Request<'a>,
    locked: Locked,
    charts: &'a ChartCache,
}

impl Search<'_> {
    /// The chart that a declaration means.
    fn find(&self, dependency: &Dependency) -> Result<Arc<Chart>, Error> {
        let Dependency {
            name, repository, ..
        } = dependency;
        let failed = |message: String| self.failed(dependency, &message);
        let found = if let Some(folder) = repository.strip_prefix("file://") {
            self.local(dependency, folder)?
        } else if repository.contains("://") {
            self.remote(dependency)?
        } else if repository.is_empty() {
            return Err(failed(
                "it names no repository and is not in charts/".into(),
            ));
        } else {
            return Err(failed(format!(
                "repository {repository:?} is a name that only Helm's own configuration knows; write its URL"
            )));
        };
        let (found_name, version) = (&found.metadata.name, &found.metadata.version);
        if found_name != name || !admits(&dependency.version, version) {
            let wanted = &dependency.version;
            return Err(failed(format!(
                "{repository} has {found_name} {version}, not {wanted}"
            )));
        }
        Ok(found)
    }

    /// A chart in the same repository.
    fn local(&self, dependency: &Dependency, folder: &str) -> Result<Arc<Chart>, Error> {
        let folder = self
            .request
            .path
            .join(folder)
            .map_err(|error| self.failed(dependency, &error.to_string()))?;
        self.load(
            dependency,
            &self.request.source.repo_url,
            self.request.tree,
            &folder,
        )
    }

    /// A chart from a chart repository.
    fn remote(&self, dependency: &Dependency) -> Result<Arc<Chart>, Error> {
        let Dependency {
            name, repository, ..
        } = dependency;
        let version = self.locked.version(dependency);
        let location = Location::chart(repository, name, version);
        let files = self
            .request
            .remotes
            .tree(&location)
            .map_err(|error| self.failed(dependency, &error.to_string()).caused_by(error))?;
        let source = format!("{repository}#{name}");
        self.load(dependency, &source, &*files, &TreePath::root())
    }

    fn load(
        &self,
        dependency: &Dependency,
        source: &str,
        tree: &dyn Tree,
        path: &TreePath,
    ) -> Result<Arc<Chart>, Error> {
        self.charts
            .load(source, tree, path)
            .map_err(|error| self.failed(dependency, &error.to_string()).caused_by(error))
    }

    fn failed(&self, dependency: &Dependency, message: &str) -> Error {
        let chart_file = self.request.path.child("Chart.yaml");
        Error::at(
            &chart_file,
            format!("dependency {}: {message}", dependency.name),
        )
    }
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
