//! `.Chart`: what templates may know of their chart.

use std::any::Any;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::super::HelmVersion;
use super::super::chart::{Dependency, Maintainer, Metadata};
use super::super::parts::Part;
use crate::gotemplate::{Map, MapType, Object, Value};

/// The data of a chart, with Go's names of fields.
pub(super) fn chart_data(part: &Part, is_root: bool, helm_version: HelmVersion) -> Value {
    let data = fields(part, is_root);
    match helm_version {
        HelmVersion::V4 => data.into(),
        HelmVersion::V3 => Value::object(Structure(data)),
    }
}

fn fields(part: &Part, is_root: bool) -> Map {
    let metadata = &part.chart.metadata;
    let data = texts(metadata, &part.name);
    data.insert("Deprecated", metadata.deprecated.into());
    data.insert("IsRoot", is_root.into());
    data.insert("Keywords", strings(&metadata.keywords));
    data.insert("Sources", strings(&metadata.sources));
    let maintainers = metadata.maintainers.iter().map(maintainer);
    data.insert("Maintainers", Value::list(maintainers));
    data.insert("Annotations", annotations(&metadata.annotations));
    let dependencies = part.dependencies.iter();
    let dependencies = dependencies.map(|declared| dependency(part, declared));
    data.insert("Dependencies", Value::list(dependencies));
    data
}

fn texts(metadata: &Metadata, name: &str) -> Map {
    named([
        ("Name", name),
        ("APIVersion", &metadata.api_version),
        ("Version", &metadata.version),
        ("KubeVersion", &metadata.kube_version),
        ("Description", &metadata.description),
        ("Home", &metadata.home),
        ("Icon", &metadata.icon),
        ("AppVersion", &metadata.app_version),
        ("Condition", &metadata.condition),
        ("Tags", &metadata.tags),
        ("Type", metadata.chart_type.as_str()),
    ])
}

fn maintainer(maintainer: &Maintainer) -> Value {
    named([
        ("Name", &maintainer.name),
        ("Email", &maintainer.email),
        ("URL", &maintainer.url),
    ])
    .into()
}

fn annotations(annotations: &JsonMap<String, Json>) -> Value {
    if annotations.is_empty() {
        return Map::nil(MapType::Strings).into();
    }
    let map = Map::of(MapType::Strings);
    for (key, value) in annotations {
        map.insert(key.as_str(), value.as_str().unwrap_or_default().into());
    }
    map.into()
}

fn dependency(part: &Part, dependency: &Dependency) -> Value {
    let data = named([
        ("Name", part.name_of(dependency)),
        ("Version", &dependency.version),
        ("Repository", &dependency.repository),
        ("Condition", &dependency.condition),
        ("Alias", &dependency.alias),
    ]);
    data.insert("Tags", strings(&dependency.tags));
    data.insert("Enabled", part.is_arranged.into());
    let imports = dependency
        .import_values
        .iter()
        .map(|import| named([("child", &import.child), ("parent", &import.parent)]).into());
    data.insert("ImportValues", Value::list(imports));
    data.into()
}

fn named<const N: usize>(texts: [(&str, &str); N]) -> Map {
    let map = Map::new();
    for (name, text) in texts {
        map.insert(name, text.into());
    }
    map
}

fn strings(texts: &[String]) -> Value {
    Value::strings(texts.iter().map(String::as_str))
}

/// `.Chart` as Helm 3 has it, where a field that it does not have is an error.
struct Structure(Map);

impl Object for Structure {
    fn type_name(&self) -> &'static str {
        "struct { chart.Metadata; IsRoot bool }"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.0.get(name)
    }

    fn fields(&self) -> Vec<(Arc<str>, Value)> {
        self.0.entries()
    }
}
