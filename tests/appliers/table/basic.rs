//! Getting objects in and changed.

use gitops_core::apply::{FieldValidation, Strategy};
use serde_json::{Value, json};

use crate::appliers::row::{
    Place, Row, apply, client, config, create, delete, eventually, json_patch, merge, read,
    replace, same, server, status, warnings, with, workload,
};

const A: Place = ("v1", "ConfigMap", "a");

pub(super) fn client_side() -> Vec<Row> {
    let annotation = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    vec![
        apply(
            config("a", json!({"x": "1", "y": "1"})),
            client(),
            "Created",
        ),
        same(A, "/metadata/resourceVersion", false),
        apply(
            config("a", json!({"x": "1", "y": "1"})),
            client(),
            "Unchanged",
        ),
        same(A, "/metadata/resourceVersion", true),
        merge(A, json!({"data": {"theirs": "1"}}), "Ok"),
        apply(config("a", json!({"x": "2"})), client(), "Configured"),
        read(A, "/data", json!({"x": "2", "theirs": "1"})),
        same(A, "/metadata/managedFields/0/manager", false),
        // Without the annotation nothing is known to have been applied.
        merge(A, json!({"metadata": {"annotations": null}}), "Ok"),
        read(A, annotation, json!(null)),
        apply(config("a", json!({"z": "1"})), client(), "Configured"),
        read(A, "/data", json!({"x": "2", "theirs": "1", "z": "1"})),
    ]
}

pub(super) fn create_only() -> Vec<Row> {
    let missing = |object| with(object, "/metadata/namespace", json!("no-such-namespace"));
    let unknown = json!({
        "apiVersion": "example.com/v1", "kind": "Nothing",
        "metadata": {"name": "a", "namespace": "NAMESPACE"},
    });
    let generated = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"generateName": "some-", "namespace": "NAMESPACE"},
    });
    let nowhere = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
    vec![
        apply(config("a", json!({})), create(), "Created"),
        read(A, "/data", json!(null)),
        apply(config("a", json!({"x": "1"})), create(), "AlreadyExists"),
        apply(missing(config("a", json!({}))), create(), "NotFound"),
        apply(missing(config("a", json!({}))), server("a"), "NotFound"),
        apply(unknown, create(), "UnknownKind"),
        apply(config("Not_A_Name", json!({})), create(), "Invalid"),
        apply(config(&"a".repeat(254), json!({})), create(), "Invalid"),
        apply(generated.clone(), create(), "Created"),
        apply(generated.clone(), client(), "Invalid"),
        apply(generated, server("a"), "Invalid"),
        apply(nowhere, create(), "Invalid"),
    ]
}

pub(super) fn replace_whole() -> Vec<Row> {
    let service = |port| {
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "a", "namespace": "NAMESPACE"},
            "spec": {"selector": {"app": "a"}, "ports": [{"port": port}]},
        })
    };
    let place = ("v1", "Service", "a");
    vec![
        apply(config("a", json!({"x": "1"})), replace(), "Created"),
        merge(A, json!({"data": {"theirs": "1"}}), "Ok"),
        apply(config("a", json!({"x": "1"})), replace(), "Replaced"),
        read(A, "/data", json!({"x": "1"})),
        same(A, "/metadata/resourceVersion", false),
        same(A, "/metadata/uid", false),
        apply(config("a", json!({"x": "1"})), replace(), "Unchanged"),
        same(A, "/metadata/resourceVersion", true),
        same(A, "/metadata/uid", true),
        // What was allocated stays.
        apply(service(80), replace(), "Created"),
        same(place, "/spec/clusterIP", false),
        apply(service(81), replace(), "Replaced"),
        same(place, "/spec/clusterIP", true),
    ]
}

pub(super) fn patches() -> Vec<Row> {
    let web = ("apps/v1", "Deployment", "web");
    let replace = |path, value| json!([{"op": "replace", "path": path, "value": value}]);
    vec![
        merge(A, json!({"data": {"x": "1"}}), "NotFound"),
        apply(config("a", json!({"x": "1"})), create(), "Created"),
        merge(A, json!({"data": {"x": null, "y": "1"}}), "Ok"),
        read(A, "/data", json!({"y": "1"})),
        json_patch(A, replace("/data/y", json!("2")), "Ok"),
        json_patch(
            A,
            json!([{"op": "test", "path": "/data/y", "value": "1"}]),
            "Invalid",
        ),
        json_patch(
            A,
            json!([{"op": "remove", "path": "/data/none"}]),
            "Invalid",
        ),
        json_patch(A, json!({"op": "remove"}), "Invalid"),
        merge(A, json!({"metadata": {"resourceVersion": "1"}}), "Conflict"),
        merge(A, json!({"metadata": {"uid": "another"}}), "Invalid"),
        merge(A, json!({"metadata": {"name": "other"}}), "Invalid"),
        merge(A, json!({"data": {"y": 1}}), "Invalid"),
        status(A, json!({"status": {}}), "UnknownKind"),
        apply(
            workload("Deployment", "web", "web:1", 0),
            create(),
            "Created",
        ),
        status(
            web,
            json!({"spec": {"replicas": 7}, "status": {"collisionCount": 3}}),
            "Ok",
        ),
        read(web, "/spec/replicas", json!(0)),
        read(web, "/status/collisionCount", json!(3)),
        merge(web, json!({"status": {"collisionCount": 9}}), "Ok"),
        read(web, "/status/collisionCount", json!(3)),
    ]
}

pub(super) fn validation() -> Vec<Row> {
    let unknown = with(config("a", json!({})), "/extra", json!(1));
    let strict = create().validation(FieldValidation::Strict);
    let ignore = replace().validation(FieldValidation::Ignore);
    let typed = with(config("a", json!({})), "/extra", json!(1));
    let unmade = "ConfigMap NAMESPACE/a was not made by client-side apply: fields it has beyond \
        the target stay until they were applied once; the annotation \
        kubectl.kubernetes.io/last-applied-configuration was added";
    let deployment = workload("Deployment", "web", "web:1", 0);
    let twice = "/spec/template/spec/containers/0/env";
    let env = json!({"name": "A", "value": "1"});
    vec![
        apply(unknown.clone(), strict.clone(), "Invalid"),
        warnings(
            unknown.clone(),
            create(),
            json!(["unknown field \"extra\""]),
        ),
        apply(unknown, server("a"), "Other"),
        warnings(typed, ignore, json!([])),
        warnings(config("a", json!({"x": "1"})), client(), json!([unmade])),
        apply(
            with(deployment.clone(), "/spec/replicas", json!("one")),
            create(),
            "Invalid",
        ),
        apply(
            with(deployment.clone(), "/spec/replicas", json!("one")),
            server("a"),
            "Other",
        ),
        apply(
            with(deployment.clone(), twice, json!([env, env])),
            server("a"),
            "Other",
        ),
        apply(
            with(deployment.clone(), "/spec/selector", json!({})),
            create(),
            "Invalid",
        ),
        apply(
            with(
                deployment.clone(),
                "/spec/template/metadata/labels",
                json!({"other": "1"}),
            ),
            create(),
            "Invalid",
        ),
        apply(
            with(
                deployment.clone(),
                "/spec/template/spec/containers",
                json!([]),
            ),
            create(),
            "Invalid",
        ),
        apply(
            with(
                deployment.clone(),
                "/spec/template/spec/containers/0/image",
                json!(null),
            ),
            create(),
            "Invalid",
        ),
        apply(
            with(deployment, "/spec/template/spec/nodes", json!([])),
            strict,
            "Invalid",
        ),
    ]
}

const GEAR: Place = ("NAMESPACE.example.com/v1", "Gear", "gear");
const OTHER: Place = ("NAMESPACE.example.com/v1", "Gear", "other-one");

fn gear(spec: Value) -> Value {
    json!({
        "apiVersion": "NAMESPACE.example.com/v1", "kind": "Gear",
        "metadata": {"name": "gear", "namespace": "NAMESPACE"},
        "spec": spec,
    })
}

fn parts(name: &str, parts: Value) -> Value {
    with(gear(json!({"parts": parts})), "/metadata/name", json!(name))
}

pub(super) fn custom_resources() -> Vec<Row> {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gears.NAMESPACE.example.com"},
        "spec": {
            "group": "NAMESPACE.example.com",
            "scope": "Namespaced",
            "names": {"kind": "Gear", "plural": "gears"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "properties": {
                        "teeth": {"type": "integer"},
                        "parts": {
                            "type": "array",
                            "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["name"],
                            "items": {"type": "object", "required": ["name"], "properties": {
                                "name": {"type": "string"}, "size": {"type": "integer"},
                            }},
                        },
                        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    }},
                    "status": {"type": "object", "properties": {"turns": {"type": "integer"}}},
                }}},
            }],
        },
    });
    let named = (
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "gears.NAMESPACE.example.com",
    );
    vec![
        apply(definition.clone(), client(), "Created"),
        eventually(named, "/status/acceptedNames/kind", json!("Gear")),
        apply(definition.clone(), client(), "Unchanged"),
        apply(
            with(definition, "/spec/scope", json!("Cluster")),
            client(),
            "Invalid",
        ),
        apply(
            gear(json!({"teeth": 3, "free": {"x": {"y": 1}}})),
            client(),
            "Created",
        ),
        read(GEAR, "/spec", json!({"teeth": 3, "free": {"x": {"y": 1}}})),
        read(GEAR, "/metadata/generation", json!(1)),
        apply(gear(json!({"teeth": "three"})), client(), "Invalid"),
        apply(gear(json!({"teeth": "three"})), server("one"), "Other"),
        warnings(
            gear(json!({"colour": "red"})),
            client(),
            json!(["unknown field \"spec.colour\""]),
        ),
        read(GEAR, "/spec", json!({})),
        apply(gear(json!({"colour": "red"})), server("one"), "Other"),
        status(
            GEAR,
            json!({"spec": {"teeth": 9}, "status": {"turns": 1}}),
            "Ok",
        ),
        read(GEAR, "/status", json!({"turns": 1})),
        read(GEAR, "/metadata/generation", json!(2)),
        apply(
            parts("other-one", json!([{"name": "a", "size": 1}])),
            server("one"),
            "Created",
        ),
        apply(
            parts("other-one", json!([{"name": "b", "size": 1}])),
            server("two"),
            "Configured",
        ),
        apply(
            parts("other-one", json!([{"name": "a", "size": 2}])),
            server("two"),
            "Conflict",
        ),
        apply(parts("other-one", json!([])), server("one"), "Configured"),
        read(OTHER, "/spec/parts", json!([{"name": "b", "size": 1}])),
        delete(named, gitops_core::apply::Propagation::Background, "Ok"),
        eventually(named, "/metadata/name", json!(null)),
    ]
}

pub(super) fn dry_runs() -> Vec<Row> {
    let strategies = [
        Strategy::ClientSide,
        Strategy::ServerSide,
        Strategy::Create,
        Strategy::Replace,
    ];
    let mut rows = Vec::new();
    for strategy in strategies {
        let dry = client().strategy(strategy).dry_run(true);
        rows.push(apply(config("a", json!({"x": "1"})), dry, "Created"));
        rows.push(read(A, "/metadata/name", json!(null)));
    }
    rows.push(apply(config("a", json!({"x": "1"})), create(), "Created"));
    rows.push(same(A, "/metadata/resourceVersion", false));
    for (strategy, outcome) in [
        (Strategy::ClientSide, "Configured"),
        (Strategy::ServerSide, "Configured"),
        (Strategy::Create, "AlreadyExists"),
        (Strategy::Replace, "Replaced"),
    ] {
        let dry = client().strategy(strategy).dry_run(true);
        rows.push(apply(config("a", json!({"x": "2"})), dry, outcome));
        rows.push(same(A, "/metadata/resourceVersion", true));
    }
    rows
}
