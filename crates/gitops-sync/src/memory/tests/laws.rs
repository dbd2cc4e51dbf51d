//! What holds after any operations.

use std::collections::BTreeMap;

use futures::{FutureExt, StreamExt};
use gitops_core::apply::{
    Applier, ApplyOptions, DeleteOptions, Patch, PatchOptions, Propagation, Strategy as How,
    WatchEvent,
};
use gitops_core::{GroupVersionKind, Object};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::memory::Cluster;

/// One operation on one of few objects.
#[derive(Clone, Debug)]
enum Operation {
    Apply {
        name: usize,
        value: u8,
        how: How,
        manager: usize,
    },
    Merge {
        name: usize,
        value: u8,
    },
    Hold {
        name: usize,
    },
    Release {
        name: usize,
    },
    Own {
        owner: usize,
        name: usize,
    },
    Delete {
        name: usize,
        propagation: Propagation,
    },
    Work,
}

fn operation() -> impl Strategy<Value = Operation> {
    let name = || 0_usize..4;
    let how = prop_oneof![
        Just(How::ClientSide),
        Just(How::ServerSide),
        Just(How::Create),
        Just(How::Replace),
    ];
    let propagation = prop_oneof![
        Just(Propagation::Foreground),
        Just(Propagation::Background),
        Just(Propagation::Orphan),
    ];
    prop_oneof![
        4 => (name(), 0_u8..4, how, 0_usize..2)
            .prop_map(|(name, value, how, manager)| Operation::Apply { name, value, how, manager }),
        2 => (name(), 0_u8..4).prop_map(|(name, value)| Operation::Merge { name, value }),
        1 => name().prop_map(|name| Operation::Hold { name }),
        1 => name().prop_map(|name| Operation::Release { name }),
        1 => (name(), name()).prop_map(|(owner, name)| Operation::Own { owner, name }),
        2 => (name(), propagation)
            .prop_map(|(name, propagation)| Operation::Delete { name, propagation }),
        2 => Just(Operation::Work),
    ]
}

const KIND: &str = "ConfigMap";

fn kind() -> GroupVersionKind {
    GroupVersionKind::new("", "v1", KIND)
}

fn config(name: usize, data: &Value) -> Object {
    Object::new(json!({
        "apiVersion": "v1",
        "kind": KIND,
        "metadata": {"name": format!("object-{name}"), "namespace": "laws"},
        "data": data,
    }))
    .unwrap()
}

/// Does it; a refusal is as good an answer as any.
async fn perform(cluster: &Cluster, operation: &Operation) {
    let patch = async |name: usize, patch: Value| {
        let reference = config(name, &Value::Null).reference();
        let options = PatchOptions::default();
        let _ = cluster
            .patch(&reference, &Patch::Merge(patch), &options)
            .await;
    };
    match operation {
        Operation::Apply {
            name,
            value,
            how,
            manager,
        } => {
            let data = json!({"shared": value.to_string(), (format!("own-{manager}")): "1"});
            let options = ApplyOptions::default().strategy(*how);
            let options = options.manager(format!("manager-{manager}"));
            let _ = cluster.apply(&config(*name, &data), &options).await;
        }
        Operation::Merge { name, value } => {
            patch(*name, json!({"data": {"shared": value.to_string()}})).await;
        }
        Operation::Hold { name } => {
            patch(
                *name,
                json!({"metadata": {"finalizers": ["example.com/hold"]}}),
            )
            .await;
        }
        Operation::Release { name } => {
            patch(*name, json!({"metadata": {"finalizers": null}})).await;
        }
        Operation::Own { owner, name } => {
            let owner = cluster.get(&config(*owner, &Value::Null).reference()).await;
            if let Ok(Some(owner)) = owner {
                let reference = json!({
                    "apiVersion": "v1", "kind": KIND, "name": owner.name(),
                    "uid": owner.uid(), "blockOwnerDeletion": true,
                });
                patch(*name, json!({"metadata": {"ownerReferences": [reference]}})).await;
            }
        }
        Operation::Delete { name, propagation } => {
            let reference = config(*name, &Value::Null).reference();
            let options = DeleteOptions::default().propagation(*propagation);
            let _ = cluster.delete(&reference, &options).await;
        }
        Operation::Work => {
            cluster.settle();
        }
    }
}

fn revision(object: &Object) -> u64 {
    object.resource_version().unwrap().parse().unwrap()
}

/// The objects by name, as a list holds them.
async fn listed(cluster: &Cluster) -> BTreeMap<String, Object> {
    let list = cluster.list(&kind(), Some("laws")).await.unwrap();
    let by_name = |object: Object| (object.name().to_owned(), object);
    list.objects.into_iter().map(by_name).collect()
}

/// The objects by name, as a watch tells them.
async fn watched(cluster: &Cluster, since: &str) -> BTreeMap<String, Object> {
    let mut events = cluster.watch(&kind(), Some("laws"), since).await.unwrap();
    let mut objects = BTreeMap::new();
    let mut last = since.parse().unwrap();
    while let Some(Some(event)) = events.next().now_or_never() {
        match event.unwrap() {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                assert!(revision(&object) > last, "revisions only grow");
                last = revision(&object);
                objects.insert(object.name().to_owned(), object);
            }
            WatchEvent::Deleted(object) => {
                assert!(revision(&object) > last, "revisions only grow");
                last = revision(&object);
                assert!(objects.remove(object.name()).is_some());
            }
            WatchEvent::Bookmark(_) => {}
        }
    }
    objects
}

async fn check(operations: &[Operation]) {
    let cluster = Cluster::new();
    cluster.create_namespace("laws");
    cluster.settle();
    let start = cluster.list(&kind(), Some("laws")).await.unwrap();
    let mut expected: BTreeMap<String, Object> = listed(&cluster).await;
    for operation in operations {
        let before = listed(&cluster).await;
        perform(&cluster, operation).await;
        let after = listed(&cluster).await;
        for (name, object) in &before {
            let held = object.finalizers().any(|it| it == "example.com/hold");
            let released = match operation {
                Operation::Release { .. } => true,
                // What takes the place of an object has no finalizers.
                Operation::Apply { how, .. } => *how == How::Replace,
                _ => false,
            };
            assert!(
                !held || released || after.contains_key(name),
                "{name} was held"
            );
        }
    }
    expected.extend(watched(&cluster, &start.resource_version).await);
    let live = listed(&cluster).await;
    let names = |objects: &BTreeMap<String, Object>| objects.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&expected), names(&live));
    for (name, object) in &live {
        assert_eq!(expected[name].value(), object.value(), "{name}");
    }
    settled(&cluster).await;
}

/// Once everything has settled, nobody has lost all its owners, nobody waits
/// for nothing, and applying what is there changes nothing.
async fn settled(cluster: &Cluster) {
    cluster.settle();
    assert!(cluster.settle().is_zero());
    let live = listed(cluster).await;
    let uids: Vec<_> = live.values().filter_map(Object::uid).collect();
    for object in live.values() {
        let owners = object.owner_references();
        let has_one = owners
            .iter()
            .any(|it| uids.contains(&it["uid"].as_str().unwrap()));
        let is_leaving = object.deletion_timestamp().is_some();
        assert!(owners.is_empty() || has_one || is_leaving, "{object}");
        assert!(
            !is_leaving || object.finalizers().next().is_some(),
            "{object}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_watch_tells_what_a_list_holds(operations in prop::collection::vec(operation(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(check(&operations));
    }

    #[test]
    fn applying_again_changes_nothing(
        operations in prop::collection::vec(operation(), 0..20),
        how in prop_oneof![Just(How::ClientSide), Just(How::ServerSide), Just(How::Replace)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let cluster = Cluster::new();
            cluster.create_namespace("laws");
            for operation in &operations {
                perform(&cluster, operation).await;
            }
            // What is going away would go when it is replaced.
            perform(&cluster, &Operation::Release { name: 0 }).await;
            cluster.settle();
            let wanted = config(0, &json!({"a": "1", "shared": "9"}));
            let options = ApplyOptions::default().strategy(how);
            let first = cluster.apply(&wanted, &options).await.unwrap();
            let again = cluster.apply(&wanted, &options).await.unwrap();
            prop_assert_eq!(again.outcome, gitops_core::apply::Outcome::Unchanged);
            prop_assert_eq!(again.object.value(), first.object.value());
            Ok(())
        })?;
    }
}
