//! Strategies: from client-side to server-side apply, and what cannot be changed.

use serde_json::json;

use super::super::scene::play;
use super::{App, job};

#[tokio::test(flavor = "multi_thread")]
async fn an_application_goes_from_client_side_to_server_side_apply() {
    play("migrate", async |scene| {
        let mut app = App::new(scene).await;
        app.add(
            "ConfigMap",
            "config",
            json!({}),
            json!({"data": {"a": "1", "b": "1"}}),
        );
        app.synced().await;
        app.sync_options(&["ServerSideApply=true"]);
        app.targets.clear();
        app.add(
            "ConfigMap",
            "config",
            json!({}),
            json!({"data": {"a": "2"}}),
        );
        app.synced().await;
        let live = app.find("ConfigMap", "config").await.unwrap();
        assert_eq!(live.value()["data"], json!({"a": "2"}));
        app.cluster.take();
        app.synced().await;
        assert!(
            app.cluster.take().is_empty(),
            "a second sync sends no write"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_immutable_job_is_replaced_by_force() {
    play("replace", async |scene| {
        let mut app = App::new(scene).await;
        let annotations = json!({"argocd.argoproj.io/sync-options": "Replace=true,Force=true"});
        app.add("Job", "once", annotations.clone(), job("run"));
        app.synced().await;
        let before = app.find("Job", "once").await.unwrap();
        app.targets.clear();
        let mut changed = job("run");
        changed["spec"]["template"]["spec"]["containers"][0]["image"] = json!("main:2");
        app.add("Job", "once", annotations, changed);
        app.synced().await;
        let after = app.find("Job", "once").await.unwrap();
        assert_ne!(before.uid(), after.uid());
    })
    .await;
}
