//! Charts as Argo CD renders them.

use gitops_core::api::HelmSource;
use gitops_core::render::{Error, Rendered, Request};
use gitops_core::{Renderer, Tree, TreePath};

use super::release::Release;
use super::values::Values;
use super::{ChartCache, Engine, HelmVersion, Sources, dependencies};
use crate::gotemplate::{Limits, Value};

mod parameters;
mod value_files;

/// Errors of single documents listed in full.
const MAX_REPORTED: usize = 20;

/// Renders Helm charts, with the `helm` block of an Application.
///
/// Charts it depends on that are not below `charts/` come through the request's
/// remotes, from the repositories that `Chart.yaml` names, and so do files of values
/// that are named by a URL.
///
/// ```
/// use gitops_core::api::ApplicationSource;
/// use gitops_core::render::{AppContext, Request};
/// use gitops_core::{Renderer, TreePath};
/// use gitops_render::{helm::Helm, memory::MemoryTree};
///
/// let tree = MemoryTree::new()
///     .with_file("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0")?
///     .with_file(
///         "web/templates/a.yaml",
///         "{apiVersion: v1, kind: Service, metadata: {name: {{ .Release.Name }}}}",
///     )?;
/// let (path, source) = (TreePath::new("web")?, ApplicationSource::default());
/// let app = AppContext::new("shop", "prod");
/// let rendered = Helm::default().render(&Request::new(&tree, &path, &source).app(&app))?;
/// assert_eq!(rendered.objects[0].name(), "shop");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Helm {
    /// What templates may cost.
    pub limits: Limits,
    /// Where templates get randomness, the time and objects of the cluster.
    pub sources: Sources,
    /// Whose behaviour to follow where the versions of Helm differ.
    pub helm_version: HelmVersion,
    /// Charts of former renders, of whatever application.
    pub charts: ChartCache,
    /// The schemes of URLs that may stand in `valueFiles`.
    pub value_file_schemes: Vec<String>,
}

impl Default for Helm {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            sources: Sources::default(),
            helm_version: HelmVersion::default(),
            charts: ChartCache::default(),
            value_file_schemes: vec!["https".into(), "http".into()],
        }
    }
}

impl Helm {
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

    /// Sets whose behaviour to follow where the versions of Helm differ.
    #[must_use]
    pub fn helm_version(mut self, version: HelmVersion) -> Self {
        self.helm_version = version;
        self
    }

    /// Sets where charts are kept for further renders.
    #[must_use]
    pub fn charts(mut self, charts: ChartCache) -> Self {
        self.charts = charts;
        self
    }

    /// Sets the schemes of URLs that may stand in `valueFiles`; without any, no URL may.
    #[must_use]
    pub fn value_file_schemes(mut self, schemes: Vec<String>) -> Self {
        self.value_file_schemes = schemes;
        self
    }

    fn release(&self, request: &Request<'_>, helm: &HelmSource) -> Result<Release, Error> {
        let or = |text: &str, default: &str| {
            if text.is_empty() {
                default.to_owned()
            } else {
                text.to_owned()
            }
        };
        let (app, cluster) = (request.app, request.capabilities);
        let name = self.name(&or(&helm.release_name, &app.name))?;
        let version = or(&helm.kube_version, &cluster.kube_version);
        let api_versions = if helm.api_versions.is_empty() {
            &cluster.api_versions
        } else {
            &helm.api_versions
        };
        Ok(Release::new(name, or(&helm.namespace, &app.namespace))
            .kube_version(plain_version(&version))
            .api_versions(api_versions.clone())
            .include_crds(!helm.skip_crds)
            .skip_tests(helm.skip_tests)
            .skip_schema_validation(helm.skip_schema_validation)
            .helm_version(self.helm_version)
            .limits(self.limits.clone())
            .sources(self.sources.clone()))
    }

    /// The user's values, the weakest first: files, then the inline ones, then parameters.
    fn values(&self, request: &Request<'_>, helm: &HelmSource) -> Result<Values, Error> {
        let mut values = Values::new();
        for file in value_files::find(request, helm, &self.value_file_schemes)? {
            let text = file.read(request.remotes)?;
            let named = |error: super::Error| file.wrong(error.to_string()).caused_by(error);
            values.file(&file.name(), &text).map_err(named)?;
        }
        let inline = |error: super::Error| Error::new(error.to_string()).caused_by(error);
        match &helm.values_object {
            Some(serde_json::Value::Object(object)) => values.object(object.clone()),
            Some(serde_json::Value::Null) | None => {
                values.file("helm.values", &helm.values).map_err(inline)?;
            }
            Some(_) => return Err(Error::new("helm.valuesObject: not a map")),
        }
        parameters::apply(request, helm, &mut values)?;
        Ok(values)
    }

    /// The release's name, which may be a template.
    fn name(&self, name: &str) -> Result<String, Error> {
        if !name.contains("{{") {
            return Ok(name.to_owned());
        }
        let failed = |error: super::EngineError| {
            Error::new(format!("helm.releaseName: {error}")).caused_by(error)
        };
        let engine = Engine::parse([("name-template", name)]).map_err(failed)?;
        let rendered = engine.render(&self.limits, &self.sources, |_| Value::Nil);
        Ok(rendered.map_err(failed)?.into_values().collect())
    }
}

impl Renderer for Helm {
    fn name(&self) -> &'static str {
        "Helm"
    }

    fn detects(&self, request: &Request<'_>) -> Result<bool, Error> {
        let chart = request.path.child("Chart.yaml");
        match request.tree.resolve(&chart) {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn render(&self, request: &Request<'_>) -> Result<Rendered, Error> {
        let default = HelmSource::default();
        let helm = request.source.helm.as_ref().unwrap_or(&default);
        if !matches!(helm.version.as_str(), "" | "v3") {
            let message = format!("helm chart version '{}' is not supported", helm.version);
            return Err(Error::new(message));
        }
        let chart = self
            .charts
            .load(&request.source.repo_url, request.tree, request.path)
            .map_err(|error| at(request, error))?;
        let chart = dependencies::complete(chart, request, &self.charts)?;
        let values = self.values(request, helm)?;
        let output = self
            .release(request, helm)?
            .render(&chart, &values)
            .map_err(|error| at(request, error))?;
        match output.objects() {
            Ok(objects) => Ok(Rendered::from(objects)),
            Err(errors) => Err(together(request, errors)),
        }
    }
}

/// A version without what providers add to it, as in `1.33.4-gke.1`.
fn plain_version(version: &str) -> String {
    let version = version.trim().trim_start_matches('v');
    let end = version.find(['-', '+']).unwrap_or(version.len());
    version[..end].to_owned()
}

/// Says in which file of the repository a chart is wrong, as far as it is known.
fn at(request: &Request<'_>, error: super::Error) -> Error {
    let place = match &error {
        super::Error::Manifest { path, line, .. } => {
            template(request, path).map(|path| (path, *line))
        }
        _ => None,
    };
    match place {
        Some((path, _)) => Error::at(&path, error.to_string()).caused_by(error),
        None => Error::at(request.path, error.to_string()).caused_by(error),
    }
}

/// The file of the repository behind a template's name, such as `web/templates/a.yaml`.
fn template(request: &Request<'_>, name: &str) -> Option<TreePath> {
    let (_, inner) = name.split_once('/')?;
    let path = request.path.join(inner).ok()?;
    // A subchart may be an archive, or go by another name than its folder.
    matches!(request.tree.entry(&path), Ok(Some(_))).then_some(path)
}

fn together(request: &Request<'_>, mut errors: Vec<super::Error>) -> Error {
    let count = errors.len();
    if count == 1 {
        return at(request, errors.remove(0));
    }
    let mut lines: Vec<String> = errors
        .iter()
        .take(MAX_REPORTED)
        .map(ToString::to_string)
        .collect();
    if count > MAX_REPORTED {
        lines.push(format!("and {} more", count - MAX_REPORTED));
    }
    Error::at(
        request.path,
        format!("{count} errors:\n{}", lines.join("\n")),
    )
}

/// Reads a text file of a tree.
fn read_text(tree: &dyn Tree, path: &TreePath) -> Result<String, Error> {
    let bytes = tree.file(path)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::at(path, "the file is not valid UTF-8"))
}

#[cfg(test)]
mod tests;
