//! Finalizers, owners, namespaces.

use gitops_core::apply::{DeleteOptions, Propagation};
use serde_json::json;

use crate::appliers::row::{
    Place, Row, apply, client, config, create, delete, delete_with, eventually, merge, read,
    server, with, workload,
};

const A: Place = ("v1", "ConfigMap", "a");

pub(super) fn finalizers() -> Vec<Row> {
    let held = with(
        config("a", json!({})),
        "/metadata/finalizers",
        json!(["example.com/hold"]),
    );
    let uid = DeleteOptions::default().uid(Some("another".into()));
    let dry = DeleteOptions::default().dry_run(true);
    vec![
        delete(A, Propagation::Background, "NotFound"),
        delete(
            ("example.com/v1", "Nothing", "a"),
            Propagation::Background,
            "UnknownKind",
        ),
        apply(held, create(), "Created"),
        delete_with(A, uid, "Conflict"),
        delete_with(A, dry, "Ok"),
        read(A, "/metadata/deletionTimestamp", json!(null)),
        delete(A, Propagation::Background, "Ok"),
        read(A, "/metadata/deletionGracePeriodSeconds", json!(0)),
        read(A, "/metadata/finalizers", json!(["example.com/hold"])),
        delete(A, Propagation::Background, "Ok"),
        apply(config("a", json!({"x": "1"})), create(), "AlreadyExists"),
        merge(
            A,
            json!({"metadata": {"finalizers": ["example.com/more"]}}),
            "Invalid",
        ),
        merge(A, json!({"data": {"x": "1"}}), "Ok"),
        read(A, "/data", json!({"x": "1"})),
        merge(A, json!({"metadata": {"finalizers": null}}), "Ok"),
        read(A, "/metadata/name", json!(null)),
        // In the foreground the server waits for its own garbage collector.
        apply(config("a", json!({})), create(), "Created"),
        delete(A, Propagation::Foreground, "Ok"),
        eventually(A, "/metadata/name", json!(null)),
        apply(config("a", json!({})), create(), "Created"),
        delete(A, Propagation::Orphan, "Ok"),
        eventually(A, "/metadata/name", json!(null)),
    ]
}

pub(super) fn owners() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, propagation, pod) in [
        ("background", Propagation::Background, json!(null)),
        ("foreground", Propagation::Foreground, json!(null)),
        ("orphan", Propagation::Orphan, json!("Running")),
    ] {
        let set: Place = ("apps/v1", "StatefulSet", name);
        let first: Place = (
            "v1",
            "Pod",
            match name {
                "background" => "background-0",
                "foreground" => "foreground-0",
                _ => "orphan-0",
            },
        );
        rows.extend([
            apply(
                workload("StatefulSet", name, "db:1", 1),
                client(),
                "Created",
            ),
            eventually(first, "/status/phase", json!("Running")),
            read(
                first,
                "/metadata/ownerReferences/0/kind",
                json!("StatefulSet"),
            ),
            delete(set, propagation, "Ok"),
            eventually(set, "/metadata/name", json!(null)),
            eventually(first, "/status/phase", pod),
            read(first, "/metadata/ownerReferences", json!(null)),
        ]);
    }
    // An owner that never was is as good as one that is gone.
    let orphan = with(
        config("a", json!({})),
        "/metadata/ownerReferences",
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": "none"}]),
    );
    rows.push(apply(orphan, create(), "Created"));
    rows.push(eventually(A, "/metadata/name", json!(null)));
    rows
}

pub(super) fn namespaces() -> Vec<Row> {
    const OTHER: Place = ("v1", "Namespace", "NAMESPACE-b");
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "NAMESPACE-b"},
    });
    let within = |object| with(object, "/metadata/namespace", json!("NAMESPACE-b"));
    let held = with(
        config("a", json!({})),
        "/metadata/finalizers",
        json!(["example.com/hold"]),
    );
    vec![
        apply(within(config("a", json!({}))), server("one"), "NotFound"),
        apply(namespace.clone(), server("one"), "Created"),
        read(OTHER, "/status/phase", json!("Active")),
        read(
            OTHER,
            "/metadata/labels/kubernetes.io~1metadata.name",
            json!("NAMESPACE-b"),
        ),
        apply(within(config("b", json!({}))), server("one"), "Created"),
        // A manager of nothing leaves no trace, so what is there belongs to somebody before.
        apply(namespace.clone(), server("one"), "Configured"),
        read(
            OTHER,
            "/metadata/managedFields/0/manager",
            json!("before-first-apply"),
        ),
        apply(namespace.clone(), server("one"), "Unchanged"),
        delete(OTHER, Propagation::Background, "Ok"),
        apply(within(config("c", json!({}))), server("one"), "Forbidden"),
        eventually(OTHER, "/metadata/name", json!(null)),
        apply(within(config("c", json!({}))), server("one"), "NotFound"),
        apply(held, create(), "Created"),
        merge(A, json!({"metadata": {"finalizers": null}}), "Ok"),
    ]
}
