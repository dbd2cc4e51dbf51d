//! Rendering a chart as `helm template` does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use gitops_core::Object;
use gitops_core::yaml;
use regex::Regex;

use super::chart::{Chart, ChartType, File, Metadata};
use super::manifest::{self, Document};
use super::parts::Part;
use super::schema;
use super::values::Values;
use super::{ClusterCapabilities, Engine, Error, Files, Sources};
use crate::gotemplate::{Limits, Map, MapType, Value};
use crate::version::{Constraint, Version};

/// What a chart is rendered for.
///
/// ```
/// use std::sync::Arc;
/// use gitops_core::TreePath;
/// use gitops_render::helm::{Chart, Release, Values};
/// use gitops_render::memory::MemoryTree;
///
/// let tree = MemoryTree::new()
///     .with_file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0")?
///     .with_file("templates/a.yaml", "kind: Service\nname: {{ .Release.Name }}-{{ .Values.port }}")?;
/// let chart = Arc::new(Chart::load(&tree, &TreePath::root())?);
/// let mut values = Values::new();
/// values.set("port=80")?;
/// let output = Release::new("shop", "default").render(&chart, &values)?;
/// assert_eq!(
///     output.to_string(),
///     "---\n# Source: web/templates/a.yaml\nkind: Service\nname: shop-80\n",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of `helm template`"
)]
pub struct Release {
    /// The release's name.
    pub name: String,
    /// The namespace it goes to.
    pub namespace: String,
    /// The server's version; empty for the newest known.
    pub kube_version: String,
    /// What the server serves, besides what every server does.
    pub api_versions: Vec<String>,
    /// Whether templates see an upgrade instead of an installation.
    pub is_upgrade: bool,
    /// Whether the chart's `crds/` are part of the output.
    pub include_crds: bool,
    /// Whether hooks that are tests are left out.
    pub skip_tests: bool,
    /// Whether values are not checked against the charts' schemas.
    pub skip_schema_validation: bool,
    /// What templates may cost.
    pub limits: Limits,
    /// Where templates get randomness, the time and objects of the cluster.
    pub sources: Sources,
}

impl Release {
    /// A release called `name` in `namespace`, for the newest known server.
    pub fn new(name: impl Into<String>, namespace: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            namespace: namespace.into(),
            kube_version: String::new(),
            api_versions: Vec::new(),
            is_upgrade: false,
            include_crds: false,
            skip_tests: false,
            skip_schema_validation: false,
            limits: Limits::default(),
            sources: Sources::default(),
        }
    }

    /// Sets the server's version.
    #[must_use]
    pub fn kube_version(mut self, version: impl Into<String>) -> Self {
        self.kube_version = version.into();
        self
    }

    /// Sets what the server serves, besides what every server does.
    #[must_use]
    pub fn api_versions(mut self, versions: Vec<String>) -> Self {
        self.api_versions = versions;
        self
    }

    /// Sets whether templates see an upgrade.
    #[must_use]
    pub fn is_upgrade(mut self, is_upgrade: bool) -> Self {
        self.is_upgrade = is_upgrade;
        self
    }

    /// Sets whether the chart's `crds/` are part of the output.
    #[must_use]
    pub fn include_crds(mut self, include: bool) -> Self {
        self.include_crds = include;
        self
    }

    /// Sets whether hooks that are tests are left out.
    #[must_use]
    pub fn skip_tests(mut self, skip: bool) -> Self {
        self.skip_tests = skip;
        self
    }

    /// Sets whether values are not checked against the charts' schemas.
    #[must_use]
    pub fn skip_schema_validation(mut self, skip: bool) -> Self {
        self.skip_schema_validation = skip;
        self
    }

    /// Sets what templates may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets where templates get randomness, the time and objects of the cluster.
    #[must_use]
    pub fn sources(mut self, sources: Sources) -> Self {
        self.sources = sources;
        self
    }

    /// Renders `chart` with `values`.
    ///
    /// # Errors
    ///
    /// When the chart cannot be installed, values do not fit it, or a template fails.
    pub fn render(&self, chart: &Arc<Chart>, values: &Values) -> Result<Output, Error> {
        let capabilities = self.check(chart)?;
        let (root, whole) = Part::of(chart, values)?;
        if !self.skip_schema_validation {
            schema::check(&root, &whole)?;
        }
        let mut scope = Scope {
            release: self.data(),
            capabilities: Value::object(capabilities),
            templates: BTreeMap::new(),
        };
        let top = named("common.Values", whole.entries());
        scope.chart(&root, &root.name, &top, true)?;
        let engine = Engine::parse_with(
            &chart.parsed,
            scope
                .templates
                .iter()
                .map(|(path, (text, _))| (path.as_str(), text.as_str())),
        )?;
        let rendered = engine.render(&self.limits, &self.sources, |path| scope.data_of(path))?;
        let files = rendered
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()));
        let (manifests, mut hooks) = manifest::documents(files)?;
        if self.skip_tests {
            hooks.retain(|hook| !hook.is_test());
        }
        let mut crds = Vec::new();
        if self.include_crds {
            crd_documents(&root, &root.name, &mut crds);
        }
        Ok(Output {
            crds,
            manifests,
            hooks,
        })
    }

    /// What needs no values to be wrong.
    fn check(&self, chart: &Chart) -> Result<ClusterCapabilities, Error> {
        if chart.metadata.chart_type == ChartType::Library {
            return Err(Error::Library);
        }
        if !is_release_name(&self.name) {
            return Err(Error::ReleaseName(self.name.clone()));
        }
        let missing = chart.missing_dependencies();
        if !missing.is_empty() {
            return Err(Error::MissingDependencies(missing));
        }
        let capabilities = ClusterCapabilities::new(&self.kube_version, &self.api_versions)
            .map_err(|error| {
                Error::Chart(format!(
                    "Kubernetes version {:?}: {error}",
                    self.kube_version
                ))
            })?;
        let (wanted, found) = (&chart.metadata.kube_version, capabilities.kube_version());
        let fits = |wanted: &str| {
            let version = Version::parse(found);
            version.is_ok_and(|version| {
                Constraint::parse(wanted).is_ok_and(|wanted| wanted.admits(&version))
            })
        };
        if !wanted.is_empty() && !fits(wanted) {
            return Err(Error::KubeVersion {
                wanted: wanted.clone(),
                found: found.to_owned(),
            });
        }
        Ok(capabilities)
    }

    /// `.Release`.
    fn data(&self) -> Value {
        let release = Map::new();
        release.insert("Name", self.name.as_str().into());
        release.insert("Namespace", self.namespace.as_str().into());
        release.insert("Service", "Helm".into());
        release.insert("Revision", Value::Int(1));
        release.insert("IsInstall", (!self.is_upgrade).into());
        release.insert("IsUpgrade", self.is_upgrade.into());
        release.into()
    }
}

fn is_release_name(name: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        let part = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
        Regex::new(&format!(r"^{part}(?:\.{part})*$")).expect("a fixed pattern")
    });
    name.len() <= 53 && NAME.is_match(name)
}

/// What the charts of a render share, and the templates of all of them.
struct Scope {
    release: Value,
    capabilities: Value,
    /// Templates by their full paths, each with the data of its chart.
    templates: BTreeMap<String, (String, Map)>,
}

impl Scope {
    /// Adds the templates of a chart and of its subcharts, and gives its data.
    fn chart(
        &mut self,
        part: &Part,
        path: &str,
        values: &Map,
        is_root: bool,
    ) -> Result<Map, Error> {
        let data = named("common.Values", []);
        let subcharts = Map::new();
        data.insert("Chart", chart_data(part, is_root));
        data.insert("Files", Value::object(files(&part.chart)));
        data.insert("Release", self.release.clone());
        data.insert("Capabilities", self.capabilities.clone());
        data.insert("Values", values.clone().into());
        data.insert("Subcharts", subcharts.clone().into());
        for subpart in &part.parts {
            let values = super::coalesce::child(values, &subpart.name).unwrap_or_default();
            let path = format!("{path}/charts/{}", subpart.name);
            let inner = self.chart(subpart, &path, &values, false)?;
            subcharts.insert(subpart.name.as_str(), inner.into());
        }
        let is_library = part.chart.metadata.chart_type == ChartType::Library;
        for file in &part.chart.templates {
            let base = file.path.rsplit('/').next().unwrap_or_default();
            if is_library && !base.starts_with('_') {
                continue;
            }
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            self.templates
                .insert(format!("{path}/{}", file.path), (text, data.clone()));
        }
        Ok(data)
    }

    /// The data of a file: the one map of its chart, so that what one file sets is
    /// seen by the next.
    fn data_of(&self, path: &str) -> Value {
        let data = self.templates.get(path).map(|(_, data)| data.clone());
        data.unwrap_or_default().into()
    }
}

fn named(name: &'static str, entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Map {
    let map = Map::of(MapType::Named(name));
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

fn files(chart: &Chart) -> Files {
    let pairs = chart.files.iter();
    pairs
        .map(|file| (file.path.as_str(), Arc::clone(&file.bytes)))
        .collect()
}

/// `.Chart`, with Go's names of fields.
fn chart_data(part: &Part, is_root: bool) -> Value {
    let Metadata {
        api_version,
        version,
        kube_version,
        description,
        chart_type,
        keywords,
        home,
        sources,
        maintainers,
        icon,
        app_version,
        deprecated,
        annotations,
        condition,
        tags,
        ..
    } = &part.chart.metadata;
    let data = Map::new();
    let texts = [
        ("Name", &part.name),
        ("APIVersion", api_version),
        ("Version", version),
        ("KubeVersion", kube_version),
        ("Description", description),
        ("Home", home),
        ("Icon", icon),
        ("AppVersion", app_version),
        ("Condition", condition),
        ("Tags", tags),
    ];
    for (name, text) in texts {
        data.insert(name, text.as_str().into());
    }
    data.insert("Type", chart_type.as_str().into());
    data.insert("Deprecated", (*deprecated).into());
    data.insert("IsRoot", is_root.into());
    data.insert("Keywords", strings(keywords));
    data.insert("Sources", strings(sources));
    data.insert(
        "Maintainers",
        Value::list(maintainers.iter().map(|maintainer| {
            texts_map([
                ("Name", &maintainer.name),
                ("Email", &maintainer.email),
                ("URL", &maintainer.url),
            ])
            .into()
        })),
    );
    data.insert("Annotations", annotations_data(annotations));
    data.insert(
        "Dependencies",
        Value::list(part.dependencies.iter().map(dependency_data)),
    );
    data.into()
}

fn annotations_data(annotations: &serde_json::Map<String, serde_json::Value>) -> Value {
    if annotations.is_empty() {
        return Value::Nil;
    }
    let map = Map::of(MapType::Strings);
    for (key, value) in annotations {
        map.insert(key.as_str(), value.as_str().unwrap_or_default().into());
    }
    map.into()
}

fn dependency_data(dependency: &super::chart::Dependency) -> Value {
    let name = dependency.alias_or_name().to_owned();
    let data = texts_map([
        ("Name", &name),
        ("Version", &dependency.version),
        ("Repository", &dependency.repository),
        ("Condition", &dependency.condition),
        ("Alias", &dependency.alias),
    ]);
    data.insert("Tags", strings(&dependency.tags));
    data.insert("Enabled", true.into());
    let imports = dependency
        .import_values
        .iter()
        .map(|import| texts_map([("child", &import.child), ("parent", &import.parent)]).into());
    data.insert("ImportValues", Value::list(imports));
    data.into()
}

fn texts_map<const N: usize>(texts: [(&str, &String); N]) -> Map {
    let map = Map::new();
    for (name, text) in texts {
        map.insert(name, text.as_str().into());
    }
    map
}

fn strings(texts: &[String]) -> Value {
    Value::strings(texts.iter().map(String::as_str))
}

fn crd_documents(part: &Part, path: &str, crds: &mut Vec<Document>) {
    for File {
        path: file, bytes, ..
    } in part.chart.crds()
    {
        let text = String::from_utf8_lossy(bytes).into_owned();
        crds.push(Document::plain(format!("{path}/{file}"), text));
    }
    for subpart in &part.parts {
        crd_documents(subpart, &format!("{path}/charts/{}", subpart.name), crds);
    }
}

/// What a chart renders to. `Display` prints it as `helm template` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// The files of `crds/`.
    pub crds: Vec<Document>,
    /// The manifests.
    pub manifests: Vec<Document>,
    /// The hooks, of all events.
    pub hooks: Vec<Document>,
}

impl Output {
    /// The objects, in the order of the text.
    ///
    /// # Errors
    ///
    /// Every document that is no object, with the template and the line of its output.
    pub fn objects(&self) -> Result<Vec<Object>, Vec<Error>> {
        let all = [&self.crds, &self.manifests, &self.hooks];
        let (mut objects, mut errors) = (Vec::new(), Vec::new());
        for document in all.into_iter().flatten() {
            let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
            for object in yaml::objects(&document.text, &options) {
                match object {
                    Ok(object) => objects.push(object),
                    Err(error) => errors.push(Error::Manifest {
                        path: document.path.clone(),
                        line: Some(error.line),
                        message: error.to_string(),
                    }),
                }
            }
        }
        if errors.is_empty() {
            Ok(objects)
        } else {
            Err(errors)
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut text = String::new();
        for Document {
            path,
            text: document,
            ..
        } in self.crds.iter().chain(&self.manifests)
        {
            writeln!(text, "---\n# Source: {path}\n{document}")?;
        }
        writeln!(f, "{}", text.trim())?;
        for Document { path, text, .. } in &self.hooks {
            write!(f, "---\n# Source: {path}\n{text}\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
