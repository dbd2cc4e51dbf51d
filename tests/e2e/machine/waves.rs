//! Waves: the next one waits for the health of the one before.

use std::time::Duration;

use gitops_sync::machine::{Limits, OperationPhase};
use serde_json::json;

use super::super::scene::play;
use super::{App, deployment, wave};

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_waits_for_a_deployment_that_becomes_healthy_late() {
    play("late", async |scene| {
        let mut app = App::new(scene).await;
        let late = json!({"testcluster/delay": "2s"});
        app.add("Deployment", "web", wave(0), deployment(late));
        app.add("ConfigMap", "after", wave(1), json!({}));
        let operation = app.synced().await;
        let web = app.find("Deployment", "web").await.unwrap();
        assert_eq!(
            web.value()["status"]["readyReplicas"],
            1,
            "{}",
            operation.message()
        );
        assert!(app.exists("ConfigMap", "after").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wave_that_takes_too_long_fails_where_there_is_a_limit() {
    play("never", async |scene| {
        let mut app = App::new(scene).await;
        let never = json!({"testcluster/outcome": "never"});
        app.add("Deployment", "web", wave(0), deployment(never));
        app.add("ConfigMap", "after", wave(1), json!({}));
        app.limits = Limits::default().wave_timeout(Some(Duration::from_secs(2)));
        let operation = app.sync().await;
        assert_eq!(
            operation.phase(),
            OperationPhase::Failed,
            "{}",
            operation.message()
        );
        assert!(
            operation.message().contains("not done within 2s"),
            "{}",
            operation.message()
        );
        assert!(!app.exists("ConfigMap", "after").await);
    })
    .await;
}
