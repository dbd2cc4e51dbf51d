//! Input that means harm.

use gitops_core::apply::{Applier, ApplyOptions, Patch, PatchOptions, Reason, Strategy};
use gitops_core::{GroupKind, GroupVersionKind};
use serde_json::{Value, json};

use crate::memory::{Cluster, Options};

async fn refused(cluster: &Cluster, object: Value) -> Option<Reason> {
    let object = super::object(object);
    let mut reasons = Vec::new();
    for strategy in [
        Strategy::ClientSide,
        Strategy::ServerSide,
        Strategy::Create,
        Strategy::Replace,
    ] {
        let options = ApplyOptions::default().strategy(strategy);
        let applied = cluster.apply(&object, &options).await;
        reasons.push(applied.err().map(|error| error.reason));
        cluster.settle();
    }
    reasons[0]
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |value, _| json!({"x": value}))
}

#[tokio::test]
async fn deep_objects_are_refused() {
    let cluster = Cluster::new();
    let deep = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "default"},
        "data": nested(1_000),
    });
    assert_eq!(refused(&cluster, deep).await, Some(Reason::Invalid));
    let reference = super::deployment("web:1", 1).reference();
    let patch = Patch::Merge(nested(1_000));
    let patched = cluster
        .patch(&reference, &patch, &PatchOptions::default())
        .await;
    assert!(patched.is_err());
}

#[tokio::test]
async fn more_pods_than_fit_are_not_made() {
    let cluster = Cluster::with_options(Options::default().pod_limit(50));
    let web = super::deployment("web:1", i64::from(i32::MAX));
    cluster.apply(&web, &ApplyOptions::default()).await.unwrap();
    cluster.settle();
    let pods = GroupVersionKind::new("", "v1", "Pod");
    assert_eq!(cluster.list(&pods, None).await.unwrap().objects.len(), 50);
}

/// Every field of every kind with a value of another type: a refusal or not,
/// but an answer.
#[tokio::test]
async fn wrong_types_anywhere_are_answered() {
    let cluster = Cluster::new();
    let values = [
        json!("x"),
        json!(-1),
        json!([1]),
        json!({"x": 1}),
        json!(true),
        json!(null),
    ];
    for (kind, fields) in [
        ("v1/Service", vec!["spec", "status"]),
        ("v1/Secret", vec!["data", "stringData", "type"]),
        ("v1/Namespace", vec!["spec", "status"]),
        ("v1/Pod", vec!["spec"]),
        ("v1/PersistentVolumeClaim", vec!["spec"]),
        ("apps/v1/Deployment", vec!["spec"]),
        ("apps/v1/StatefulSet", vec!["spec"]),
        ("apps/v1/DaemonSet", vec!["spec"]),
        ("batch/v1/Job", vec!["spec"]),
        ("batch/v1/CronJob", vec!["spec"]),
        ("networking.k8s.io/v1/Ingress", vec!["spec", "status"]),
        ("networking.k8s.io/v1/NetworkPolicy", vec!["spec"]),
        ("autoscaling/v1/HorizontalPodAutoscaler", vec!["spec"]),
        ("autoscaling/v2/HorizontalPodAutoscaler", vec!["spec"]),
        (
            "rbac.authorization.k8s.io/v1/RoleBinding",
            vec!["roleRef", "subjects"],
        ),
        (
            "apiextensions.k8s.io/v1/CustomResourceDefinition",
            vec!["spec", "status"],
        ),
        ("apiregistration.k8s.io/v1/APIService", vec!["spec"]),
        (
            "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration",
            vec!["webhooks"],
        ),
    ] {
        let (version, kind) = kind.rsplit_once('/').unwrap();
        for field in fields {
            for value in &values {
                for inner in [
                    value.clone(),
                    json!({"x": value}),
                    json!({"template": value}),
                    json!([value]),
                ] {
                    let object = json!({
                        "apiVersion": version, "kind": kind, field: inner,
                        "metadata": {"name": "a", "namespace": "default"},
                    });
                    refused(&cluster, object).await;
                }
            }
        }
        for (field, value) in [
            "labels",
            "annotations",
            "finalizers",
            "ownerReferences",
            "managedFields",
        ]
        .into_iter()
        .flat_map(|field| values.iter().map(move |value| (field, value)))
        {
            let object = json!({
                "apiVersion": version, "kind": kind,
                "metadata": {"name": "b", "namespace": "default", field: value},
            });
            refused(&cluster, object).await;
        }
    }
}

#[tokio::test]
async fn a_definition_cannot_take_a_built_in_kind() {
    let cluster = Cluster::new();
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "deployments.apps"},
        "spec": {
            "group": "apps", "scope": "Cluster",
            "names": {"kind": "Deployment", "plural": "deployments"},
            "versions": [{"name": "v1", "served": true, "storage": true}],
        },
    });
    refused(&cluster, definition).await;
    let discovery = cluster.discover().await.unwrap();
    let scope = discovery.scope(&GroupKind::new("apps", "Deployment"));
    assert_eq!(scope, Some(gitops_core::Scope::Namespaced));
}

#[tokio::test]
async fn owners_in_a_circle_end() {
    let cluster = Cluster::new();
    let config = |name: &str| {
        super::object(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "default"},
        }))
    };
    let options = ApplyOptions::default();
    let mut uids = Vec::new();
    for name in ["a", "b"] {
        let applied = cluster.apply(&config(name), &options).await.unwrap();
        uids.push(applied.object.uid().unwrap().to_owned());
    }
    for (name, owner, uid) in [("a", "b", &uids[1]), ("b", "a", &uids[0])] {
        let reference = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "name": owner, "uid": uid,
            "blockOwnerDeletion": true,
        });
        let patch = Patch::Merge(json!({"metadata": {"ownerReferences": [reference]}}));
        let options = PatchOptions::default();
        let patched = cluster
            .patch(&config(name).reference(), &patch, &options)
            .await;
        patched.unwrap();
    }
    cluster
        .delete(
            &config("a").reference(),
            &gitops_core::apply::DeleteOptions::default(),
        )
        .await
        .unwrap();
    cluster.settle();
    for name in ["a", "b"] {
        assert!(
            cluster
                .get(&config(name).reference())
                .await
                .unwrap()
                .is_none(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn no_secret_is_in_a_refusal() {
    let cluster = Cluster::new();
    for data in [
        json!("hunter2"),
        json!({"password": ["hunter2"]}),
        json!(["hunter2"]),
    ] {
        for strategy in [Strategy::ClientSide, Strategy::ServerSide, Strategy::Create] {
            let secret = super::object(json!({
                "apiVersion": "v1", "kind": "Secret", "data": data,
                "metadata": {"name": "a", "namespace": "default"},
            }));
            let options = ApplyOptions::default().strategy(strategy);
            let error = cluster.apply(&secret, &options).await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
