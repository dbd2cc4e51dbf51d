//! Charts: what is in their folders and archives.

use std::sync::Arc;

use gitops_core::yaml;
use gitops_core::{Tree, TreePath};
use serde_json::{Map as JsonMap, Value as Json};

use super::schema::CompiledSchema;
use super::{DefaultValues, Error, TemplateCache};

mod archive;
mod folder;
mod ignore;
mod metadata;

pub use metadata::{ChartType, Dependency, ImportValues, Maintainer, Metadata};

/// How deep charts may lie in charts.
const MAX_NESTING: usize = 20;

/// A chart with its subcharts, read but not rendered.
///
/// ```
/// use gitops_core::TreePath;
/// use gitops_render::{helm::Chart, memory::MemoryTree};
///
/// let tree = MemoryTree::new()
///     .with_file("web/Chart.yaml", "name: web\nversion: 1.2.3\napiVersion: v2")?
///     .with_file("web/templates/service.yaml", "kind: Service")?;
/// let chart = Chart::load(&tree, &TreePath::new("web")?)?;
/// assert_eq!(chart.metadata.version, "1.2.3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// The default values, from `values.yaml`.
    pub values: DefaultValues,
    /// `values.schema.json`.
    pub schema: Option<Arc<[u8]>>,
    /// The files below `templates/`, by their paths in the chart.
    pub templates: Vec<File>,
    /// All other files that templates may read.
    pub files: Vec<File>,
    /// The charts below `charts/`.
    pub subcharts: Vec<Arc<Chart>>,
    /// What renders parsed of this chart and its subcharts.
    pub(super) parsed: TemplateCache,
    pub(super) compiled_schema: CompiledSchema,
}

/// A file of a chart; cloning it shares the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path from the chart's folder.
    pub path: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Bytes(Arc<[u8]>),
    /// What is rendered or split, and is UTF-8.
    Text(Arc<str>),
}

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Text(text) => text.as_bytes(),
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Content {}

impl File {
    fn new(path: impl Into<String>, bytes: Arc<[u8]>) -> Self {
        let content = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) => rest.into(),
            None => bytes,
        };
        Self {
            path: path.into(),
            content: Content::Bytes(content),
        }
    }

    /// Keeps the content as text, if it is.
    fn into_text(mut self) -> Self {
        if let Ok(text) = self.text() {
            self.content = Content::Text(text.into());
        }
        self
    }

    /// The content, without a byte order mark.
    pub fn bytes(&self) -> &[u8] {
        self.content.bytes()
    }

    pub(super) fn shared_bytes(&self) -> Arc<[u8]> {
        match &self.content {
            Content::Bytes(bytes) => Arc::clone(bytes),
            Content::Text(text) => Arc::clone(text).into(),
        }
    }

    fn text(&self) -> Result<&str, Error> {
        match &self.content {
            Content::Bytes(bytes) => str::from_utf8(bytes).map_err(|_| {
                let message = format!("{} is not valid UTF-8", self.path);
                Error::Chart(message)
            }),
            Content::Text(text) => Ok(text),
        }
    }

    /// The text, with replacement characters for what is no UTF-8.
    pub(super) fn lossy_text(&self) -> Arc<str> {
        match &self.content {
            Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
            Content::Text(text) => Arc::clone(text),
        }
    }
}

impl Chart {
    /// Reads the chart in the folder, or the archive, at `path`.
    ///
    /// # Errors
    ///
    /// When files cannot be read, or are no chart.
    pub fn load(tree: &dyn Tree, path: &TreePath) -> Result<Self, Error> {
        Self::from_files(folder::read(tree, path)?, 0)
    }

    /// Reads a chart's archive, a gzipped tar.
    ///
    /// # Errors
    ///
    /// When it is damaged, too large or no chart.
    pub fn from_archive(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_files(archive::unpack(bytes)?, 0)
    }

    fn from_files(files: Vec<File>, nesting: usize) -> Result<Self, Error> {
        if nesting > MAX_NESTING {
            let (what, limit) = ("charts inside each other", MAX_NESTING);
            return Err(Error::TooLarge { what, limit });
        }
        let sorted = Sorted::new(files)?;
        sorted.metadata.validate()?;
        let mut chart = Self {
            metadata: sorted.metadata,
            values: sorted.values,
            schema: sorted.schema,
            templates: sorted.templates,
            files: sorted.files,
            subcharts: Vec::new(),
            parsed: TemplateCache::default(),
            compiled_schema: CompiledSchema::default(),
        };
        for (name, files) in sorted.subcharts {
            let subchart = subchart(&name, files, nesting + 1);
            chart
                .subcharts
                .push(Arc::new(subchart.map_err(|reason| Error::Subchart {
                    name,
                    chart: chart.metadata.name.clone(),
                    reason: Box::new(reason),
                })?));
        }
        Ok(chart)
    }

    /// The files below `crds/` that are manifests, in the order of their paths.
    pub(super) fn crds(&self) -> Vec<&File> {
        let is_manifest = |path: &str| {
            let path = path.to_ascii_lowercase();
            [".yaml", ".yml", ".json"]
                .iter()
                .any(|ending| path.ends_with(ending))
        };
        let mut crds: Vec<&File> = self
            .files
            .iter()
            .filter(|file| file.path.starts_with("crds/") && is_manifest(&file.path))
            .collect();
        crds.sort_by(|a, b| a.path.cmp(&b.path));
        crds
    }

    /// Declared dependencies that are not among the subcharts.
    pub(super) fn missing_dependencies(&self) -> Vec<String> {
        let is_there = |name: &str| {
            self.subcharts
                .iter()
                .any(|chart| chart.metadata.name == name)
        };
        self.metadata
            .dependencies
            .iter()
            .map(|dependency| dependency.name.clone())
            .filter(|name| !is_there(name))
            .collect()
    }
}

/// The files of a packed chart.
#[cfg(feature = "http")]
pub(crate) fn archive_files(bytes: &[u8]) -> Result<Vec<File>, Error> {
    archive::unpack(bytes)
}

/// A chart's files, each in its place.
#[derive(Default)]
struct Sorted {
    metadata: Metadata,
    values: DefaultValues,
    schema: Option<Arc<[u8]>>,
    templates: Vec<File>,
    files: Vec<File>,
    /// Files by the first part of their path below `charts/`.
    subcharts: Vec<(String, Vec<File>)>,
}

impl Sorted {
    fn new(files: Vec<File>) -> Result<Self, Error> {
        let mut sorted = Self::default();
        let find = |name: &str| files.iter().find(|file| file.path == name);
        let chart = find("Chart.yaml").ok_or(Error::NoChart)?;
        sorted.metadata = Metadata::read(chart.text()?)?;
        if let Some(requirements) = find("requirements.yaml") {
            sorted.metadata.require(requirements.text()?)?;
        }
        if let Some(values) = find("values.yaml") {
            sorted.values = values_file("values.yaml", values.text()?)?.into();
        }
        for file in files {
            sorted.place(file);
        }
        Ok(sorted)
    }

    fn place(&mut self, file: File) {
        let version_1 = self.metadata.api_version == "v1";
        match file.path.as_str() {
            "Chart.yaml" | "Chart.lock" | "values.yaml" => {}
            "values.schema.json" => self.schema = Some(file.shared_bytes()),
            "requirements.yaml" | "requirements.lock" if !version_1 => {}
            path if path.starts_with("templates/") => self.templates.push(file.into_text()),
            path if path.starts_with("crds/") => self.files.push(file.into_text()),
            path if path.starts_with("charts/") => {
                // Provenance files lie beside the archives they vouch for.
                if has_extension(path, "prov") {
                    self.files.push(file);
                } else {
                    self.place_below_charts(file);
                }
            }
            _ => self.files.push(file),
        }
    }

    fn place_below_charts(&mut self, mut file: File) {
        let rest = file.path["charts/".len()..].to_owned();
        // A file right below `charts/` has no path inside a chart.
        let (name, inner) = rest.split_once('/').unwrap_or((&rest, ""));
        if name.starts_with(['_', '.']) {
            return;
        }
        inner.clone_into(&mut file.path);
        match self.subcharts.iter_mut().find(|(known, _)| known == name) {
            Some((_, files)) => files.push(file),
            None => self.subcharts.push((name.to_owned(), vec![file])),
        }
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, known)| known == extension)
}

fn subchart(name: &str, files: Vec<File>, nesting: usize) -> Result<Chart, Error> {
    match files.as_slice() {
        [file] if file.path.is_empty() && has_extension(name, "tgz") => {
            Chart::from_files(archive::unpack(file.bytes())?, nesting)
        }
        [file] if file.path.is_empty() => Err(Error::NoChart),
        _ => Chart::from_files(files, nesting),
    }
}

/// A file of values: its documents, later ones over earlier ones.
///
/// # Errors
///
/// When it is no YAML, or a document is neither a map nor null.
pub(super) fn values_file(name: &str, text: &str) -> Result<JsonMap<String, Json>, Error> {
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let failed = |message: String| Error::Values {
        file: name.to_owned(),
        message: format!("cannot unmarshal yaml document: {message}"),
    };
    let mut values = JsonMap::new();
    for document in yaml::documents(text, &options) {
        let value = document.value.map_err(|error| {
            let (line, problem) = (error.line, error.problem);
            failed(format!(
                "error converting YAML to JSON: yaml: line {line}: {problem}"
            ))
        });
        match value? {
            Json::Null => {}
            Json::Object(map) => overlay(&mut values, map),
            other => {
                let found = json_type(&other);
                return Err(failed(format!(
                    "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
                )));
            }
        }
    }
    Ok(values)
}

/// Lays `over` on `values`: maps merge, everything else is replaced, also by null.
pub(super) fn overlay(values: &mut JsonMap<String, Json>, over: JsonMap<String, Json>) {
    if values.is_empty() {
        *values = over;
        return;
    }
    for (key, value) in over {
        match (values.get_mut(&key), value) {
            (Some(Json::Object(below)), Json::Object(above)) => overlay(below, above),
            (_, value) => {
                values.insert(key, value);
            }
        }
    }
}

fn json_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests;
