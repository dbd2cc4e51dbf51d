//! Why a chart does not load or render.

use gitops_core::tree;

use super::EngineError;

/// Why a chart does not load or render.
///
/// Messages are Helm's where users know them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the chart cannot be read.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// The archive is damaged, hostile or too large.
    #[error("chart archive: {0}")]
    Archive(String),
    /// A file of the chart is larger than allowed.
    #[error("chart file {path:?} is larger than the maximum file size {limit}")]
    FileTooLarge {
        /// The path from the chart's folder.
        path: String,
        /// How many bytes are allowed.
        limit: usize,
    },
    /// The chart is larger than allowed.
    #[error("the chart has more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// There is no `Chart.yaml`.
    #[error("Chart.yaml file is missing")]
    NoChart,
    /// A file of the chart does not say what it must.
    #[error("{0}")]
    Chart(String),
    /// A subchart does not load.
    #[error("error unpacking subchart {name} in {chart}: {reason}")]
    Subchart {
        /// The file or folder below `charts/`.
        name: String,
        /// The chart it is in.
        chart: String,
        /// Why it does not load.
        reason: Box<Self>,
    },
    /// Charts that are declared as dependencies are not below `charts/`.
    #[error(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}",
        .0.join(", ")
    )]
    MissingDependencies(Vec<String>),
    /// It cannot be said which subcharts take part with which values.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(Box<Self>),
    /// Values cannot be read.
    #[error("cannot load {file}: {message}")]
    Values {
        /// The file, or what else they come from.
        file: String,
        /// What is wrong with them.
        message: String,
    },
    /// A `--set` expression cannot be read.
    #[error("failed parsing {flag} data: {message}")]
    Set {
        /// The flag, such as `--set`.
        flag: &'static str,
        /// What is wrong with its value.
        message: String,
    },
    /// A subchart's values are no table.
    #[error("type mismatch on {name}: {found}")]
    SubchartValues {
        /// The subchart.
        name: String,
        /// What is there instead, in Go's words.
        found: String,
    },
    /// Values break a chart's schema.
    #[error(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{0}"
    )]
    Schema(String),
    /// The chart is not for this cluster.
    #[error("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {found}")]
    KubeVersion {
        /// What the chart asks for.
        wanted: String,
        /// What there is.
        found: String,
    },
    /// Library charts hold templates for others only.
    #[error("library charts are not installable")]
    Library,
    /// The release's name is none.
    #[error(
        "release name check failed: release name {0:?}: {reason}", reason = release_name(.0)
    )]
    ReleaseName(String),
    /// A template does not parse or render.
    #[error(transparent)]
    Template(#[from] EngineError),
    /// What a template made is no YAML or no object.
    #[error("YAML parse error on {path}: {message}")]
    Manifest {
        /// The template.
        path: String,
        /// The line of the template's output, where it is known.
        line: Option<usize>,
        /// What is wrong.
        message: String,
    },
}

/// What is wrong with a release's name.
fn release_name(name: &str) -> &'static str {
    if name.is_empty() {
        return "no name provided";
    }
    "invalid release name, must match regex \
     ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ \
     and the length must not be longer than 53"
}
