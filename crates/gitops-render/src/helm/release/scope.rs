//! What the templates of a render get to see.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::HelmVersion;
use super::super::chart::{Chart, ChartType};
use super::super::files::Files;
use super::super::parts::Part;
use super::super::values_type::{VALUES, table};
use super::chart_data::chart_data;
use crate::gotemplate::{Map, Value};

/// What the charts of a render share, and the templates of all of them.
pub(super) struct Scope {
    release: Value,
    capabilities: Value,
    helm_version: HelmVersion,
    /// Templates by their full paths, each with the data of its chart.
    templates: BTreeMap<String, (Arc<str>, Map)>,
}

impl Scope {
    pub(super) fn new(release: Value, capabilities: Value, helm_version: HelmVersion) -> Self {
        Self {
            release,
            capabilities,
            helm_version,
            templates: BTreeMap::new(),
        }
    }

    /// Adds the templates of a chart and of its subcharts, and gives its data.
    pub(super) fn chart(&mut self, part: &Part, path: &str, values: &Map, is_root: bool) -> Map {
        let data = Map::of(VALUES);
        let subcharts = Map::new();
        data.insert("Chart", chart_data(part, is_root, self.helm_version));
        data.insert("Files", Value::object(files(&part.chart)));
        data.insert("Release", self.release.clone());
        data.insert("Capabilities", self.capabilities.clone());
        data.insert("Values", values.converted(VALUES).into());
        data.insert("Subcharts", subcharts.clone().into());
        for subpart in &part.parts {
            // A name with dots is read as a path, so such a chart mostly sees no values.
            let values = table(values, &subpart.name).unwrap_or_default();
            let path = format!("{path}/charts/{}", subpart.name);
            let inner = self.chart(subpart, &path, &values, false);
            subcharts.insert(subpart.name.as_str(), inner.into());
        }
        let is_library = part.chart.metadata.chart_type == ChartType::Library;
        for template in &part.chart.templates {
            let base = template.path.rsplit('/').next().unwrap_or_default();
            if is_library && !base.starts_with('_') {
                continue;
            }
            let path = format!("{path}/{}", template.path);
            self.templates
                .insert(path, (template.lossy_text(), data.clone()));
        }
        data
    }

    /// The templates' full paths and texts.
    pub(super) fn templates(&self) -> impl Iterator<Item = (&str, &Arc<str>)> {
        let templates = self.templates.iter();
        templates.map(|(path, (text, _))| (path.as_str(), text))
    }

    /// The data of a file: the one map of its chart, so that what one file sets is
    /// seen by the next.
    pub(super) fn data_of(&self, path: &str) -> Value {
        let data = self.templates.get(path).map(|(_, data)| data.clone());
        data.unwrap_or_default().into()
    }
}

fn files(chart: &Chart) -> Files {
    let pairs = chart.files.iter();
    pairs
        .map(|file| (file.path.as_str(), file.shared_bytes()))
        .collect()
}
