//! What controllers do.

use serde_json::{Value, json};

use crate::appliers::row::{
    Place, Row, apply, client, eventually, merge, read, status, with, workload,
};

const WEB: Place = ("apps/v1", "Deployment", "web");

pub(super) fn generation() -> Vec<Row> {
    vec![
        apply(
            workload("Deployment", "web", "web:1", 0),
            client(),
            "Created",
        ),
        read(WEB, "/metadata/generation", json!(1)),
        eventually(WEB, "/status/observedGeneration", json!(1)),
        merge(WEB, json!({"metadata": {"labels": {"a": "1"}}}), "Ok"),
        read(WEB, "/metadata/generation", json!(1)),
        status(WEB, json!({"status": {"collisionCount": 1}}), "Ok"),
        read(WEB, "/metadata/generation", json!(1)),
        merge(WEB, json!({"spec": {"minReadySeconds": 1}}), "Ok"),
        read(WEB, "/metadata/generation", json!(2)),
        eventually(WEB, "/status/observedGeneration", json!(2)),
    ]
}

pub(super) fn deployments() -> Vec<Row> {
    let annotated = |outcome: &str| {
        with(
            with(
                workload("Deployment", "web", "web:3", 2),
                "/spec/template/metadata/annotations",
                json!({"testcluster/outcome": outcome}),
            ),
            "/spec/progressDeadlineSeconds",
            json!(2),
        )
    };
    let failing = || with(annotated("crashloop"), "/metadata/name", json!("web"));
    vec![
        apply(
            workload("Deployment", "web", "web:1", 2),
            client(),
            "Created",
        ),
        eventually(WEB, "/status/availableReplicas", json!(2)),
        eventually(WEB, "/status/updatedReplicas", json!(2)),
        eventually(WEB, "/status/conditions/0/type", json!("Available")),
        eventually(
            WEB,
            "/status/conditions/1/reason",
            json!("NewReplicaSetAvailable"),
        ),
        read(WEB, "/status/unavailableReplicas", json!(null)),
        read(
            WEB,
            "/metadata/annotations/deployment.kubernetes.io~1revision",
            json!("1"),
        ),
        apply(
            workload("Deployment", "web", "web:2", 2),
            client(),
            "Configured",
        ),
        eventually(
            WEB,
            "/metadata/annotations/deployment.kubernetes.io~1revision",
            json!("2"),
        ),
        eventually(WEB, "/status/observedGeneration", json!(2)),
        eventually(WEB, "/status/updatedReplicas", json!(2)),
        eventually(WEB, "/status/replicas", json!(2)),
        apply(
            workload("Deployment", "web", "web:2", 3),
            client(),
            "Configured",
        ),
        eventually(WEB, "/status/availableReplicas", json!(3)),
        apply(
            workload("Deployment", "web", "web:2", 2),
            client(),
            "Configured",
        ),
        eventually(WEB, "/status/replicas", json!(2)),
        // A new version that never gets ready leaves the old one running.
        apply(failing(), client(), "Configured"),
        eventually(
            WEB,
            "/status/conditions/1/reason",
            json!("ProgressDeadlineExceeded"),
        ),
        read(WEB, "/status/availableReplicas", json!(2)),
        read(WEB, "/status/updatedReplicas", json!(1)),
        read(WEB, "/status/unavailableReplicas", json!(1)),
    ]
}

fn job(name: &str, limit: i64, completions: i64, annotations: Value) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": "NAMESPACE"},
        "spec": {
            "backoffLimit": limit,
            "completions": completions,
            "template": {
                "metadata": {"annotations": annotations},
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "job:1"}],
                },
            },
        },
    })
}

pub(super) fn jobs() -> Vec<Row> {
    const GOOD: Place = ("batch/v1", "Job", "good");
    const BAD: Place = ("batch/v1", "Job", "bad");
    const EXIT: Place = ("batch/v1", "Job", "exit");
    let exits = with(
        job("exit", 0, 1, json!({})),
        "/spec/template/spec/containers/0/command",
        json!(["sh", "-c", "exit 1"]),
    );
    vec![
        apply(job("good", 0, 2, json!({})), client(), "Created"),
        eventually(GOOD, "/status/conditions/1/type", json!("Complete")),
        read(
            GOOD,
            "/status/conditions/0/type",
            json!("SuccessCriteriaMet"),
        ),
        read(GOOD, "/status/succeeded", json!(2)),
        read(GOOD, "/status/failed", json!(null)),
        apply(
            job("bad", 0, 1, json!({"testcluster/outcome": "fail"})),
            client(),
            "Created",
        ),
        eventually(BAD, "/status/conditions/1/type", json!("Failed")),
        read(
            BAD,
            "/status/conditions/1/reason",
            json!("BackoffLimitExceeded"),
        ),
        read(
            BAD,
            "/status/conditions/1/message",
            json!("Job has reached the specified backoff limit"),
        ),
        read(BAD, "/status/failed", json!(1)),
        apply(exits, client(), "Created"),
        eventually(EXIT, "/status/conditions/1/type", json!("Failed")),
    ]
}

pub(super) fn stateful_sets() -> Vec<Row> {
    const DB: Place = ("apps/v1", "StatefulSet", "db");
    let first: Place = ("v1", "Pod", "db-0");
    let image = "/spec/containers/0/image";
    vec![
        apply(
            workload("StatefulSet", "db", "db:1", 2),
            client(),
            "Created",
        ),
        eventually(DB, "/status/availableReplicas", json!(2)),
        eventually(DB, "/status/currentReplicas", json!(2)),
        read(first, image, json!("db:1")),
        apply(
            workload("StatefulSet", "db", "db:2", 2),
            client(),
            "Configured",
        ),
        eventually(first, image, json!("db:2")),
        eventually(DB, "/status/updatedReplicas", json!(2)),
        eventually(DB, "/status/currentReplicas", json!(2)),
        apply(
            workload("StatefulSet", "db", "db:2", 1),
            client(),
            "Configured",
        ),
        eventually(("v1", "Pod", "db-1"), "/metadata/name", json!(null)),
        eventually(DB, "/status/replicas", json!(1)),
    ]
}
