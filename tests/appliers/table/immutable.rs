//! What cannot be changed, and what deleting and creating does about it.

use gitops_core::apply::{ApplyOptions, Recreate};
use serde_json::{Value, json};

use crate::appliers::row::{
    Place, Row, apply, client, config, create, read, replace, same, server, with, workload,
};

fn job(image: &str) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "job", "namespace": "NAMESPACE"},
        "spec": {"template": {"spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "main", "image": image}],
        }}},
    })
}

fn binding(role: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "binding", "namespace": "NAMESPACE"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": "default"}],
    })
}

fn claim(size: &str, mode: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "claim", "namespace": "NAMESPACE"},
        "spec": {
            "accessModes": [mode], "storageClassName": "none",
            "resources": {"requests": {"storage": size}},
        },
    })
}

fn frozen(data: Value) -> Value {
    with(config("frozen", data), "/immutable", json!(true))
}

pub(super) fn refused() -> Vec<Row> {
    let secret = |kind| {
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {"name": "secret", "namespace": "NAMESPACE"},
        })
    };
    let service = |address| {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "a", "namespace": "NAMESPACE"},
            "spec": {"clusterIP": address, "ports": [{"port": 80}]},
        })
    };
    let web = || workload("Deployment", "web", "web:1", 0);
    let stateful = || workload("StatefulSet", "db", "db:1", 0);
    vec![
        apply(job("job:1"), client(), "Created"),
        apply(job("job:2"), client(), "Invalid"),
        apply(job("job:2"), server("one"), "Invalid"),
        apply(web(), client(), "Created"),
        apply(
            with(
                with(web(), "/spec/selector/matchLabels", json!({"app": "other"})),
                "/spec/template/metadata/labels",
                json!({"app": "other"}),
            ),
            client(),
            "Invalid",
        ),
        apply(stateful(), client(), "Created"),
        apply(
            with(stateful(), "/spec/serviceName", json!("other")),
            client(),
            "Invalid",
        ),
        apply(
            with(stateful(), "/spec/minReadySeconds", json!(5)),
            client(),
            "Configured",
        ),
        apply(claim("1Gi", "ReadWriteOnce"), client(), "Created"),
        apply(claim("1Gi", "ReadWriteMany"), client(), "Invalid"),
        apply(frozen(json!({"x": "1"})), client(), "Created"),
        apply(frozen(json!({"x": "2"})), client(), "Invalid"),
        apply(config("frozen", json!({"x": "1"})), replace(), "Invalid"),
        apply(secret("Opaque"), client(), "Created"),
        apply(secret("example.com/other"), client(), "Invalid"),
        apply(service("None"), client(), "Created"),
        apply(service("10.96.77.77"), client(), "Invalid"),
        apply(binding("one"), server("one"), "Created"),
        apply(binding("two"), server("one"), "Invalid"),
    ]
}

pub(super) fn recreated() -> Vec<Row> {
    const JOB: Place = ("batch/v1", "Job", "job");
    const A: Place = ("v1", "ConfigMap", "a");
    let forced = |options: ApplyOptions| options.recreate(Recreate::WhenRefused);
    vec![
        apply(frozen(json!({"x": "1"})), client(), "Created"),
        apply(
            frozen(json!({"x": "2"})),
            forced(client()).dry_run(true),
            "Recreated",
        ),
        apply(frozen(json!({"x": "2"})), forced(client()), "Recreated"),
        apply(
            frozen(json!({"x": "3"})),
            forced(server("one")),
            "Recreated",
        ),
        read(("v1", "ConfigMap", "frozen"), "/data", json!({"x": "3"})),
        apply(config("a", json!({"x": "1"})), create(), "Created"),
        same(A, "/metadata/uid", false),
        apply(
            config("a", json!({"x": "2"})),
            forced(client()),
            "Configured",
        ),
        same(A, "/metadata/uid", true),
        apply(
            config("a", json!({"x": "2"})),
            forced(replace()),
            "Recreated",
        ),
        same(A, "/metadata/uid", false),
        apply(
            config("a", json!({"x": "2"})),
            forced(create()),
            "AlreadyExists",
        ),
        apply(binding("one"), client(), "Created"),
        apply(binding("two"), client(), "Recreated"),
        read(JOB, "/metadata/name", json!(null)),
    ]
}
