//! Server-side apply: which field is whose.

use serde_json::{Value, json};

use crate::appliers::row::{
    Place, Row, apply, client, config, create, eventually, merge, read, same, server, with,
    workload,
};
use gitops_core::apply::Conflicts;

const A: Place = ("v1", "ConfigMap", "a");

pub(super) fn of_fields() -> Vec<Row> {
    let force = server("two").conflicts(Conflicts::Force);
    vec![
        apply(
            config("a", json!({"x": "1", "y": "1"})),
            server("one"),
            "Created",
        ),
        same(A, "/metadata/resourceVersion", false),
        apply(
            config("a", json!({"x": "1", "y": "1"})),
            server("one"),
            "Unchanged",
        ),
        same(A, "/metadata/resourceVersion", true),
        apply(config("a", json!({"x": "2"})), server("two"), "Conflict"),
        // The same value is shared, not disputed.
        apply(config("a", json!({"x": "1"})), server("two"), "Configured"),
        apply(config("a", json!({"x": "2"})), server("two"), "Conflict"),
        apply(config("a", json!({"x": "2"})), force, "Configured"),
        read(A, "/data", json!({"x": "2", "y": "1"})),
        // Who no longer applies a field loses it, unless somebody else owns it too.
        apply(config("a", json!({"y": "1"})), server("one"), "Unchanged"),
        apply(config("a", json!({})), server("one"), "Configured"),
        read(A, "/data", json!({"x": "2"})),
        merge(A, json!({"data": {"x": "3", "z": "1"}}), "Ok"),
        apply(config("a", json!({"x": "2"})), server("two"), "Conflict"),
        apply(config("a", json!({"x": "3"})), server("two"), "Configured"),
        apply(config("a", json!({})), server("two"), "Configured"),
        read(A, "/data", json!({"x": "3", "z": "1"})),
    ]
}

pub(super) fn of_list_elements() -> Vec<Row> {
    const WEB: Place = ("apps/v1", "Deployment", "web");
    let web = || workload("Deployment", "web", "web:1", 0);
    let container = |containers: Value| {
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "NAMESPACE"},
        });
        with(
            object,
            "/spec",
            json!({"template": {"spec": {"containers": containers}}}),
        )
    };
    let ports = json!([
        {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"},
    ]);
    let names = "/spec/template/spec/containers/1/name";
    vec![
        apply(web(), server("one"), "Created"),
        eventually(
            WEB,
            "/status/conditions/1/reason",
            json!("NewReplicaSetAvailable"),
        ),
        apply(
            container(json!([{"name": "side", "image": "side:1"}])),
            server("two"),
            "Configured",
        ),
        read(WEB, names, json!("side")),
        eventually(WEB, "/status/observedGeneration", json!(2)),
        apply(web(), server("one"), "Unchanged"),
        apply(
            container(json!([{"name": "main", "image": "web:2"}])),
            server("two"),
            "Conflict",
        ),
        apply(
            container(json!([{"name": "main", "ports": ports}])),
            server("two"),
            "Configured",
        ),
        read(WEB, names, json!(null)),
        read(WEB, "/spec/template/spec/containers/0/ports", ports.clone()),
        apply(
            container(json!([{"name": "main", "args": ["a"]}])),
            server("two"),
            "Configured",
        ),
        read(WEB, "/spec/template/spec/containers/0/ports", json!(null)),
        read(
            WEB,
            "/spec/template/spec/containers/0/image",
            json!("web:1"),
        ),
        apply(
            with(web(), "/metadata/labels", json!({"a": "1"})),
            server("one"),
            "Configured",
        ),
        apply(web(), server("one"), "Configured"),
        read(WEB, "/metadata/labels", json!(null)),
        apply(
            with(web(), "/metadata/finalizers", json!(["example.com/a"])),
            server("one"),
            "Configured",
        ),
        merge(
            WEB,
            json!({"metadata": {"finalizers": ["example.com/a", "example.com/b"]}}),
            "Ok",
        ),
        apply(web(), server("one"), "Configured"),
        read(WEB, "/metadata/finalizers", json!(["example.com/b"])),
        merge(WEB, json!({"metadata": {"finalizers": null}}), "Ok"),
    ]
}

pub(super) fn migration() -> Vec<Row> {
    let b = ("v1", "ConfigMap", "b");
    let migrated = server("one").migrate_from(Some("old".into()));
    let annotation = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    vec![
        // What client-side apply wrote is found by its annotation.
        apply(
            config("a", json!({"x": "1", "y": "1"})),
            client(),
            "Created",
        ),
        apply(config("a", json!({"x": "1"})), server("one"), "Configured"),
        read(A, "/data", json!({"x": "1"})),
        read(A, annotation, json!(null)),
        // What another manager wrote stays, unless it is named.
        apply(
            config("b", json!({"x": "1", "y": "1"})),
            create().manager("old"),
            "Created",
        ),
        apply(config("b", json!({"x": "1"})), server("one"), "Configured"),
        read(b, "/data", json!({"x": "1", "y": "1"})),
        apply(config("b", json!({"x": "1"})), migrated, "Configured"),
        read(b, "/data", json!({"x": "1"})),
    ]
}
