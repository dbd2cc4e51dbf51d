//! The Application and its spec.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::read::{self, UnknownField};
use super::{
    API_VERSION, ApplicationSource, ApplicationStatus, DirectorySource, Error, HelmSource,
    KustomizeSource, ManagedNamespaceMetadata, Operation, PluginSource, SyncPolicy, is_default,
};

/// The annotation that asks for an Application to be left alone.
const SKIP_RECONCILE: &str = "argocd.argoproj.io/skip-reconcile";

/// What is deployed from where to where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Application {
    /// `argoproj.io/v1alpha1`.
    pub api_version: String,
    /// `Application`.
    pub kind: String,
    /// Name, namespace, annotations and the rest of what every object has.
    pub metadata: Metadata,
    /// What is wanted.
    pub spec: ApplicationSpec,
    /// A sync somebody asked for; taken away when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// What the engine found and did.
    #[serde(skip_serializing_if = "is_default")]
    pub status: ApplicationStatus,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            api_version: API_VERSION.into(),
            kind: "Application".into(),
            metadata: Metadata::default(),
            spec: ApplicationSpec::default(),
            operation: None,
            status: ApplicationStatus::default(),
        }
    }
}

impl Application {
    /// An Application of one source in the project `default`.
    pub fn new(
        name: impl Into<String>,
        source: ApplicationSource,
        destination: Destination,
    ) -> Self {
        Self {
            metadata: Metadata {
                name: name.into(),
                ..Metadata::default()
            },
            spec: ApplicationSpec {
                project: "default".into(),
                source: Some(source),
                destination,
                ..ApplicationSpec::default()
            },
            ..Self::default()
        }
    }

    /// Reads an Application from JSON and reports every field it does not know.
    ///
    /// # Errors
    ///
    /// When `value` is of another kind, has no name, or a field has the wrong
    /// type; the error names the field's path.
    pub fn read(value: &Value) -> Result<(Self, Vec<UnknownField>), Error> {
        read::check_kind(value, "Application")?;
        let (application, unknown): (Self, _) = read::read(value)?;
        if application.metadata.name.is_empty() {
            return Err(Error::new("metadata.name", "is required"));
        }
        Ok((application, unknown))
    }

    /// One annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata.annotations.get(key).map(String::as_str)
    }

    /// Whether an annotation asks for the Application to be left alone: neither
    /// refreshed nor synced nor deleted.
    ///
    /// ```
    /// use gitops_core::api::Application;
    ///
    /// let mut shop = Application::default();
    /// let annotations = &mut shop.metadata.annotations;
    /// annotations.insert("argocd.argoproj.io/skip-reconcile".into(), "true".into());
    /// assert!(shop.is_skipped());
    /// ```
    pub fn is_skipped(&self) -> bool {
        let yes = ["1", "t", "T", "TRUE", "true", "True"];
        self.annotation(SKIP_RECONCILE)
            .is_some_and(|text| yes.contains(&text))
    }

    /// The labels and annotations that the policy has for the destination namespace.
    pub fn managed_namespace(&self) -> Option<&ManagedNamespaceMetadata> {
        let policy = self.spec.sync_policy.as_ref()?;
        policy.managed_namespace_metadata.as_ref()
    }

    /// Whether the policy has other labels or annotations for the destination namespace
    /// than it had at the last sync.
    pub fn has_changed_namespace(&self) -> bool {
        let wanted = self.managed_namespace();
        let state = self.status.operation_state.as_ref();
        let last = state.and_then(|state| state.sync_result.as_ref());
        wanted.is_some()
            && last.is_some_and(|last| last.managed_namespace_metadata.as_ref() != wanted)
    }

    /// The name objects carry in their tracking mark: the Application's own in the
    /// control plane's namespace, `namespace_name` elsewhere.
    ///
    /// ```
    /// use gitops_core::api::{Application, ApplicationSource, Destination};
    ///
    /// let mut shop = Application::new("shop", ApplicationSource::default(), Destination::default());
    /// assert_eq!(shop.instance_name("argocd"), "shop");
    /// shop.metadata.namespace = "team".into();
    /// assert_eq!(shop.instance_name("argocd"), "team_shop");
    /// ```
    pub fn instance_name(&self, control_namespace: &str) -> String {
        let Metadata {
            name, namespace, ..
        } = &self.metadata;
        if namespace.is_empty() || namespace == control_namespace {
            return name.clone();
        }
        format!("{namespace}_{name}")
    }
}

/// What every Kubernetes object has beside its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Metadata {
    /// The name.
    pub name: String,
    /// The namespace.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The prefix of a name the server makes up.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub generate_name: String,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What must be taken away before the object is gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<String>,
    /// Given by the API server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Given by the API server.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    /// Counted by the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// When the object was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Timestamp>,
    /// When the object's deletion was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<Timestamp>,
    /// Seconds the deletion may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// Who owns the object, as the API server keeps it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owner_references: Vec<Value>,
    /// Who owns which field, as the API server keeps it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub managed_fields: Vec<Value>,
    /// No longer written by API servers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub self_link: String,
}

/// What an Application wants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ApplicationSpec {
    /// The project; empty means `default`.
    pub project: String,
    /// The one source; [`ApplicationSpec::sources`] come before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// Several sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// The rendered-manifest pattern; comes before both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_hydrator: Option<SourceHydrator>,
    /// Where it is deployed.
    pub destination: Destination,
    /// How and when it is synced; `None` means by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_policy: Option<SyncPolicy>,
    /// Differences that do not count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore_differences: Vec<ResourceIgnoreDifferences>,
    /// Free text shown to people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub info: Vec<Info>,
    /// How many entries of the history are kept; `None` means ten, zero and less none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_history_limit: Option<i64>,
}

impl ApplicationSpec {
    /// The sources that count: the hydrator's, else several, else the one.
    pub fn effective_sources(&self) -> Vec<ApplicationSource> {
        if let Some(hydrator) = &self.source_hydrator {
            return vec![hydrator.effective_source()];
        }
        if !self.sources.is_empty() {
            return self.sources.clone();
        }
        self.source.iter().cloned().collect()
    }

    /// Whether the sources are a list, even of one.
    pub fn has_multiple_sources(&self) -> bool {
        self.source_hydrator.is_none() && !self.sources.is_empty()
    }
}

/// The cluster and namespace an Application is deployed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Destination {
    /// The cluster's URL; either this or the name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// The cluster's name; either this or the URL.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The namespace of objects that name none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
}

impl Destination {
    /// A namespace of the cluster the engine runs in.
    pub fn in_cluster(namespace: impl Into<String>) -> Self {
        Self {
            server: "https://kubernetes.default.svc".into(),
            name: String::new(),
            namespace: namespace.into(),
        }
    }
}

/// Differences of some objects that do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResourceIgnoreDifferences {
    /// A glob on the group; empty matches the core group only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// A glob on the kind.
    pub kind: String,
    /// The exact name; empty matches any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The exact namespace; empty matches any.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Fields by JSON pointer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub json_pointers: Vec<String>,
    /// Fields by jq path expression.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jq_path_expressions: Vec<String>,
    /// Fields that one of these field managers owns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub managed_fields_managers: Vec<String>,
}

/// A name and a text shown to people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Info {
    /// The name.
    pub name: String,
    /// The text.
    pub value: String,
}

/// The rendered-manifest pattern: rendered from one place, synced from another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SourceHydrator {
    /// What is rendered.
    pub dry_source: DrySource,
    /// Where the result is synced from.
    pub sync_source: SyncSource,
    /// Where the result is pushed to first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hydrate_to: Option<HydrateTo>,
}

impl SourceHydrator {
    /// The source that is synced.
    pub fn effective_source(&self) -> ApplicationSource {
        let repo_url = match self.sync_source.repo_url.as_str() {
            "" => &self.dry_source.repo_url,
            own => own,
        };
        ApplicationSource {
            repo_url: repo_url.to_owned(),
            path: self.sync_source.path.clone(),
            target_revision: self.sync_source.target_branch.clone(),
            ..ApplicationSource::default()
        }
    }
}

/// What a hydrator renders.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct DrySource {
    /// The repository's URL.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// Branch, tag or commit.
    pub target_revision: String,
    /// The folder.
    pub path: String,
    /// Helm's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helm: Option<HelmSource>,
    /// Kustomize's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<KustomizeSource>,
    /// Settings for plain manifests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<DirectorySource>,
    /// A plugin's settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<PluginSource>,
}

/// Where hydrated manifests are synced from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SyncSource {
    /// The repository's URL; empty means the dry source's.
    #[serde(rename = "repoURL", skip_serializing_if = "String::is_empty")]
    pub repo_url: String,
    /// The branch.
    pub target_branch: String,
    /// The folder; not the repository's root.
    pub path: String,
}

/// Where hydrated manifests are pushed to first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct HydrateTo {
    /// The branch.
    pub target_branch: String,
}
