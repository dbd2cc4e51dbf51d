use serde_json::json;

use super::*;
use crate::GroupVersionKind;
use crate::schema::{Schema, builtin};

fn service() -> Option<Schema<'static>> {
    builtin().kind(&GroupVersionKind::new("", "v1", "Service"))
}

#[track_caller]
fn set(value: &Value) -> FieldSet {
    FieldSet::read(value).unwrap()
}

#[test]
fn sets_are_read_and_written_alike() {
    let value = json!({
        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
        "f:spec": {
            "f:finalizers": {"v:\"a/b\"": {}},
            "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}},
            "f:args": {"i:0": {}},
        },
    });
    assert_eq!(set(&value).to_value(), value);
}

#[test]
fn malformed_sets_are_refused() {
    for value in [
        json!([]),
        json!({"x:a": {}}),
        json!({"f:a": []}),
        json!({"k:{": {}}),
        json!({"f": {}}),
    ] {
        assert!(FieldSet::read(&value).is_err(), "{value}");
    }
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({"f:a": deep});
    }
    assert!(FieldSet::read(&deep).is_ok());
}

#[test]
fn all_fields_of_a_value_are_those_an_applier_owns() {
    let value = json!({"metadata": {"labels": {"a": "b"}}, "spec": {
        "ports": [{"port": 80}], "selector": {"a": "b"}, "type": "ClusterIP",
    }});
    assert_eq!(
        all(service(), &value).to_value(),
        json!({
            "f:metadata": {"f:labels": {"f:a": {}}},
            "f:spec": {
                "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}}},
                "f:selector": {},
                "f:type": {},
            },
        })
    );
}

#[test]
fn set_algebra_holds() {
    let a = set(&json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}}));
    let b = set(&json!({"f:a": {"f:b": {}, "f:d": {}}}));
    assert_eq!(
        a.union(&b).to_value(),
        json!({"f:a": {".": {}, "f:b": {}, "f:d": {}}, "f:c": {}})
    );
    assert_eq!(a.intersection(&b).to_value(), json!({"f:a": {"f:b": {}}}));
    assert_eq!(a.difference(&b).to_value(), json!({"f:a": {}, "f:c": {}}));
    assert_eq!(
        a.without_parents_of(&b).to_value(),
        json!({"f:a": {"f:b": {}}, "f:c": {}})
    );
    assert_eq!(
        b.with_parents().to_value(),
        json!({"f:a": {".": {}, "f:b": {}, "f:d": {}}})
    );
}

fn managed(manager: &str, fields: &Value) -> Value {
    json!({"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
}

#[test]
fn an_apply_removes_what_it_applied_before_and_keeps_what_others_own() {
    let port = |number: u16| json!({"port": number, "protocol": "TCP", "targetPort": number});
    let live = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "a", "managedFields": [
            managed("us", &json!({"f:spec": {
                "f:type": {},
                "f:ports": {
                    "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}},
                    "k:{\"port\":81,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}},
                },
            }})),
            managed("them", &json!({"f:spec": {"f:ports": {
                "k:{\"port\":82,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}},
            }}})),
        ]},
        "spec": {"type": "NodePort", "ports": [port(80), port(81), port(82)]},
    });
    let config = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"},
        "spec": {"ports": [{"port": 80, "targetPort": 8080}, {"port": 83}]},
    });
    let managers = Managers::of(&live).unwrap();
    let applied = apply(service(), &live, &config, &managers, "us");
    assert_eq!(
        applied.object["spec"],
        json!({"ports": [
            {"port": 80, "protocol": "TCP", "targetPort": 8080}, port(82), {"port": 83},
        ]})
    );
    assert!(applied.conflicts.is_empty());
}

#[test]
fn another_value_for_anothers_field_is_a_conflict() {
    let live = json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"managedFields": [managed("them", &json!({"f:spec": {"f:type": {}}}))]},
        "spec": {"type": "NodePort"},
    });
    let config = json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "ClusterIP"}});
    let applied = apply(
        service(),
        &live,
        &config,
        &Managers::of(&live).unwrap(),
        "us",
    );
    assert_eq!(applied.conflicts.len(), 1);
    assert_eq!(applied.conflicts[0].manager, "them");
    assert_eq!(applied.managers.0.len(), 1);
    let same = json!({"apiVersion": "v1", "kind": "Service", "spec": {"type": "NodePort"}});
    let applied = apply(service(), &live, &same, &Managers::of(&live).unwrap(), "us");
    assert!(applied.conflicts.is_empty());
    assert_eq!(applied.managers.0.len(), 2);
}

/// Elements by one letter each: what is live, what is applied, and what a real
/// server, version 1.35, made of it.
#[test]
fn elements_stand_where_a_real_server_puts_them() {
    let deployment = builtin().kind(&GroupVersionKind::new("apps", "v1", "Deployment"));
    let object = |letters: &str| {
        let containers: Vec<Value> = letters.chars().map(|name| json!({"name": name})).collect();
        json!({"spec": {"template": {"spec": {"containers": containers}}}})
    };
    for (live, applied, merged) in [
        ("ab", "ba", "ba"),
        ("abc", "ca", "bca"),
        ("abc", "cxa", "bcxa"),
        ("abcd", "xc", "abxcd"),
        ("abcd", "dxb", "acdxb"),
        ("ab", "xy", "abxy"),
        ("ab", "xay", "xaby"),
        ("abcd", "xbyd", "axbcyd"),
        ("abcde", "edcba", "edcba"),
        ("abcde", "daxb", "cdeaxb"),
        ("abc", "bxay", "bcxay"),
        ("ab", "xb", "axb"),
        ("abcdef", "fbxd", "acefbxd"),
    ] {
        let made = merge(deployment, &object(live), &object(applied));
        assert_eq!(made, object(merged), "{live} and {applied}");
    }
}

#[test]
fn a_null_is_another_value_and_no_element_of_a_map_or_list() {
    let live = json!({
        "metadata": {"labels": {"app": null}},
        "spec": {"type": null, "selector": null, "ports": null, "externalIPs": null},
    });
    let target = json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "type": "ClusterIP", "selector": {"app": "web"}, "ports": [{"port": 80}],
            "externalIPs": ["10.0.0.1"],
        },
    });
    let whole = json!({"f:selector": {}, "f:externalIPs": {}, "f:type": {}});
    let changed = json!({"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": whole});
    for (left, right) in [(&live, &target), (&target, &live)] {
        assert_eq!(modified(service(), left, right).to_value(), changed);
    }
}
