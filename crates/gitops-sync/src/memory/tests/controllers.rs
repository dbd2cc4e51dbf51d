//! What the cluster's controllers make of objects.

use std::time::Duration;

use gitops_core::apply::{Applier, ApplyOptions, DeleteOptions, Patch, PatchOptions, Strategy};
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{deployment, live, object};
use crate::memory::{Cluster, DELAY, OUTCOME, Options};

async fn apply(cluster: &Cluster, object: &Object) {
    cluster
        .apply(object, &ApplyOptions::default())
        .await
        .unwrap();
}

fn with(object: &Object, change: impl FnOnce(&mut Value)) -> Object {
    let mut changed = object.clone();
    changed.update(change).unwrap();
    changed
}

async fn is_there(cluster: &Cluster, reference: &ObjectRef) -> bool {
    cluster.get(reference).await.unwrap().is_some()
}

#[tokio::test]
async fn services_and_ingresses_get_addresses() {
    let cluster = Cluster::new();
    let service = object(json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    }));
    let ingress = object(json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
    }));
    for object in [service, ingress] {
        apply(&cluster, &object).await;
        cluster.settle();
        let status = live(&cluster, &object.reference()).await["status"].clone();
        let address = status.pointer("/loadBalancer/ingress/0/ip");
        assert!(address.is_some_and(Value::is_string), "{object}: {status}");
        let again = cluster
            .apply(&object, &ApplyOptions::default())
            .await
            .unwrap();
        assert_eq!(again.outcome, gitops_core::apply::Outcome::Unchanged);
    }
}

#[tokio::test]
async fn a_claim_is_bound_to_a_volume_that_goes_with_it() {
    let cluster = Cluster::new();
    let claim = object(json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "default"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }));
    apply(&cluster, &claim).await;
    cluster.settle();
    let bound = live(&cluster, &claim.reference()).await;
    assert_eq!(bound["status"]["phase"], "Bound");
    assert_eq!(bound["status"]["capacity"]["storage"], "1Gi");
    let volume = ObjectRef {
        kind: GroupVersionKind::new("", "v1", "PersistentVolume"),
        namespace: None,
        name: bound["spec"]["volumeName"].as_str().unwrap().into(),
    };
    assert_eq!(live(&cluster, &volume).await["status"]["phase"], "Bound");
    cluster
        .delete(&claim.reference(), &DeleteOptions::default())
        .await
        .unwrap();
    cluster.settle();
    assert!(!is_there(&cluster, &claim.reference()).await);
    assert!(!is_there(&cluster, &volume).await);
}

#[tokio::test]
async fn a_daemon_set_rolls_on_its_node() {
    let cluster = Cluster::new();
    let daemon = with(&deployment("agent:1", 1), |value| {
        value["kind"] = "DaemonSet".into();
        value["spec"].as_object_mut().unwrap().remove("replicas");
    });
    apply(&cluster, &daemon).await;
    cluster.settle();
    let status = live(&cluster, &daemon.reference()).await["status"].clone();
    assert_eq!(status["numberAvailable"], 1);
    assert_eq!(status["updatedNumberScheduled"], 1);
    let newer = with(&daemon, |value| {
        value["spec"]["template"]["spec"]["containers"][0]["image"] = "agent:2".into();
    });
    apply(&cluster, &newer).await;
    cluster.settle();
    let status = live(&cluster, &daemon.reference()).await["status"].clone();
    assert_eq!(status["numberAvailable"], 1);
    assert_eq!(status["observedGeneration"], 2);
    let pods = GroupVersionKind::new("", "v1", "Pod");
    let pods = cluster.list(&pods, None).await.unwrap().objects;
    assert_eq!(pods.len(), 1);
    assert_eq!(pods[0].value()["spec"]["containers"][0]["image"], "agent:2");
}

#[tokio::test]
async fn a_stateful_set_makes_pods_and_claims_in_order() {
    let cluster = Cluster::new();
    let database = with(&deployment("db:1", 3), |value| {
        value["kind"] = "StatefulSet".into();
        value["spec"]["volumeClaimTemplates"] = json!([{
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
        }]);
    });
    apply(&cluster, &database).await;
    let pods = GroupVersionKind::new("", "v1", "Pod");
    cluster.advance(Duration::from_millis(100));
    assert_eq!(cluster.list(&pods, None).await.unwrap().objects.len(), 1);
    cluster.advance(Duration::from_millis(200));
    assert_eq!(cluster.list(&pods, None).await.unwrap().objects.len(), 2);
    cluster.settle();
    let names: Vec<String> = cluster
        .list(&pods, None)
        .await
        .unwrap()
        .objects
        .iter()
        .map(|pod| pod.name().to_owned())
        .collect();
    assert_eq!(names, ["web-0", "web-1", "web-2"]);
    let claims = GroupVersionKind::new("", "v1", "PersistentVolumeClaim");
    let claims = cluster.list(&claims, None).await.unwrap().objects;
    assert_eq!(claims.len(), 3);
    assert_eq!(claims[0].name(), "data-web-0");
}

#[tokio::test]
async fn a_failed_job_is_tried_again_until_its_limit() {
    let cluster = Cluster::with_options(Options::default().job_backoff(Duration::from_secs(10)));
    let job = object(json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "job", "namespace": "default"},
        "spec": {
            "backoffLimit": 2,
            "ttlSecondsAfterFinished": 60,
            "template": {
                "metadata": {"annotations": {OUTCOME: "fail", DELAY: "1s"}},
                "spec": {"restartPolicy": "Never", "containers": [{"name": "job", "image": "job:1"}]},
            },
        },
    }));
    apply(&cluster, &job).await;
    // Three tries of a second, with waits of ten and twenty between them.
    cluster.advance(Duration::from_secs(32));
    assert_eq!(
        live(&cluster, &job.reference()).await["status"]["failed"],
        2
    );
    cluster.advance(Duration::from_secs(1));
    let status = live(&cluster, &job.reference()).await["status"].clone();
    assert_eq!(status["failed"], 3);
    assert_eq!(status["conditions"][1]["reason"], "BackoffLimitExceeded");
    cluster.settle();
    assert!(!is_there(&cluster, &job.reference()).await);
}

#[tokio::test]
async fn a_pod_that_cannot_start_says_why() {
    for (outcome, phase, reason) in [
        ("imagepull", "Pending", "ImagePullBackOff"),
        ("never", "Pending", "ContainerCreating"),
        ("crashloop", "Running", "CrashLoopBackOff"),
    ] {
        let cluster = Cluster::new();
        let pod = object(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "default", "annotations": {OUTCOME: outcome}},
            "spec": {"containers": [{"name": "a", "image": "a:1"}]},
        }));
        apply(&cluster, &pod).await;
        cluster.settle();
        let status = live(&cluster, &pod.reference()).await["status"].clone();
        assert_eq!(status["phase"], phase);
        let state = &status["containerStatuses"][0]["state"];
        assert_eq!(state["waiting"]["reason"], reason);
    }
}

#[tokio::test]
async fn a_namespace_goes_with_all_that_is_in_it() {
    let cluster = Cluster::new();
    cluster.create_namespace("shop");
    let web = with(&deployment("web:1", 2), |value| {
        value["metadata"]["namespace"] = "shop".into();
    });
    let held = object(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "shop", "finalizers": ["example.com/hold"]},
    }));
    apply(&cluster, &web).await;
    apply(&cluster, &held).await;
    cluster.settle();
    let namespace = ObjectRef {
        kind: GroupVersionKind::new("", "v1", "Namespace"),
        namespace: None,
        name: "shop".into(),
    };
    cluster
        .delete(&namespace, &DeleteOptions::default())
        .await
        .unwrap();
    cluster.settle();
    assert!(!is_there(&cluster, &web.reference()).await);
    assert_eq!(
        live(&cluster, &namespace).await["status"]["phase"],
        "Terminating"
    );
    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    cluster
        .patch(&held.reference(), &release, &PatchOptions::default())
        .await
        .unwrap();
    cluster.settle();
    assert!(!is_there(&cluster, &namespace).await);
}

#[tokio::test]
async fn an_autoscaler_can_be_written_in_either_version() {
    let cluster = Cluster::new();
    let short = object(json!({
        "apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "maxReplicas": 3, "targetCPUUtilizationPercentage": 60,
        },
    }));
    for strategy in [Strategy::ClientSide, Strategy::ServerSide] {
        let options = ApplyOptions::default().strategy(strategy);
        cluster.apply(&short, &options).await.unwrap();
        let again = cluster.apply(&short, &options).await.unwrap();
        assert_eq!(again.outcome, gitops_core::apply::Outcome::Unchanged);
        assert_eq!(
            again.object.value()["spec"]["targetCPUUtilizationPercentage"],
            60
        );
    }
    let mut long = short.reference();
    long.kind.version = "v2".into();
    let metric = live(&cluster, &long).await["spec"]["metrics"][0].clone();
    assert_eq!(metric["resource"]["target"]["averageUtilization"], 60);
}

#[tokio::test(start_paused = true)]
async fn a_running_cluster_goes_with_the_clock() {
    let cluster = Cluster::new();
    let web = deployment("web:1", 1);
    let watched = async {
        apply(&cluster, &web).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        let before = live(&cluster, &web.reference()).await["status"].clone();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let after = live(&cluster, &web.reference()).await["status"].clone();
        (before, after)
    };
    let (before, after) = tokio::select! {
        never = cluster.run() => match never {},
        seen = watched => seen,
    };
    assert_eq!(before["availableReplicas"], Value::Null);
    assert_eq!(before["unavailableReplicas"], 1);
    assert_eq!(after["availableReplicas"], 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// From version to version there are never more pods than the surge allows,
    /// nor fewer ready ones than the strategy promises.
    #[test]
    fn a_rollout_keeps_within_its_bounds(
        replicas in 1_i64..8,
        surge in 0_i64..4,
        unavailable in 0_i64..4,
    ) {
        prop_assume!(surge + unavailable > 0);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let cluster = Cluster::new();
            let version = |image: &str| with(&deployment(image, replicas), |value| {
                value["spec"]["strategy"] = json!({
                    "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
                });
            });
            apply(&cluster, &version("web:1")).await;
            cluster.settle();
            apply(&cluster, &version("web:2")).await;
            for _ in 0..100 {
                cluster.advance(Duration::from_millis(50));
                let status = live(&cluster, &version("web:2").reference()).await["status"].clone();
                let part = |name: &str| status[name].as_i64().unwrap_or(0);
                prop_assert!(part("replicas") <= replicas + surge, "{}", status);
                prop_assert!(part("availableReplicas") >= replicas - unavailable, "{}", status);
            }
            let status = live(&cluster, &version("web:2").reference()).await["status"].clone();
            prop_assert_eq!(status["updatedReplicas"].as_i64(), Some(replicas));
            prop_assert_eq!(status["availableReplicas"].as_i64(), Some(replicas));
            prop_assert_eq!(status["conditions"][1]["reason"].as_str(), Some("NewReplicaSetAvailable"));
            Ok(())
        })?;
    }
}
