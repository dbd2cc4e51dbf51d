mod faults;
mod store;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use gitops_core::apply::{Applier, ApplyOptions, DeleteOptions, Propagation, Reason};
use gitops_core::{GroupKind, GroupVersionKind, Health, HealthStatus, Object, ObjectKey, health};
use serde_json::{Value, json};

use self::faults::Faulty;
use super::{Cache, ChangeKind, Forbidden, Options};
use crate::memory::Cluster;

/// Runs a test beside the cache's own work.
async fn with<T>(cache: &Cache, test: impl Future<Output = T>) -> T {
    tokio::select! {
        () = cache.run() => unreachable!("runs until it is dropped"),
        outcome = test => outcome,
    }
}

fn object(value: Value) -> Object {
    Object::new(value).unwrap()
}

/// An object with the mark of the application `shop`.
fn marked(mut value: Value) -> Object {
    let id = {
        let object = object(value.clone());
        let key = object.key();
        format!(
            "shop:{}/{}:{}/{}",
            key.group, key.kind, key.namespace, key.name
        )
    };
    value["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": id});
    object(value)
}

fn config_map(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"}, "data": {"a": "1"},
    })
}

fn deployment() -> Object {
    marked(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx"}]},
            },
        },
    }))
}

async fn apply(cluster: &dyn Applier, object: &Object) -> Object {
    let applied = cluster.apply(object, &ApplyOptions::default()).await;
    applied.unwrap().object
}

fn names(objects: &[Object]) -> Vec<&str> {
    objects.iter().map(Object::name).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_there_before_is_listed() {
    let cluster = Arc::new(Cluster::new());
    apply(&*cluster, &marked(config_map("ours"))).await;
    apply(&*cluster, &object(config_map("theirs"))).await;
    let cache = Cache::new(cluster.clone(), Options::default());
    with(&cache, async {
        let live = cache.live("shop", &[]).await.unwrap();
        assert_eq!(names(&live), ["ours"]);
        assert_eq!(live[0].value()["data"]["a"], "1");
        let theirs = cache.entry(&ObjectKey::new("", "ConfigMap", "default", "theirs"));
        let theirs = theirs.unwrap();
        assert_eq!((theirs.instance(), theirs.object()), (None, None));
        let orphans = cache.orphans("default");
        assert!(orphans.iter().any(|entry| entry.key().name == "theirs"));
        assert!(orphans.iter().all(|entry| entry.key().name != "ours"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_one_does_oneself_is_known_at_once() {
    let cache = Cache::new(Arc::new(Cluster::new()), Options::default());
    with(&cache, async {
        cache.ready().await.unwrap();
        let applied = apply(&cache, &marked(config_map("a"))).await;
        assert_eq!(names(&cache.live("shop", &[]).await.unwrap()), ["a"]);
        let options = DeleteOptions::default().propagation(Propagation::Background);
        let deleted = cache.delete(&applied.reference(), &options).await;
        deleted.unwrap();
        assert!(cache.live("shop", &[]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_others_do_comes_by_watch() {
    let cluster = Arc::new(Cluster::new());
    let cache = Cache::new(cluster.clone(), Options::default());
    with(&cache, async {
        cache.ready().await.unwrap();
        let mut changes = cache.changes();
        let live = apply(&*cluster, &marked(config_map("a"))).await;
        let change = changes.next().await.unwrap();
        assert_eq!(
            (change.kind, change.object),
            (ChangeKind::Added, live.key())
        );
        assert_eq!(change.instances, [Arc::from("shop")]);
        assert!(change.is_managed);

        let options = DeleteOptions::default().propagation(Propagation::Background);
        cluster.delete(&live.reference(), &options).await.unwrap();
        assert_eq!(changes.next().await.unwrap().kind, ChangeKind::Deleted);
        assert!(cache.live("shop", &[]).await.unwrap().is_empty());
        assert!(cache.entry(&live.key()).is_none());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn pods_belong_to_the_application_of_their_deployment() {
    let cluster = Arc::new(Cluster::new());
    apply(&*cluster, &deployment()).await;
    cluster.settle();
    let ready = |object: &Object| -> Result<Option<Health>, health::Error> {
        let pod = object.kind() == "Pod";
        Ok(pod.then(Health::healthy))
    };
    let cache = Cache::new(cluster.clone(), Options::default().health(ready));
    with(&cache, async {
        cache.ready().await.unwrap();
        let tree = cache.tree(&[deployment().key()]);
        let kinds: Vec<_> = tree.iter().map(|node| node.entry.key().kind).collect();
        assert_eq!(kinds, ["Deployment", "ReplicaSet", "Pod", "Pod"]);
        assert!(tree[0].parents.is_empty());
        assert_eq!(tree[3].parents, [tree[1].entry.key()]);
        assert_eq!(tree[2].entry.health(), Some(HealthStatus::Healthy));
        let pod = tree[2].entry.key();
        assert_eq!(cache.instances(&pod), [Arc::from("shop")]);
        assert_eq!(names(&cache.live("shop", &[]).await.unwrap()), ["web"]);
        assert!(
            cache
                .orphans("default")
                .iter()
                .all(|entry| entry.key() != pod)
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn row_85_a_change_of_status_alone_is_no_news() {
    let cluster = Arc::new(Cluster::new());
    let cache = Cache::new(cluster.clone(), Options::default());
    let web = deployment();
    with(&cache, async {
        cache.ready().await.unwrap();
        let changes = cache.changes();
        apply(&*cluster, &web).await;
        cluster.settle();
        let pause = tokio::time::sleep(Duration::from_secs(1));
        let seen: Vec<_> = changes.take_until(pause).collect().await;
        let of_deployment: Vec<_> = seen
            .iter()
            .filter(|change| change.object == web.key())
            .map(|change| change.kind)
            .collect();
        // The controllers wrote the status several times, and an annotation once.
        assert!(of_deployment.len() <= 2, "{of_deployment:?}");
        let pod = seen.iter().find(|change| change.object.kind == "Pod");
        let instances = cache.instances(&pod.unwrap().object);
        assert_eq!(instances, [Arc::from("shop")]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn row_87_a_target_is_found_without_a_mark_and_in_its_version() {
    let cluster = Arc::new(Cluster::new());
    let theirs = apply(&*cluster, &object(config_map("theirs"))).await;
    let faulty = Arc::new(Faulty::new(cluster));
    let cache = Cache::new(faulty.clone(), Options::default());
    with(&cache, async {
        let absent = object(config_map("absent")).reference();
        let mut unserved = absent.clone();
        unserved.kind = GroupVersionKind::new("example.com", "v1", "Widget");
        let targets = [theirs.reference(), absent, unserved.clone()];
        let live = cache.live("shop", &targets).await.unwrap();
        assert_eq!(live, [theirs]);
        // What is watched and not there is not asked for.
        assert_eq!(faulty.gets(), ["theirs", &unserved.name]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_object_with_an_owner_carries_no_mark_of_its_own() {
    let cluster = Arc::new(Cluster::new());
    let owner = apply(&*cluster, &object(config_map("owner"))).await;
    let mut copy = marked(config_map("copy"));
    copy.update(|value| {
        value["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner.uid(),
        }]);
    })
    .unwrap();
    apply(&*cluster, &copy).await;
    let cache = Cache::new(cluster, Options::default());
    with(&cache, async {
        assert!(cache.live("shop", &[]).await.unwrap().is_empty());
        let entry = cache.entry(&copy.key()).unwrap();
        assert_eq!(entry.instance(), None);
        assert_eq!(entry.owners()[0].name, "owner");
        assert_eq!(entry.owners()[0].kind, GroupKind::new("", "ConfigMap"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_cannot_be_listed_keeps_the_cache_from_being_ready() {
    let faulty = Arc::new(Faulty::new(Arc::new(Cluster::new())));
    faulty.break_lists(Some(("ConfigMap", Reason::Unavailable)));
    let cache = Cache::new(faulty.clone(), Options::default());
    with(&cache, async {
        let error = cache.ready().await.unwrap_err();
        assert_eq!(error.reason, Reason::Unavailable);
        assert!(
            error.to_string().contains("ConfigMap cannot be listed"),
            "{error}"
        );
        assert!(cache.live("shop", &[]).await.is_err());
        faulty.break_lists(None);
        tokio::time::sleep(Duration::from_secs(11)).await;
        cache.ready().await.unwrap();
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn kinds_that_may_not_be_listed_can_be_left_out() {
    let cluster = Arc::new(Cluster::new());
    let target = apply(&*cluster, &marked(config_map("a"))).await;
    let faulty = Arc::new(Faulty::new(cluster));
    faulty.break_lists(Some(("ConfigMap", Reason::Forbidden)));
    let cache = Cache::new(faulty.clone(), Options::default());
    let error = with(&cache, cache.ready()).await.unwrap_err();
    assert_eq!(error.reason, Reason::Forbidden);

    let cache = Cache::new(
        faulty.clone(),
        Options::default().forbidden(Forbidden::Skip),
    );
    with(&cache, async {
        let live = cache.live("shop", &[target.reference()]).await.unwrap();
        assert_eq!(names(&live), ["a"]);
        let tried = faulty.lists_of("ConfigMap");
        tokio::time::sleep(Duration::from_secs(50)).await;
        assert_eq!(faulty.lists_of("ConfigMap"), tried);
        // Once it is allowed, it is watched.
        faulty.break_lists(None);
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert_eq!(cache.live("shop", &[]).await.unwrap(), [target]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_a_broken_watch_missed_is_made_up_for() {
    let cluster = Arc::new(Cluster::new());
    let gone = apply(&*cluster, &marked(config_map("gone"))).await;
    let faulty = Arc::new(Faulty::new(cluster.clone()));
    let cache = Cache::new(faulty.clone(), Options::default());
    with(&cache, async {
        cache.ready().await.unwrap();
        faulty.break_watches(true);
        tokio::time::sleep(Duration::from_secs(5)).await;
        let config_maps = GroupKind::new("", "ConfigMap");
        assert!(cache.behind().contains_key(&config_maps));
        let options = DeleteOptions::default().propagation(Propagation::Background);
        cluster.delete(&gone.reference(), &options).await.unwrap();
        apply(&*cluster, &marked(config_map("new"))).await;
        assert_eq!(names(&cache.live("shop", &[]).await.unwrap()), ["gone"]);

        // The server remembers nothing of what happened meanwhile.
        cluster.compact();
        faulty.break_watches(false);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(names(&cache.live("shop", &[]).await.unwrap()), ["new"]);
        assert!(cache.behind().is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_kind_is_watched_as_soon_as_it_is_defined() {
    let cluster = Arc::new(Cluster::new());
    let cache = Cache::new(cluster.clone(), Options::default());
    with(&cache, async {
        cache.ready().await.unwrap();
        let definition = object(json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "widgets.example.com"},
            "spec": {
                "group": "example.com", "scope": "Namespaced",
                "names": {"kind": "Widget", "listKind": "WidgetList",
                    "plural": "widgets", "singular": "widget"},
                "versions": [{"name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object"}}}],
            },
        }));
        apply(&*cluster, &definition).await;
        cluster.settle();
        let widget = marked(json!({
            "apiVersion": "example.com/v1", "kind": "Widget",
            "metadata": {"name": "a", "namespace": "default"},
        }));
        let live = apply(&*cluster, &widget).await;
        tokio::time::sleep(Duration::from_secs(15)).await;
        assert_eq!(cache.live("shop", &[]).await.unwrap(), [live]);

        let options = DeleteOptions::default().propagation(Propagation::Background);
        cluster
            .delete(&definition.reference(), &options)
            .await
            .unwrap();
        cluster.settle();
        tokio::time::sleep(Duration::from_mins(2)).await;
        assert!(cache.live("shop", &[]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn row_86_only_the_namespaces_asked_for_are_watched() {
    let cluster = Arc::new(Cluster::new());
    cluster.create_namespace("other");
    let mut other = config_map("a");
    other["metadata"]["namespace"] = "other".into();
    let other = apply(&*cluster, &marked(other)).await;
    apply(&*cluster, &marked(config_map("b"))).await;
    let options = Options::default().namespaces(["default".to_owned()]);
    let cache = Cache::new(cluster, options);
    with(&cache, async {
        assert_eq!(names(&cache.live("shop", &[]).await.unwrap()), ["b"]);
        let asked = cache.live("shop", &[other.reference()]).await.unwrap();
        assert_eq!(asked.len(), 2);
        assert!(
            cache
                .entry(&ObjectKey::new("", "Namespace", "", "default"))
                .is_none()
        );
    })
    .await;
}

#[tokio::test]
async fn nothing_a_secret_holds_is_printed() {
    let cluster = Arc::new(Cluster::new());
    let secret = marked(json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "db", "namespace": "default"}, "data": {"password": "aHVudGVyMg=="},
    }));
    apply(&*cluster, &secret).await;
    let cache = Cache::new(cluster, Options::default());
    with(&cache, async {
        cache.ready().await.unwrap();
        let entry = cache.entry(&secret.key()).unwrap();
        assert!(entry.object().is_some());
        assert_eq!(format!("{entry:?}"), "Entry(Secret default/db)");
    })
    .await;
}
