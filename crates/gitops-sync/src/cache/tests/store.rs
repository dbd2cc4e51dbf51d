//! The store alone: order of arrival, inference, and its indexes.

use std::collections::{BTreeMap, BTreeSet};

use gitops_core::{GroupKind, Object, ObjectKey};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::object;
use crate::cache::entry::{Id, Traits};
use crate::cache::store::Store;
use crate::cache::tree;

fn traits(instance: Option<&str>) -> Traits {
    Traits {
        instance: instance.map(str::to_owned),
        health: None,
        fingerprint: None,
    }
}

fn live(kind: &str, name: &str, uid: &str, version: u64) -> Value {
    let api_version = if kind == "StatefulSet" {
        "apps/v1"
    } else {
        "v1"
    };
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {
            "name": name, "namespace": "shop", "uid": uid, "resourceVersion": version.to_string(),
        },
    })
}

fn put(store: &mut Store, value: Value) -> bool {
    store.put(&object(value), traits(None)).is_some()
}

fn delete(store: &mut Store, value: Value) -> Option<()> {
    let last = object(value);
    store.delete(&last.key(), last.uid()).map(drop)
}

fn key(kind: &str, name: &str) -> ObjectKey {
    let group = if kind == "StatefulSet" { "apps" } else { "" };
    ObjectKey::new(group, kind, "shop", name)
}

fn version_of(store: &Store, kind: &str, name: &str) -> Option<String> {
    let entry = store.get(&Id::of(&key(kind, name)))?;
    Some(entry.resource_version().to_owned())
}

#[test]
fn what_arrives_late_does_not_replace_what_is_newer() {
    let mut store = Store::default();
    assert!(put(&mut store, live("Pod", "a", "1", 10)));
    assert!(!put(&mut store, live("Pod", "a", "1", 9)));
    assert_eq!(version_of(&store, "Pod", "a").unwrap(), "10");
    // Another object of the same name.
    assert!(put(&mut store, live("Pod", "a", "2", 11)));
    assert!(delete(&mut store, live("Pod", "a", "1", 12)).is_none());
    assert!(delete(&mut store, live("Pod", "a", "2", 13)).is_some());
}

#[test]
fn what_is_known_to_be_gone_does_not_come_back() {
    let mut store = Store::default();
    put(&mut store, live("Pod", "a", "1", 10));
    assert!(store.bury(&key("Pod", "a")).is_some());
    assert!(!put(&mut store, live("Pod", "a", "1", 11)));
    // Another object of the same name.
    assert!(put(&mut store, live("Pod", "a", "2", 12)));
    assert!(delete(&mut store, live("Pod", "a", "1", 13)).is_none());
    assert_eq!(version_of(&store, "Pod", "a").unwrap(), "12");
}

#[test]
fn a_list_removes_what_it_lacks_but_not_what_came_after_it() {
    let mut store = Store::default();
    put(&mut store, live("Pod", "old", "1", 5));
    put(&mut store, live("Pod", "new", "2", 20));
    put(&mut store, live("Service", "other", "3", 5));
    let pods = GroupKind::new("", "Pod");
    let listed = vec![(object(live("Pod", "kept", "4", 7)), traits(None))];
    let changes = store.replace(&pods, None, listed, "10");
    assert_eq!(changes.len(), 2);
    let left: Vec<_> = store.all().map(|entry| entry.key().name).collect();
    assert_eq!(left, ["kept", "new", "other"]);
}

#[test]
fn row_81_claims_belong_to_the_set_that_made_them_whatever_comes_first() {
    let mut set = live("StatefulSet", "db", "1", 1);
    set["spec"] = json!({"volumeClaimTemplates": [{"metadata": {"name": "data"}}]});
    let claims = [
        "data-db-0",
        "data-db-10",
        "data-db-internal-0",
        "data-db-x",
        "data-db",
        "other-db-0",
        "xdata-db-0",
    ];
    for set_first in [true, false] {
        let mut store = Store::default();
        if set_first {
            put(&mut store, set.clone());
        }
        for (number, name) in claims.iter().enumerate() {
            put(
                &mut store,
                live("PersistentVolumeClaim", name, &format!("c{number}"), 2),
            );
        }
        put(&mut store, set.clone());
        let below = tree::below(&store, &[key("StatefulSet", "db")]);
        let names: Vec<_> = below.iter().map(|node| node.entry.key().name).collect();
        assert_eq!(names, ["db", "data-db-0", "data-db-10"]);
        let claim = Id::of(&key("PersistentVolumeClaim", "data-db-0"));
        assert!(!tree::is_root(&store, store.get(&claim).unwrap()));
        delete(&mut store, set.clone());
        assert!(tree::is_root(&store, store.get(&claim).unwrap()));
    }
}

#[test]
fn a_token_belongs_to_its_service_account() {
    let mut store = Store::default();
    put(&mut store, live("ServiceAccount", "robot", "sa", 1));
    let mut token = live("Secret", "robot-token", "t", 1);
    token["type"] = "kubernetes.io/service-account-token".into();
    token["metadata"]["annotations"] = json!({
        "kubernetes.io/service-account.name": "robot", "kubernetes.io/service-account.uid": "sa",
    });
    put(&mut store, token);
    let below = tree::below(&store, &[key("ServiceAccount", "robot")]);
    assert_eq!(below.len(), 2);
}

#[test]
fn row_83_owners_without_a_uid_are_found_by_name_and_cycles_end() {
    let mut store = Store::default();
    for (name, owner) in [("a", "c"), ("b", "a"), ("c", "b")] {
        let mut pod = live("Pod", name, name, 1);
        pod["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "v1", "kind": "Pod", "name": owner, "uid": ""}]);
        put(&mut store, pod);
    }
    let below = tree::below(&store, &[key("Pod", "a")]);
    let names: Vec<_> = below.iter().map(|node| node.entry.key().name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let entry = store.get(&Id::of(&key("Pod", "a"))).unwrap();
    assert!(tree::instances(&store, entry).is_empty());
}

#[test]
fn children_in_other_namespaces_belong_to_parents_without_one() {
    let mut store = Store::default();
    let reference = json!([{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "n"}]);
    let mut node = live("Node", "n", "n", 1);
    node["metadata"]["namespace"] = Value::Null;
    let mut child = live("Pod", "a", "a", 1);
    child["metadata"]["ownerReferences"] = reference.clone();
    let mut impostor = live("Pod", "b", "n2", 1);
    impostor["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "a"}]);
    impostor["metadata"]["namespace"] = "elsewhere".into();
    for value in [node, child, impostor] {
        put(&mut store, value);
    }
    let below = tree::below(&store, &[ObjectKey::new("", "Node", "", "n")]);
    let names: Vec<_> = below.iter().map(|node| node.entry.key().name).collect();
    assert_eq!(names, ["n", "a"]);
}

#[test]
fn row_84_a_chain_of_owners_without_a_namespace_reaches_into_one() {
    let mut store = Store::default();
    let owned_by =
        |owner: &str| json!([{"apiVersion": "v1", "kind": "Node", "name": owner, "uid": owner}]);
    for (name, owner) in [("first", None), ("second", Some("first"))] {
        let mut node = live("Node", name, name, 1);
        node["metadata"]["namespace"] = Value::Null;
        if let Some(owner) = owner {
            node["metadata"]["ownerReferences"] = owned_by(owner);
        }
        put(&mut store, node);
    }
    let mut pod = live("Pod", "third", "third", 1);
    pod["metadata"]["ownerReferences"] = owned_by("second");
    put(&mut store, pod);
    let below = tree::below(&store, &[ObjectKey::new("", "Node", "", "first")]);
    let names: Vec<_> = below.iter().map(|node| node.entry.key().name).collect();
    assert_eq!(names, ["first", "second", "third"]);
}

#[test]
fn row_82_one_object_in_two_groups_stands_in_the_tree_once() {
    let mut store = Store::default();
    put(&mut store, live("Service", "web", "s", 1));
    for group in ["networking.k8s.io", "extensions"] {
        let mut ingress = live("Ingress", "web", "i", 1);
        ingress["apiVersion"] = format!("{group}/v1").into();
        ingress["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "v1", "kind": "Service", "name": "web", "uid": "s"}]);
        put(&mut store, ingress);
    }
    let below = tree::below(&store, &[key("Service", "web")]);
    let groups: Vec<_> = below.iter().map(|node| node.entry.key().group).collect();
    assert_eq!(groups, ["", "extensions"]);
}

/// One thing that happens to one of a few objects.
#[derive(Clone, Debug)]
struct Step {
    name: u8,
    uid: u8,
    version: u64,
    owner: Option<u8>,
    instance: bool,
    delete: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (
        0..6u8,
        0..3u8,
        1..50u64,
        prop::option::of(0..6u8),
        any::<bool>(),
        any::<bool>(),
    );
    let step = step.prop_map(|(name, uid, version, owner, instance, delete)| Step {
        name,
        uid,
        version,
        owner,
        instance,
        delete,
    });
    prop::collection::vec(step, 0..40)
}

impl Step {
    fn object(&self) -> Object {
        let uid = format!("{}-{}", self.name, self.uid);
        let mut value = live("Pod", &self.name.to_string(), &uid, self.version);
        if let Some(owner) = self.owner {
            value["metadata"]["ownerReferences"] = json!([{
                "apiVersion": "v1", "kind": "Pod", "name": owner.to_string(),
                "uid": format!("{owner}-0"),
            }]);
        }
        object(value)
    }
}

proptest! {
    #[test]
    fn indexes_say_what_the_entries_say(steps in steps()) {
        let mut store = Store::default();
        for step in &steps {
            if step.delete {
                let last = step.object();
                store.delete(&last.key(), last.uid());
            } else {
                store.put(&step.object(), traits(step.instance.then_some("shop")));
            }
        }
        let mut children: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in store.all() {
            for owner in entry.owners() {
                let of_owner = children.entry(owner.uid.clone()).or_default();
                of_owner.insert(entry.key().name);
            }
        }
        for entry in store.all() {
            let found: BTreeSet<_> = store.children(entry).map(|child| child.key().name).collect();
            prop_assert_eq!(found, children.remove(entry.uid()).unwrap_or_default());
        }
        let marked: Vec<_> = store.of_instance("shop").map(|entry| entry.key()).collect();
        let expected: Vec<_> = store
            .all()
            .filter(|entry| entry.instance().is_some())
            .map(|entry| entry.key())
            .collect();
        prop_assert_eq!(marked, expected);
    }

    #[test]
    fn trees_end_and_hold_each_object_once(steps in steps()) {
        let mut store = Store::default();
        for step in &steps {
            store.put(&step.object(), traits(None));
        }
        for entry in store.all() {
            let below = tree::below(&store, &[entry.key()]);
            let keys: BTreeSet<_> = below.iter().map(|node| node.entry.key()).collect();
            prop_assert_eq!(keys.len(), below.len());
        }
    }
}
