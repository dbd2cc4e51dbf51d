//! What the checks say, one line a rule. Every line starts from an object of
//! the kind with nothing but a name and a namespace.

use gitops_core::{HealthCheck, HealthStatus, Object};
use serde_json::{Value, json};

use super::Builtin;

fn object(kind: &str, fields: Value) -> Object {
    let (api_version, kind) = kind.rsplit_once('/').unwrap();
    let mut object = json!({
        "apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "b"},
    });
    let Value::Object(fields) = fields else {
        panic!("fields are a map")
    };
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("metadata", Value::Object(metadata)) => {
                object["metadata"].as_object_mut().unwrap().extend(metadata);
            }
            (_, value) => object[name.as_str()] = value,
        }
    }
    Object::new(object).unwrap()
}

#[track_caller]
fn check(kind: &str, fields: Value, status: HealthStatus, message: &str) {
    let health = Builtin.check(&object(kind, fields)).unwrap().unwrap();
    assert_eq!((health.status, health.message.as_str()), (status, message));
}

#[track_caller]
fn fails(kind: &str, fields: Value, message: &str) {
    let error = Builtin.check(&object(kind, fields)).unwrap_err();
    assert_eq!(error.source.to_string(), message);
}

use HealthStatus::{Degraded, Healthy, Progressing, Suspended, Unknown};

#[test]
fn what_is_being_deleted_is_progressing() {
    let begun = json!({"deletionTimestamp": "2026-01-01T00:00:00Z"});
    check(
        "v1/ConfigMap",
        json!({"metadata": begun}),
        Progressing,
        "Pending deletion",
    );
    let hook = json!({
        "deletionTimestamp": "2026-01-01T00:00:00Z",
        "finalizers": ["argocd.argoproj.io/hook-finalizer"],
    });
    let phase = json!({"phase": "Succeeded"});
    check(
        "v1/Pod",
        json!({"metadata": hook, "status": phase}),
        Healthy,
        "",
    );
    let garbage = object(
        "v1/ConfigMap",
        json!({"metadata": {"deletionTimestamp": "soon"}}),
    );
    assert_eq!(Builtin.check(&garbage).unwrap(), None);
}

#[test]
fn kinds_without_a_check_have_no_health() {
    for kind in [
        "v1/ConfigMap",
        "batch/v1/CronJob",
        "argoproj.io/v1alpha1/Application",
    ] {
        assert_eq!(
            Builtin.check(&object(kind, json!({}))).unwrap(),
            None,
            "{kind}"
        );
    }
}

#[test]
fn versions_are_told_apart() {
    fails(
        "apps/v1beta1/Deployment",
        json!({}),
        "unsupported Deployment GVK: apps/v1beta1, Kind=Deployment",
    );
    fails("v2/Pod", json!({}), "unsupported Pod GVK: /v2, Kind=Pod");
    fails(
        "autoscaling/v2beta2/HorizontalPodAutoscaler",
        json!({}),
        "unsupported HPA GVK: autoscaling/v2beta2, Kind=HorizontalPodAutoscaler",
    );
    check("extensions/v1beta1/Ingress", json!({}), Progressing, "");
}

#[test]
fn a_wrong_type_anywhere_fails_the_check() {
    fails(
        "apps/v1/Deployment",
        json!({"spec": {"paused": true, "template": {"spec": {"containers": {}}}}}),
        "failed to convert unstructured Deployment to typed: cannot restore slice from map",
    );
    fails(
        "autoscaling/v2/HorizontalPodAutoscaler",
        json!({"spec": {"maxReplicas": "3"}}),
        "failed to convert unstructured HPA to typed: unrecognized type: int32",
    );
}

#[test]
fn deployments() {
    let kind = "apps/v1/Deployment";
    let deadline =
        json!([{"type": "Progressing", "status": "True", "reason": "ProgressDeadlineExceeded"}]);
    check(
        kind,
        json!({"spec": {"paused": true}}),
        Suspended,
        "Deployment is paused",
    );
    check(
        kind,
        json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}}),
        Progressing,
        "Waiting for rollout to finish: observed deployment generation less than desired generation",
    );
    check(
        kind,
        json!({"status": {"conditions": deadline}}),
        Degraded,
        "Deployment \"a\" exceeded its progress deadline",
    );
    let rollout = |status: Value, message: &str| {
        check(
            kind,
            json!({"spec": {"replicas": 3}, "status": status}),
            Progressing,
            &format!("Waiting for rollout to finish: {message}..."),
        );
    };
    rollout(
        json!({"updatedReplicas": 2}),
        "2 out of 3 new replicas have been updated",
    );
    rollout(
        json!({"updatedReplicas": 3, "replicas": 5}),
        "2 old replicas are pending termination",
    );
    rollout(
        json!({"updatedReplicas": 3, "replicas": 3, "availableReplicas": 1}),
        "1 of 3 updated replicas are available",
    );
    check(kind, json!({}), Healthy, "");
}

#[test]
fn stateful_sets() {
    let kind = "apps/v1/StatefulSet";
    check(
        kind,
        json!({}),
        Progressing,
        "Waiting for statefulset spec update to be observed...",
    );
    let stateful = |spec: Value, status: Value, health: HealthStatus, message: &str| {
        let mut status = status;
        status["observedGeneration"] = json!(1);
        status["readyReplicas"] = json!(3);
        check(
            kind,
            json!({"spec": spec, "status": status}),
            health,
            message,
        );
    };
    stateful(
        json!({"replicas": 5}),
        json!({}),
        Progressing,
        "Waiting for 2 pods to be ready...",
    );
    let rolling = |update: Value| json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": update}});
    stateful(
        rolling(json!({"partition": 1})),
        json!({"updatedReplicas": 1}),
        Progressing,
        "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...",
    );
    stateful(
        rolling(json!({})),
        json!({"updatedReplicas": 1}),
        Healthy,
        "partitioned roll out complete: 1 new pods have been updated...",
    );
    stateful(
        json!({"updateStrategy": {"type": "OnDelete"}}),
        json!({}),
        Healthy,
        "statefulset has 3 ready pods",
    );
    stateful(
        rolling(json!(null)),
        json!({"updateRevision": "b", "currentRevision": "a", "updatedReplicas": 1}),
        Progressing,
        "waiting for statefulset rolling update to complete 1 pods at revision b...",
    );
    stateful(
        json!({}),
        json!({"updateRevision": "b", "currentRevision": "b", "currentReplicas": 3}),
        Healthy,
        "statefulset rolling update complete 3 pods at revision b...",
    );
}

#[test]
fn daemon_sets() {
    let kind = "apps/v1/DaemonSet";
    check(
        kind,
        json!({"metadata": {"generation": 1}}),
        Progressing,
        "Waiting for rollout to finish: observed daemon set generation less than desired generation",
    );
    let status = json!({"updatedNumberScheduled": 1, "desiredNumberScheduled": 3});
    check(
        kind,
        json!({"spec": {"updateStrategy": {"type": "OnDelete"}}, "status": status}),
        Healthy,
        "daemon set 1 out of 3 new pods have been updated",
    );
    check(
        kind,
        json!({"status": status}),
        Progressing,
        "Waiting for daemon set \"a\" rollout to finish: 1 out of 3 new pods have been updated...",
    );
    check(
        kind,
        json!({"status": {"updatedNumberScheduled": 3, "desiredNumberScheduled": 3, "numberAvailable": 2}}),
        Progressing,
        "Waiting for daemon set \"a\" rollout to finish: 2 of 3 updated pods are available...",
    );
    check(kind, json!({}), Healthy, "");
}

#[test]
fn replica_sets() {
    let kind = "apps/v1/ReplicaSet";
    let failure =
        |status: &str| json!([{"type": "ReplicaFailure", "status": status, "message": "quota"}]);
    check(
        kind,
        json!({"status": {"conditions": failure("True")}}),
        Degraded,
        "quota",
    );
    check(
        kind,
        json!({"status": {"conditions": failure("False")}}),
        Healthy,
        "",
    );
    check(
        kind,
        json!({"spec": {"replicas": 2}, "status": {"availableReplicas": 1}}),
        Progressing,
        "Waiting for rollout to finish: 1 out of 2 new replicas are available...",
    );
}

#[test]
fn pods_by_their_phase() {
    let pod = |policy: &str, status: Value, health: HealthStatus, message: &str| {
        check(
            "v1/Pod",
            json!({"spec": {"restartPolicy": policy}, "status": status}),
            health,
            message,
        );
    };
    pod(
        "Always",
        json!({"phase": "Pending", "message": "m"}),
        Progressing,
        "m",
    );
    pod("Always", json!({"phase": "Succeeded"}), Healthy, "");
    pod(
        "Always",
        json!({"phase": "Failed", "message": "evicted"}),
        Degraded,
        "evicted",
    );
    pod(
        "Always",
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
        Healthy,
        "",
    );
    pod(
        "Always",
        json!({"phase": "Running", "containerStatuses": [{"lastState": {"terminated": {}}}]}),
        Degraded,
        "",
    );
    pod("Always", json!({"phase": "Running"}), Progressing, "");
    pod(
        "Never",
        json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}),
        Progressing,
        "",
    );
    pod("", json!({"phase": "Running"}), Unknown, "");
    pod("Always", json!({"message": "m"}), Unknown, "m");
}

#[test]
fn pods_by_their_containers() {
    let waiting = |reason: &str, message: &str| json!({"state": {"waiting": {"reason": reason, "message": message}}});
    let statuses = json!({"phase": "Pending", "containerStatuses": [
        waiting("ImagePullBackOff", "one"), waiting("ErrImagePull", ""),
        waiting("ContainerCreating", "two"), waiting("CreateContainerConfigError", "three"),
    ]});
    check(
        "v1/Pod",
        json!({"spec": {"restartPolicy": "Always"}, "status": statuses}),
        Degraded,
        "one, , three",
    );
    check(
        "v1/Pod",
        json!({"spec": {"restartPolicy": "Never"}, "status": statuses}),
        Progressing,
        "",
    );
    let ignoring = |mut annotations: Value| {
        annotations["argocd.argoproj.io/ignore-restart-policy"] = json!("true");
        json!({"metadata": {"annotations": annotations}, "spec": {"restartPolicy": "Never"}, "status": {"phase": "Running"}})
    };
    let ready = json!([{"type": "Ready", "status": "True"}]);
    let mut plain = ignoring(json!({}));
    plain["status"]["conditions"] = ready.clone();
    check("v1/Pod", plain, Healthy, "");
    let mut hook = ignoring(json!({"argocd.argoproj.io/hook": "Sync"}));
    hook["status"]["conditions"] = ready;
    check("v1/Pod", hook, Progressing, "");
}

#[test]
fn a_failed_pod_tells_why() {
    let failed = |init: Value, container: Value, message: &str| {
        let status = json!({
            "phase": "Failed",
            "initContainerStatuses": [{"name": "init", "state": {"terminated": init}}],
            "containerStatuses": [{"name": "main", "state": {"terminated": container}}],
        });
        check("v1/Pod", json!({"status": status}), Degraded, message);
    };
    failed(
        json!({"exitCode": 0}),
        json!({"exitCode": 3}),
        "container \"main\" failed with exit code 3",
    );
    failed(
        json!({"reason": "OOMKilled", "exitCode": 137}),
        json!({"exitCode": 3}),
        "OOMKilled",
    );
    failed(
        json!({"message": "said", "reason": "OOMKilled"}),
        json!(null),
        "said",
    );
    failed(json!(null), json!(null), "");
}

#[test]
fn jobs() {
    let job = |conditions: Value, health: HealthStatus, message: &str| {
        check(
            "batch/v1/Job",
            json!({"status": {"conditions": conditions}}),
            health,
            message,
        );
    };
    job(json!([]), Progressing, "");
    job(
        json!([{"type": "Failed", "status": "False", "message": "f"}, {"type": "Complete"}]),
        Degraded,
        "f",
    );
    job(
        json!([{"type": "Suspended", "status": "True", "message": "s"}]),
        Suspended,
        "s",
    );
    job(
        json!([{"type": "Suspended", "status": "False", "message": "resumed"}]),
        Healthy,
        "resumed",
    );
    job(
        json!([{"type": "Complete", "message": "c"}, {"type": "Suspended", "message": "s"}]),
        Healthy,
        "s",
    );
}

#[test]
fn addresses_and_claims() {
    let address = json!({"loadBalancer": {"ingress": [{}]}});
    check(
        "v1/Service",
        json!({"spec": {"type": "LoadBalancer"}}),
        Progressing,
        "",
    );
    check(
        "v1/Service",
        json!({"spec": {"type": "LoadBalancer"}, "status": address}),
        Healthy,
        "",
    );
    check("v1/Service", json!({}), Healthy, "");
    check(
        "networking.k8s.io/v1/Ingress",
        json!({"status": address}),
        Healthy,
        "",
    );
    check(
        "networking.k8s.io/v1/Ingress",
        json!({"status": {"loadBalancer": {"ingress": "x"}}}),
        Progressing,
        "",
    );
    let claim = |phase: &str, health| {
        check(
            "v1/PersistentVolumeClaim",
            json!({"status": {"phase": phase}}),
            health,
            "",
        );
    };
    claim("Lost", Degraded);
    claim("Pending", Progressing);
    claim("Bound", Healthy);
    claim("", Unknown);
}

#[test]
fn autoscalers() {
    let v2 = |conditions: Value, health: HealthStatus, message: &str| {
        check(
            "autoscaling/v2/HorizontalPodAutoscaler",
            json!({"status": {"conditions": conditions}}),
            health,
            message,
        );
    };
    v2(json!([]), Progressing, "Waiting to Autoscale");
    let able = json!({"type": "AbleToScale", "status": "True", "message": "able"});
    let failed = json!({"type": "ScalingActive", "status": "True", "reason": "InvalidSelector", "message": "selector"});
    v2(json!([able, failed]), Degraded, "selector");
    v2(
        json!([{"type": "ScalingLimited", "status": "False"}, able]),
        Healthy,
        "able",
    );
    let v1 = "autoscaling/v1/HorizontalPodAutoscaler";
    let annotated = |text: &str| json!({"metadata": {"annotations": {"autoscaling.alpha.kubernetes.io/conditions": text}}});
    check(
        v1,
        annotated(r#"[{"TYPE":"AbleToScale","Status":"True","message":"m","other":5}]"#),
        Healthy,
        "m",
    );
    check(v1, json!({}), Progressing, "Waiting to Autoscale");
    let error = Builtin.check(&object(v1, annotated("{"))).unwrap_err();
    assert!(
        error
            .source
            .to_string()
            .starts_with("failed to convert conditions annotation to typed: ")
    );
}

#[test]
fn api_services_and_workflows() {
    let service = |conditions: Value, health: HealthStatus, message: &str| {
        check(
            "apiregistration.k8s.io/v1/APIService",
            json!({"status": {"conditions": conditions}}),
            health,
            message,
        );
    };
    service(json!([]), Progressing, "Waiting to be processed");
    service(
        json!([{"type": "Available", "status": "True"}]),
        Healthy,
        ": ",
    );
    service(
        json!([{"type": "Available", "status": "False", "reason": "r", "message": "m"}]),
        Progressing,
        "r: m",
    );
    let workflow = |phase: &str, health| {
        check(
            "argoproj.io/v1alpha1/Workflow",
            json!({"status": {"phase": phase, "message": "m"}}),
            health,
            "m",
        );
    };
    workflow("", Progressing);
    workflow("Succeeded", Healthy);
    workflow("Error", Degraded);
    workflow("Strange", Unknown);
}
