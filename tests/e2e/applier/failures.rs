//! Refusals and failures, each named for what it is.

use std::time::{Duration, Instant};

use gitops_core::apply::{Applier, ApplyOptions, Reason, Strategy};
use gitops_core::{GroupVersionKind, ObjectRef};
use gitops_sync::kube::{Cluster, ConnectError, Options};
use serde_json::json;

use crate::e2e::proxy::Proxy;
use crate::e2e::scene::{config_map, connect, object, play};

const STRATEGIES: [Strategy; 4] = [
    Strategy::ClientSide,
    Strategy::ServerSide,
    Strategy::Create,
    Strategy::Replace,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_namespace_is_named() {
    play("no-namespace", async |scene| {
        let namespace = scene.name("nowhere");
        for strategy in STRATEGIES {
            let options = ApplyOptions::default().strategy(strategy);
            let target = config_map(&namespace, "a", &[]);
            let error = scene.cluster.apply(&target, &options).await.unwrap_err();
            assert_eq!(error.reason, Reason::NotFound, "{strategy:?}: {error}");
            assert!(error.to_string().contains(&namespace), "{error}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_kind_is_named() {
    play("no-kind", async |scene| {
        let reference = |group: &str, version: &str| ObjectRef {
            kind: GroupVersionKind::new(group, version, "Deployment"),
            namespace: Some("default".into()),
            name: "a".into(),
        };
        let error = scene
            .cluster
            .get(&reference("apps", "v1beta1"))
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::UnknownKind);
        let message = "the cluster does not serve Deployment in apps/v1beta1, but in apps/v1";
        assert_eq!(error.to_string(), message);
        let kind = reference("nobody.example.com", "v1").kind;
        let error = scene.cluster.list(&kind, None).await.unwrap_err();
        assert_eq!(error.reason, Reason::UnknownKind);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_secret_does_not_show_its_values() {
    play("secret", async |scene| {
        let namespace = scene.namespace("a").await;
        let secret = |data: serde_json::Value| {
            object(json!({
                "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
                "metadata": {"name": "a", "namespace": namespace}, "stringData": data,
            }))
        };
        for strategy in STRATEGIES {
            let options = ApplyOptions::default().strategy(strategy);
            let target = secret(json!({".dockerconfigjson": "hunter2-is-no-json", "bad key": "x"}));
            let error = scene.cluster.apply(&target, &options).await.unwrap_err();
            assert_eq!(error.reason, Reason::Invalid);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_told_from_missing_rights() {
    play("credentials", async |scene| {
        let file = tempfile::NamedTempFile::new().unwrap();
        let original = std::fs::read_to_string(&scene.kubeconfig).unwrap();
        let mut config = serde_yaml_value(&original);
        config["users"] = json!([{"name": "nobody", "user": {"token": "wrong"}}]);
        config["contexts"][0]["context"]["user"] = "nobody".into();
        std::fs::write(file.path(), config.to_string()).unwrap();
        let stranger = Cluster::from_kubeconfig(file.path(), None).await.unwrap();
        let error = stranger.discover().await.unwrap_err();
        assert_eq!(error.reason, Reason::Unauthorized, "{error}");

        let guest = guest(&scene.kubeconfig).await;
        let kind = GroupVersionKind::new("", "v1", "Secret");
        let error = guest.list(&kind, None).await.unwrap_err();
        assert_eq!(error.reason, Reason::Forbidden, "{error}");
        let error = Cluster::from_kubeconfig(file.path(), Some("other"))
            .await
            .err()
            .unwrap();
        assert!(matches!(error, ConnectError::Kubeconfig { .. }), "{error}");
    })
    .await;
}

/// Somebody whom the server knows and who may do nothing but look at what it serves.
async fn guest(kubeconfig: &std::path::Path) -> Cluster {
    let file = kube::config::Kubeconfig::read_from(kubeconfig).unwrap();
    let options = kube::config::KubeConfigOptions::default();
    let mut config = kube::Config::from_custom_kubeconfig(file, &options)
        .await
        .unwrap();
    config.auth_info.impersonate = Some("guest".into());
    connect(config)
}

fn serde_yaml_value(text: &str) -> serde_json::Value {
    let config = kube::config::Kubeconfig::from_yaml(text).unwrap();
    serde_json::to_value(config).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_reported_in_time_and_found_again() {
    play("gone", async |scene| {
        let namespace = scene.namespace("a").await;
        let proxy = Proxy::start(&scene.kubeconfig).await;
        let options = Options::default()
            .patience(Duration::from_secs(1))
            .request_timeout(Duration::from_secs(2));
        let cluster = proxy.cluster().await.limited(options);
        let target = config_map(&namespace, "a", &[("a", "1")]);
        let apply = ApplyOptions::default();
        cluster.apply(&target, &apply).await.unwrap();

        for outage in [Proxy::refuse, Proxy::freeze] {
            outage(&proxy);
            let started = Instant::now();
            let error = cluster.get(&target.reference()).await.unwrap_err();
            assert!(error.is_retryable(), "{error}");
            assert!(
                started.elapsed() < Duration::from_secs(8),
                "{:?}",
                started.elapsed()
            );
            proxy.resume();
            let applied = cluster.apply(&target, &apply).await.unwrap();
            assert_eq!(applied.object.value()["data"]["a"], "1");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_outage_is_waited_for() {
    play("blip", async |scene| {
        let namespace = scene.namespace("a").await;
        let proxy = Proxy::start(&scene.kubeconfig).await;
        let cluster = proxy.cluster().await;
        cluster.discover().await.unwrap();
        proxy.refuse();
        let target = config_map(&namespace, "a", &[]);
        let options = ApplyOptions::default();
        let (applied, ()) = tokio::join!(cluster.apply(&target, &options), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            proxy.resume();
        });
        applied.unwrap();
    })
    .await;
}
