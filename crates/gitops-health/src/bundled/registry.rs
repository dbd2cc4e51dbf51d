//! Which check is for which kind.

use std::sync::{Arc, LazyLock};

use gitops_core::Health;
use rustc_hash::FxHashMap;
use serde_json::Value;

use super::table::{Table, parse};
use super::{
    ceph, cluster_api, contour, crossplane, data, delivery, flux, gateway, identity, keda, knative,
    kubevirt, numaproj, observability, open_cluster_management, openshift, promoter, rollout,
    spark,
};
use crate::Outcome;

/// A check written in Rust.
type Code = fn(&Value) -> Health;

pub(super) enum Check {
    Table(Arc<Table>),
    Code(Code),
    /// A resource of the first AWS provider, with the name that messages use.
    Aws(&'static str),
    Promoter(&'static promoter::Kind),
}

impl Check {
    pub(super) fn judge(&self, object: &Value) -> Outcome {
        match self {
            Self::Table(table) => table.judge(object),
            Self::Code(check) => Outcome::Judged(check(object)),
            Self::Aws(name) => Outcome::Judged(crossplane::aws(object, name)),
            Self::Promoter(kind) => Outcome::Judged(kind.judge(object)),
        }
    }
}

const TABLES: [&str; 7] = [
    include_str!("tables/argo.txt"),
    include_str!("tables/capabilities.txt"),
    include_str!("tables/data.txt"),
    include_str!("tables/observability.txt"),
    include_str!("tables/platform.txt"),
    include_str!("tables/security.txt"),
    include_str!("tables/workloads.txt"),
];

const CODE: &[(&str, Code)] = &[
    ("_.crossplane.io/_", crossplane::crossplane),
    ("_.upbound.io/_", crossplane::upbound),
    (
        "apps.openshift.io/DeploymentConfig",
        openshift::deployment_config,
    ),
    ("argoproj.io/Rollout", rollout::check),
    ("ceph.rook.io/CephCluster", ceph::cluster),
    ("ceph.rook.io/CephObjectStore", ceph::object_store),
    ("cluster.x-k8s.io/MachinePool", cluster_api::machine_pool),
    (
        "controlplane.cluster.x-k8s.io/AWSManagedControlPlane",
        cluster_api::aws_control_plane,
    ),
    ("core.spinkube.dev/SpinApp", delivery::spin_app),
    (
        "elasticsearch.k8s.elastic.co/Elasticsearch",
        data::elasticsearch,
    ),
    ("flagger.app/Canary", delivery::canary),
    ("game.kruise.io/GameServerSet", delivery::game_server_set),
    (
        "gateway.networking.k8s.io/BackendTLSPolicy",
        gateway::backend_tls_policy,
    ),
    ("gateway.networking.k8s.io/GRPCRoute", gateway::grpc_route),
    ("gateway.networking.k8s.io/Gateway", gateway::gateway),
    ("gateway.networking.k8s.io/HTTPRoute", gateway::http_route),
    (
        "grafana.integreatly.org/GrafanaDashboard",
        observability::grafana_content,
    ),
    (
        "grafana.integreatly.org/GrafanaFolder",
        observability::grafana_content,
    ),
    ("helm.toolkit.fluxcd.io/HelmRelease", flux::helm_release),
    ("iammanager.keikoproj.io/Iamrole", identity::iam_role),
    ("image.toolkit.fluxcd.io/ImagePolicy", flux::image_policy),
    (
        "image.toolkit.fluxcd.io/ImageRepository",
        flux::image_repository,
    ),
    (
        "image.toolkit.fluxcd.io/ImageUpdateAutomation",
        flux::kustomization,
    ),
    ("k8s.keycloak.org/Keycloak", identity::keycloak),
    ("kafka.banzaicloud.io/KafkaCluster", data::kafka_cluster),
    ("keda.sh/ScaledJob", keda::scaled_job),
    ("keda.sh/ScaledObject", keda::scaled_object),
    (
        "kubernetes-client.io/ExternalSecret",
        identity::external_secret,
    ),
    ("kubevirt.io/VirtualMachine", kubevirt::machine),
    ("kubevirt.io/VirtualMachineInstance", kubevirt::instance),
    (
        "kustomize.toolkit.fluxcd.io/Kustomization",
        flux::kustomization,
    ),
    ("microgateway.airlock.com/_", gateway::airlock),
    (
        "monitoring.coreos.com/Prometheus",
        observability::prometheus,
    ),
    ("notification.toolkit.fluxcd.io/Receiver", flux::receiver),
    (
        "numaflow.numaproj.io/InterStepBufferService",
        numaproj::buffer_service,
    ),
    ("numaflow.numaproj.io/MonoVertex", numaproj::mono_vertex),
    ("numaflow.numaproj.io/Pipeline", numaproj::pipeline),
    ("numaflow.numaproj.io/Vertex", numaproj::vertex),
    (
        "numaplane.numaproj.io/ISBServiceRollout",
        numaproj::buffer_service_rollout,
    ),
    (
        "numaplane.numaproj.io/MonoVertexRollout",
        numaproj::mono_vertex_rollout,
    ),
    (
        "numaplane.numaproj.io/NumaflowControllerRollout",
        numaproj::controller_rollout,
    ),
    (
        "numaplane.numaproj.io/PipelineRollout",
        numaproj::pipeline_rollout,
    ),
    (
        "opentelemetry.io/OpenTelemetryCollector",
        observability::collector,
    ),
    ("operator.knative.dev/KnativeEventing", knative::eventing),
    ("operator.knative.dev/KnativeServing", knative::serving),
    ("operators.coreos.com/Subscription", openshift::subscription),
    ("pkg.crossplane.io/Provider", crossplane::provider),
    (
        "policy.open-cluster-management.io/ConfigurationPolicy",
        open_cluster_management::configuration_policy,
    ),
    (
        "policy.open-cluster-management.io/Policy",
        open_cluster_management::policy,
    ),
    ("policy/PodDisruptionBudget", delivery::disruption_budget),
    ("projectcontour.io/HTTPProxy", contour::proxy),
    ("route.openshift.io/Route", openshift::route),
    ("serving.knative.dev/Service", knative::service),
    (
        "serving.kserve.io/InferenceService",
        knative::inference_service,
    ),
    ("source.toolkit.fluxcd.io/Bucket", flux::source),
    ("source.toolkit.fluxcd.io/GitRepository", flux::source),
    ("source.toolkit.fluxcd.io/HelmChart", flux::source),
    (
        "source.toolkit.fluxcd.io/HelmRepository",
        flux::helm_repository,
    ),
    ("source.toolkit.fluxcd.io/OCIRepository", flux::source),
    ("sparkoperator.k8s.io/SparkApplication", spark::application),
];

/// Kinds beside those of the reference that fare like one of them.
const RELATED_CODE: &[(&str, Code)] = &[
    ("gateway.networking.k8s.io/TCPRoute", gateway::grpc_route),
    ("gateway.networking.k8s.io/TLSRoute", gateway::grpc_route),
    ("gateway.networking.k8s.io/UDPRoute", gateway::grpc_route),
    (
        "monitoring.coreos.com/Alertmanager",
        observability::prometheus,
    ),
    (
        "monitoring.coreos.com/PrometheusAgent",
        observability::prometheus,
    ),
    (
        "monitoring.coreos.com/ThanosRuler",
        observability::prometheus,
    ),
];

/// Resources of the first AWS provider, and what messages call them.
const AWS: &[(&str, &str)] = &[
    ("cloudfront.aws.crossplane.io/Distribution", "distribution"),
    ("iam.aws.crossplane.io/Policy", "Policy"),
    ("iam.aws.crossplane.io/Role", "Role"),
    (
        "iam.aws.crossplane.io/RolePolicyAttachment",
        "RolePolicyAttachment",
    ),
    ("rds.aws.crossplane.io/DBCluster", "DBCluster"),
    ("rds.aws.crossplane.io/DBInstance", "DBInstance"),
    (
        "route53.aws.crossplane.io/ResourceRecordSet",
        "resourcrecordset",
    ),
    ("s3.aws.crossplane.io/Bucket", "Bucket"),
];

/// Checks by group and kind.
#[derive(Default)]
struct Checks {
    exact: FxHashMap<&'static str, FxHashMap<&'static str, (&'static str, Check)>>,
    /// Those whose group or kind stands for more than itself, in byte order.
    wildcards: Vec<(&'static str, Check)>,
}

static CHECKS: LazyLock<Checks> = LazyLock::new(|| {
    let tables = TABLES.iter().flat_map(|text| read(text));
    let code = CODE
        .iter()
        .map(|(name, check)| (*name, Check::Code(*check)));
    let aws = AWS.iter().map(|(name, noun)| (*name, Check::Aws(noun)));
    let promoter = promoter::KINDS
        .iter()
        .map(|kind| (kind.name, Check::Promoter(kind)));
    tables.chain(code).chain(aws).chain(promoter).collect()
});

/// Kinds beside those of the reference.
static RELATED: LazyLock<Checks> = LazyLock::new(|| {
    let code = RELATED_CODE
        .iter()
        .map(|(name, check)| (*name, Check::Code(*check)));
    read(include_str!("tables/related.txt"))
        .chain(code)
        .collect()
});

fn read(text: &'static str) -> impl Iterator<Item = (&'static str, Check)> {
    parse(text)
        .expect("a test reads every table")
        .into_iter()
        .map(|(name, table)| (name, Check::Table(table)))
}

pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    CHECKS.names()
}

pub(super) fn related_kinds() -> impl Iterator<Item = &'static str> {
    RELATED.names()
}

pub(super) fn find(group: &str, kind: &str) -> Option<&'static Check> {
    CHECKS.find(group, kind)
}

pub(super) fn related(group: &str, kind: &str) -> Option<&'static Check> {
    RELATED.find(group, kind)
}

impl FromIterator<(&'static str, Check)> for Checks {
    fn from_iter<I: IntoIterator<Item = (&'static str, Check)>>(all: I) -> Self {
        let mut checks = Self::default();
        for (name, check) in all {
            match name.split_once('/') {
                Some((group, kind)) if kind != "_" => {
                    let kinds = checks.exact.entry(group).or_default();
                    kinds.insert(kind, (name, check));
                }
                _ => checks.wildcards.push((name, check)),
            }
        }
        checks.wildcards.sort_by_key(|(name, _)| *name);
        checks
    }
}

impl Checks {
    /// Every `group/Kind`, in byte order.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let exact = self.exact.values().flat_map(FxHashMap::values);
        let exact = exact.map(|(name, _)| *name);
        let wildcards = self.wildcards.iter().map(|(name, _)| *name);
        let mut names: Vec<_> = exact.chain(wildcards).collect();
        names.sort_unstable();
        names.into_iter()
    }

    fn find(&self, group: &str, kind: &str) -> Option<&Check> {
        if group.is_empty() {
            return None;
        }
        let kinds = self.exact.get(group);
        if let Some((_, check)) = kinds.and_then(|kinds| kinds.get(kind)) {
            return Some(check);
        }
        let mut wildcards = self.wildcards.iter();
        let (_, check) = wildcards.find(|(name, _)| stands_for(name, group))?;
        Some(check)
    }
}

/// Whether `_.group/_` or `group/_` stands for a group.
fn stands_for(name: &str, group: &str) -> bool {
    let own = name.strip_suffix("/_").unwrap_or(name);
    match own.strip_prefix('_') {
        Some(suffix) => group.ends_with(suffix),
        None => own == group,
    }
}
