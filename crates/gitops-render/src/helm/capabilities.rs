//! `.Capabilities`: what the cluster can do.

use std::any::Any;
use std::sync::{Arc, LazyLock};

use super::HelmVersion;
use crate::gotemplate::function::Error;
use crate::gotemplate::{Kind, Object, Value};
use crate::version;

/// The group versions of Helm's built-in client, which a chart sees besides those
/// it is told of.
static BUILT_IN: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| {
    let versions = include_str!("api-versions.txt").lines();
    versions.map(Arc::from).collect()
});

/// The version of Go that Helm is built with, for charts that print it.
const GO_VERSION: &str = "go1.26.8";

/// The version that charts see when none is given.
const DEFAULT_VERSION: &str = "v1.36.0";

/// What a chart may ask about the cluster and the tool.
#[derive(Clone, Debug)]
pub struct ClusterCapabilities {
    version: KubeVersion,
    api_versions: Arc<[Arc<str>]>,
    helm_version: Arc<str>,
}

/// The server's version in the forms that charts read.
#[derive(Clone, Debug)]
struct KubeVersion {
    /// As it was given, with a `v`.
    version: Arc<str>,
    /// Without suffixes.
    normalized: Arc<str>,
    major: u64,
    minor: u64,
}

impl ClusterCapabilities {
    /// The capabilities of a server of `version`, such as `1.34.0` or
    /// `v1.33.4-gke.1`, that serves `api_versions` besides the built-in ones.
    ///
    /// An empty version stands for the newest that is known.
    ///
    /// # Errors
    ///
    /// When the version is none.
    pub fn new(version: &str, api_versions: &[String]) -> Result<Self, version::Error> {
        let version = if version.is_empty() {
            DEFAULT_VERSION
        } else {
            version
        };
        let built_in = BUILT_IN.iter().map(Arc::clone);
        let given = api_versions
            .iter()
            .map(|version| Arc::from(version.as_str()));
        Ok(Self {
            version: KubeVersion::parse(version)?,
            api_versions: built_in.chain(given).collect(),
            helm_version: "v4.2".into(),
        })
    }

    /// Sets the Helm that charts take this for.
    #[must_use]
    pub fn helm_version(mut self, version: HelmVersion) -> Self {
        self.helm_version = match version {
            HelmVersion::V3 => "v3.21".into(),
            HelmVersion::V4 => "v4.2".into(),
        };
        self
    }

    /// The server's version without suffixes, with a `v`: what a chart's
    /// `kubeVersion` is compared with.
    pub fn kube_version(&self) -> &str {
        &self.version.normalized
    }

    /// The server's version as it was given, with a `v`.
    pub(super) fn full_kube_version(&self) -> &str {
        &self.version.version
    }
}

impl KubeVersion {
    fn parse(text: &str) -> Result<Self, version::Error> {
        let components = components(text).ok_or(version::Error::Version)?;
        let [major, minor, ..] = components.as_slice() else {
            return Err(version::Error::Version);
        };
        let plain: Vec<String> = components.iter().map(u64::to_string).collect();
        let given = text.strip_prefix('v').unwrap_or(text);
        Ok(Self {
            version: format!("v{given}").into(),
            normalized: format!("v{}", plain.join(".")).into(),
            major: *major,
            minor: *minor,
        })
    }
}

/// The numbers that a version begins with; whatever follows is a provider's mark, such
/// as the `+` of `1.33+`.
fn components(text: &str) -> Option<Vec<u64>> {
    let text = text.trim_start();
    let text = text.strip_prefix('v').unwrap_or(text);
    let is_digit = |char: char| char.is_ascii_digit();
    let mut components = Vec::new();
    for part in text.split('.') {
        let end = part.find(|char| !is_digit(char)).unwrap_or(part.len());
        let digits = &part[..end];
        if digits.is_empty() {
            break;
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        components.push(digits.parse().ok()?);
        if end < part.len() {
            break;
        }
    }
    Some(components)
}

impl Object for ClusterCapabilities {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(Value::object(self.version.clone())),
            "APIVersions" => Some(Value::object(ApiVersions(Arc::clone(&self.api_versions)))),
            "HelmVersion" => Some(Value::object(BuildInfo(Arc::clone(&self.helm_version)))),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(Arc<str>, Value)> {
        named_fields(self, &["KubeVersion", "APIVersions", "HelmVersion"])
    }
}

fn named_fields(object: &dyn Object, names: &[&str]) -> Vec<(Arc<str>, Value)> {
    let fields = names
        .iter()
        .map(|name| (Arc::from(*name), object.field(name).unwrap_or_default()));
    fields.collect()
}

impl Object for KubeVersion {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    /// Where Go can take its address, which a value passed to a function has not.
    fn action_text(&self) -> Option<String> {
        Some(self.normalized.to_string())
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(match name {
            "Version" => Value::string(Arc::clone(&self.version)),
            "Major" => self.major.to_string().into(),
            "Minor" => self.minor.to_string().into(),
            _ => return None,
        })
    }

    fn fields(&self) -> Vec<(Arc<str>, Value)> {
        let mut fields = self.json_fields();
        let normalized = Value::string(Arc::clone(&self.normalized));
        fields.insert(1, ("normalizedVersion".into(), normalized));
        fields
    }

    fn json_fields(&self) -> Vec<(Arc<str>, Value)> {
        named_fields(self, &["Version", "Major", "Minor"])
    }

    fn call(&self, name: &str, _: &[Value]) -> Option<Result<Value, Error>> {
        match name {
            "GitVersion" => Some(Ok(Value::string(Arc::clone(&self.version)))),
            "String" => Some(Ok(Value::string(Arc::clone(&self.normalized)))),
            _ => None,
        }
    }
}

/// `.Capabilities.APIVersions`: a list with a question.
struct ApiVersions(Arc<[Arc<str>]>);

impl Object for ApiVersions {
    fn type_name(&self) -> &'static str {
        "common.VersionSet"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn kind(&self) -> Kind {
        Kind::Slice
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::strings(self.0.iter().map(Arc::clone)))
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, Error>> {
        if name != "Has" {
            return None;
        }
        let wanted = arguments.first().and_then(Value::as_text);
        let wanted = wanted.map(|wanted| wanted.to_str()).unwrap_or_default();
        Some(Ok(Value::Bool(
            self.0.iter().any(|version| **version == *wanted),
        )))
    }
}

/// `.Capabilities.HelmVersion`.
struct BuildInfo(Arc<str>);

impl Object for BuildInfo {
    fn type_name(&self) -> &'static str {
        "common.HelmVersion"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "Version" => Some(Value::string(Arc::clone(&self.0))),
            "GoVersion" => Some(GO_VERSION.into()),
            "KubeClientVersion" => Some("v1.36".into()),
            "GitCommit" | "GitTreeState" => Some("".into()),
            _ => None,
        }
    }

    /// Go leaves out what is empty.
    fn json_fields(&self) -> Vec<(Arc<str>, Value)> {
        let names = [
            ("version", "Version"),
            ("go_version", "GoVersion"),
            ("kube_client_version", "KubeClientVersion"),
        ];
        let fields =
            names.map(|(name, field)| (name.into(), self.field(field).unwrap_or_default()));
        fields.into()
    }

    fn fields(&self) -> Vec<(Arc<str>, Value)> {
        named_fields(
            self,
            &[
                "Version",
                "GitCommit",
                "GitTreeState",
                "GoVersion",
                "KubeClientVersion",
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_kubernetes_reads_them() {
        for (given, normalized) in [
            ("", "v1.36.0"),
            ("1.30", "v1.30"),
            ("v1.33.4-gke.1", "v1.33.4"),
            ("1.33+", "v1.33"),
            ("1.2.3.4", "v1.2.3.4"),
            (" v1.30.0+k3s1", "v1.30.0"),
        ] {
            let capabilities = ClusterCapabilities::new(given, &[]).unwrap();
            assert_eq!(capabilities.kube_version(), normalized, "{given:?}");
        }
        for wrong in ["1", "01.30", "bad", "v", "1.x", "99999999999999999999.1"] {
            assert!(ClusterCapabilities::new(wrong, &[]).is_err(), "{wrong:?}");
        }
    }
}
