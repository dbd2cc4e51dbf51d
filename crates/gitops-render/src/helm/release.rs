//! Rendering a chart as `helm template` does.

use std::sync::Arc;

use self::scope::Scope;
use super::chart::{Chart, ChartType};
use super::manifest::{self, Document};
use super::parts::Part;
use super::schema;
use super::values::Values;
use super::{ClusterCapabilities, Engine, Error, HelmVersion, Sources};
use crate::gotemplate::{Limits, Map, Value};
use crate::version::{Constraint, Version};

mod chart_data;
mod output;
mod scope;
#[cfg(test)]
mod tests;

pub use output::Output;

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
    /// Whether a key that a map does not have is an error, as in `helm lint --strict`.
    pub strict: bool,
    /// Whose behaviour to follow where the versions of Helm differ.
    pub helm_version: HelmVersion,
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
            strict: false,
            helm_version: HelmVersion::default(),
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

    /// Sets whether a key that a map does not have is an error.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets whose behaviour to follow where the versions of Helm differ.
    #[must_use]
    pub fn helm_version(mut self, version: HelmVersion) -> Self {
        self.helm_version = version;
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
        let (root, whole) = Part::of(chart, values, self.helm_version)?;
        if !self.skip_schema_validation {
            schema::check(&root, &whole)?;
        }
        check_server(chart, &capabilities)?;
        let mut scope = Scope::new(self.data(), Value::object(capabilities), self.helm_version);
        scope.chart(&root, &root.name, &whole, true);
        let engine = Engine::parse_with(&chart.parsed, scope.templates())?
            .strict(self.strict)
            .helm_version(self.helm_version);
        let mut rendered =
            engine.render(&self.limits, &self.sources, |path| scope.data_of(path))?;
        let notes = rendered.remove(&format!("{}/templates/{}", root.name, manifest::NOTES));
        let (manifests, mut hooks) = manifest::documents(&rendered, self.helm_version)?;
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
            notes: notes.unwrap_or_default(),
        })
    }

    /// What needs no values to be wrong.
    fn check(&self, chart: &Chart) -> Result<ClusterCapabilities, Error> {
        if chart.metadata.chart_type == ChartType::Library {
            return Err(Error::Library);
        }
        let missing = chart.missing_dependencies();
        if !missing.is_empty() {
            return Err(Error::MissingDependencies(missing));
        }
        if !is_release_name(&self.name) {
            return Err(Error::ReleaseName(self.name.clone()));
        }
        self.capabilities()
    }

    fn capabilities(&self) -> Result<ClusterCapabilities, Error> {
        let version = &self.kube_version;
        match ClusterCapabilities::new(version, &self.api_versions) {
            Ok(capabilities) => Ok(capabilities.helm_version(self.helm_version)),
            Err(error) => Err(Error::Chart(format!(
                "Kubernetes version {version:?}: {error}"
            ))),
        }
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

/// Whether the chart is for a server of this version.
fn check_server(chart: &Chart, capabilities: &ClusterCapabilities) -> Result<(), Error> {
    let wanted = &chart.metadata.kube_version;
    let fits = || {
        let version = Version::parse(capabilities.kube_version()).ok()?;
        let range = Constraint::parse(wanted).ok()?;
        Some(range.admits(&version))
    };
    if wanted.is_empty() || fits() == Some(true) {
        return Ok(());
    }
    Err(Error::KubeVersion {
        wanted: wanted.clone(),
        found: capabilities.full_kube_version().to_owned(),
    })
}

/// Whether the name can be part of a domain name.
fn is_release_name(name: &str) -> bool {
    let is_part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty()
            && part.bytes().all(inner)
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    name.len() <= 53 && name.split('.').all(is_part)
}

fn crd_documents(part: &Part, path: &str, crds: &mut Vec<Document>) {
    for file in part.chart.crds() {
        let path = format!("{path}/{}", file.path);
        crds.push(Document::plain(path, file.lossy_text()));
    }
    for subpart in &part.parts {
        crd_documents(subpart, &format!("{path}/charts/{}", subpart.name), crds);
    }
}
