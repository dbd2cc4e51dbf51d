//! Watches: from where, of what, until when.

use futures::{FutureExt, StreamExt};
use gitops_core::apply::{Applier, ApplyOptions, Reason, WatchEvent, WatchStream};
use gitops_core::{GroupVersionKind, Object};
use serde_json::json;

use crate::memory::{Cluster, Options};

fn config(namespace: &str, name: &str, value: &str) -> Object {
    super::object(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": {"value": value},
    }))
}

fn kind() -> GroupVersionKind {
    GroupVersionKind::new("", "v1", "ConfigMap")
}

async fn apply(cluster: &Cluster, object: &Object) -> String {
    let applied = cluster.apply(object, &ApplyOptions::default()).await;
    applied
        .unwrap()
        .object
        .resource_version()
        .unwrap()
        .to_owned()
}

/// What there is to see now, as `+a`, `~a`, `-a`.
fn seen(events: &mut WatchStream) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        seen.push(match event {
            Ok(WatchEvent::Added(object)) => format!("+{}", object.name()),
            Ok(WatchEvent::Modified(object)) => format!("~{}", object.name()),
            Ok(WatchEvent::Deleted(object)) => format!("-{}", object.name()),
            Ok(WatchEvent::Bookmark(_)) => "bookmark".into(),
            Err(error) => format!("{:?}", error.reason),
        });
    }
    seen
}

#[tokio::test]
async fn a_watch_tells_what_happens_after_its_beginning() {
    let cluster = Cluster::new();
    let first = apply(&cluster, &config("default", "a", "1")).await;
    let mut events = cluster
        .watch(&kind(), Some("default"), &first)
        .await
        .unwrap();
    assert!(seen(&mut events).is_empty());
    apply(&cluster, &config("default", "b", "1")).await;
    apply(&cluster, &config("default", "a", "2")).await;
    let a = config("default", "a", "1").reference();
    cluster
        .delete(&a, &gitops_core::apply::DeleteOptions::default())
        .await
        .unwrap();
    cluster.settle();
    // In the foreground it is marked first; the namespace got its certificates meanwhile.
    assert_eq!(
        seen(&mut events),
        ["+b", "~a", "~a", "-a", "+kube-root-ca.crt"]
    );
}

#[tokio::test]
async fn a_watch_resumes_where_another_ended() {
    let cluster = Cluster::new();
    let first = apply(&cluster, &config("default", "a", "1")).await;
    let second = apply(&cluster, &config("default", "b", "1")).await;
    apply(&cluster, &config("default", "c", "1")).await;
    let mut events = cluster.watch(&kind(), None, &first).await.unwrap();
    assert_eq!(seen(&mut events), ["+b", "+c"]);
    let mut events = cluster.watch(&kind(), None, &second).await.unwrap();
    assert_eq!(seen(&mut events), ["+c"]);
}

#[tokio::test]
async fn a_watch_of_a_namespace_tells_of_no_other() {
    let cluster = Cluster::new();
    cluster.create_namespace("other");
    let first = apply(&cluster, &config("default", "a", "1")).await;
    apply(&cluster, &config("other", "b", "1")).await;
    apply(&cluster, &config("default", "c", "1")).await;
    let mut events = cluster
        .watch(&kind(), Some("default"), &first)
        .await
        .unwrap();
    assert_eq!(seen(&mut events), ["+c"]);
}

#[tokio::test]
async fn a_watch_from_nowhere_begins_with_all_there_is() {
    let cluster = Cluster::new();
    for name in ["a", "b"] {
        apply(&cluster, &config("default", name, "1")).await;
    }
    for since in ["", "0"] {
        let mut events = cluster.watch(&kind(), None, since).await.unwrap();
        assert_eq!(seen(&mut events), ["+a", "+b"]);
    }
}

#[tokio::test]
async fn what_is_forgotten_cannot_be_watched() {
    let cluster = Cluster::new();
    let first = apply(&cluster, &config("default", "a", "1")).await;
    let mut behind = cluster.watch(&kind(), None, &first).await.unwrap();
    apply(&cluster, &config("default", "a", "2")).await;
    cluster.compact();
    assert_eq!(seen(&mut behind), ["Expired"]);
    assert!(behind.next().await.is_none());
    let refused = cluster.watch(&kind(), None, &first).await.err().unwrap();
    assert_eq!(refused.reason, Reason::Expired);
    let list = cluster.list(&kind(), None).await.unwrap();
    assert!(
        cluster
            .watch(&kind(), None, &list.resource_version)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn only_so_many_changes_are_kept() {
    let cluster = Cluster::with_options(Options::default().history(3));
    let first = apply(&cluster, &config("default", "a", "0")).await;
    for value in 1..=4 {
        apply(&cluster, &config("default", "a", &value.to_string())).await;
    }
    let refused = cluster.watch(&kind(), None, &first).await.err().unwrap();
    assert_eq!(refused.reason, Reason::Expired);
}

#[tokio::test]
async fn a_watch_of_a_quiet_kind_says_how_far_it_is() {
    let cluster = Cluster::new();
    let secrets = GroupVersionKind::new("", "v1", "Secret");
    let mut events = cluster.watch(&secrets, None, "0").await.unwrap();
    for number in 0..1_001 {
        apply(&cluster, &config("default", "a", &number.to_string())).await;
    }
    assert_eq!(seen(&mut events), ["bookmark"]);
}

#[tokio::test]
async fn no_watch_begins_in_the_future_or_nowhere() {
    let cluster = Cluster::new();
    for (since, reason) in [("999999", Reason::Timeout), ("yesterday", Reason::Invalid)] {
        let refused = cluster.watch(&kind(), None, since).await.err().unwrap();
        assert_eq!(refused.reason, reason);
    }
}

#[tokio::test]
async fn a_waiting_watch_wakes_up() {
    let cluster = Cluster::new();
    let first = apply(&cluster, &config("default", "a", "1")).await;
    let mut events = cluster.watch(&kind(), None, &first).await.unwrap();
    let other = cluster.clone();
    let b = config("default", "b", "1");
    let (event, _) = tokio::join!(events.next(), apply(&other, &b));
    assert!(matches!(event, Some(Ok(WatchEvent::Added(_)))));
}
