//! Discovery, lists and watches.

use std::collections::BTreeSet;

use futures::StreamExt;
use gitops_core::apply::{
    Applier, ApplyOptions, DeleteOptions, Patch, PatchOptions, Propagation, Reason, WatchEvent,
};
use gitops_core::{GroupKind, GroupVersionKind, Scope};
use gitops_sync::kube::Options;
use serde_json::json;

use crate::e2e::scene::{config_map, play};

fn config_maps() -> GroupVersionKind {
    GroupVersionKind::new("", "v1", "ConfigMap")
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_knows_kinds_scopes_and_the_version() {
    play("discovery", async |scene| {
        let discovery = scene.cluster.discover().await.unwrap();
        assert!(
            discovery.server_version.starts_with("1."),
            "{}",
            discovery.server_version
        );
        let scope = |group, kind| discovery.scope(&GroupKind::new(group, kind));
        assert_eq!(scope("", "Namespace"), Some(Scope::Cluster));
        assert_eq!(scope("apps", "Deployment"), Some(Scope::Namespaced));
        assert_eq!(scope("apps", "Scale"), None);
        let autoscalers = GroupKind::new("autoscaling", "HorizontalPodAutoscaler");
        assert_eq!(
            discovery.preferred(&autoscalers).unwrap().kind.version,
            "v2"
        );
        assert!(discovery.versions(&autoscalers).len() > 1);
        assert!(
            discovery
                .api_versions()
                .contains(&"apps/v1/Deployment".to_owned())
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_several_pages_is_whole() {
    play("pages", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut names = BTreeSet::from(["kube-root-ca.crt".to_owned()]);
        for number in 0..7 {
            let object = config_map(&namespace, &format!("c{number}"), &[]);
            names.insert(object.name().to_owned());
            scene.create(&object).await;
        }
        let root = config_map(&namespace, "kube-root-ca.crt", &[]).reference();
        scene.until(&root, |live| live.is_some()).await;
        let cluster = scene.cluster.limited(Options::default().page_size(3));
        let list = cluster
            .list(&config_maps(), Some(&namespace))
            .await
            .unwrap();
        let listed: BTreeSet<_> = list
            .objects
            .iter()
            .map(|object| object.name().to_owned())
            .collect();
        assert_eq!(listed, names);
        assert!(
            list.objects
                .iter()
                .all(|object| object.api_version() == "v1")
        );
        let everywhere = cluster.list(&config_maps(), None).await.unwrap();
        assert!(everywhere.objects.len() >= list.objects.len());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_tells_what_happens_after_the_list() {
    play("watch", async |scene| {
        let namespace = scene.namespace("a").await;
        let root = config_map(&namespace, "kube-root-ca.crt", &[]).reference();
        scene.until(&root, |live| live.is_some()).await;
        let list = scene
            .cluster
            .list(&config_maps(), Some(&namespace))
            .await
            .unwrap();
        let since = &list.resource_version;
        let watch = scene
            .cluster
            .watch(&config_maps(), Some(&namespace), since)
            .await
            .unwrap();
        let object = config_map(&namespace, "a", &[("a", "1")]);
        let reference = object.reference();
        scene.create(&object).await;
        scene.patch(&object, json!({"data": {"a": "2"}})).await;
        let options = DeleteOptions::default().propagation(Propagation::Background);
        let deleted = scene.cluster.delete(&reference, &options).await;
        deleted.unwrap();
        let events: Vec<_> = watch
            .map(Result::unwrap)
            .filter(|event| std::future::ready(!matches!(event, WatchEvent::Bookmark(_))))
            .take(3)
            .collect()
            .await;
        let [
            WatchEvent::Added(_),
            WatchEvent::Modified(modified),
            WatchEvent::Deleted(deleted),
        ] = &events[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!(modified.value()["data"]["a"], "2");
        assert_eq!(deleted.uid(), modified.uid());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_from_too_long_ago_says_so() {
    play("expired", async |scene| {
        let watch = scene.cluster.watch(&config_maps(), None, "1").await;
        let error = match watch {
            Err(error) => error,
            // A server that was started just now still remembers everything.
            Ok(mut watch) => match watch.next().await.expect("an end without a word") {
                Ok(_) => return,
                Err(error) => error,
            },
        };
        assert_eq!(error.reason, Reason::Expired, "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subresource_is_patched_apart() {
    play("status", async |scene| {
        let namespace = scene.namespace("a").await;
        let mut service = config_map(&namespace, "a", &[]);
        service
            .update(|value| {
                value["kind"] = "Service".into();
                value["spec"] = json!({"type": "LoadBalancer", "ports": [{"port": 80}]});
            })
            .unwrap();
        scene
            .cluster
            .apply(&service, &ApplyOptions::default())
            .await
            .unwrap();
        let status = json!({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}});
        let options = PatchOptions::default().subresource(Some("status".into()));
        let patch = Patch::Merge(status.clone());
        let patched = scene
            .cluster
            .patch(&service.reference(), &patch, &options)
            .await
            .unwrap();
        let ingress = &patched.value()["status"]["loadBalancer"]["ingress"][0];
        assert_eq!(ingress["ip"], "192.0.2.1");
    })
    .await;
}
