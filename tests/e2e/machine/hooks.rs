//! Hooks: what runs when, what goes when, and what a failure does.

use async_trait::async_trait;
use gitops_sync::driver::{Event, Observer};
use gitops_sync::machine::OperationPhase;
use serde_json::json;

use super::super::scene::play;
use super::{App, hook, job};

#[tokio::test(flavor = "multi_thread")]
async fn hooks_of_every_type_run_and_go_as_their_policies_say() {
    play("hooks", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "config", json!({}), json!({}));
        app.add("Job", "pre", hook("PreSync", "HookSucceeded"), job("run"));
        app.add(
            "Job",
            "during",
            hook("Sync", "BeforeHookCreation"),
            job("run"),
        );
        app.add("Job", "post", hook("PostSync", "HookFailed"), job("run"));
        app.add("Job", "never", hook("SyncFail", ""), job("run"));
        app.synced().await;
        let pre = app.find("Job", "pre").await;
        assert!(pre.is_none_or(|pre| pre.deletion_timestamp().is_some()));
        assert!(app.exists("Job", "during").await);
        assert!(app.exists("Job", "post").await);
        assert!(!app.exists("Job", "never").await);
        let held = app.find("Job", "during").await.unwrap();
        assert_eq!(held.finalizers().count(), 0, "the hook is let go");

        app.synced().await;
        let again = app.find("Job", "during").await.unwrap();
        assert_ne!(held.uid(), again.uid(), "the former hook is deleted first");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_stops_the_sync_and_runs_the_hook_for_that() {
    play("failing-job", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "config", json!({}), json!({}));
        app.add("Job", "pre", hook("PreSync", "HookFailed"), job("fail"));
        app.add("Job", "alarm", hook("SyncFail", ""), job("run"));
        let operation = app.sync().await;
        assert_eq!(
            operation.phase(),
            OperationPhase::Failed,
            "{}",
            operation.message()
        );
        assert!(
            operation.message().contains("pre"),
            "{}",
            operation.message()
        );
        assert!(!app.exists("ConfigMap", "config").await);
        assert!(app.exists("Job", "alarm").await);
        let pre = app.find("Job", "pre").await;
        assert!(pre.is_none_or(|pre| pre.deletion_timestamp().is_some()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn termination_deletes_the_hook_that_runs() {
    play("terminate", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "config", json!({}), json!({}));
        app.add("Job", "pre", hook("PreSync", ""), job("never"));
        let mut operation = app.operation().await;
        let stop = Stop::default();
        app.drive(&mut operation, &stop).await;
        assert_eq!(operation.message(), "Operation terminated");
        assert!(!app.exists("ConfigMap", "config").await);
        let job = app.find("Job", "pre").await;
        assert!(job.is_none_or(|job| job.deletion_timestamp().is_some()));
    })
    .await;
}

/// Ends an operation as soon as it waits.
#[derive(Default)]
struct Stop(tokio::sync::Notify);

#[async_trait]
impl Observer for Stop {
    fn event(&self, event: Event) {
        if let Event::Waiting { message } = event
            && message.contains("completion")
        {
            self.0.notify_one();
        }
    }

    async fn terminated(&self) {
        self.0.notified().await;
    }
}
