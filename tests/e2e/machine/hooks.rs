//! Hooks: what runs when, what goes when, and what a failure does.

use async_trait::async_trait;
use gitops_sync::driver::{Event, Observer};
use gitops_sync::machine::{Operation, OperationPhase, TaskResult};
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
        assert!(is_gone(&app, "pre").await);
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
async fn a_hook_of_two_phases_runs_in_both() {
    play("two-phases", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "config", json!({}), json!({}));
        app.add("Job", "twice", hook("PreSync,PostSync", ""), job("run"));
        let operation = app.synced().await;
        let phases = names(&operation, |result| result.sync_phase.to_string());
        assert_eq!(phases, ["PreSync", "Sync", "PostSync"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_to_be_skipped_is_neither_created_nor_pruned() {
    play("skip", async |scene| {
        let mut app = App::new(scene).await;
        app.add("ConfigMap", "skipped", hook("Skip", ""), json!({}));
        app.add("ConfigMap", "stays", json!({}), json!({}));
        app.synced().await;
        assert!(!app.exists("ConfigMap", "skipped").await);

        let stays = app.find("ConfigMap", "stays").await.unwrap();
        let skip = json!({"metadata": {"annotations": hook("Skip", "")}});
        scene.patch(&stays, skip).await;
        app.targets.retain(|target| target.name() != "stays");
        let operation = app.synced().await;
        assert!(operation.results().is_empty());
        let stays = app.find("ConfigMap", "stays").await.unwrap();
        assert_eq!(stays.deletion_timestamp(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn helms_hooks_run_by_helms_weights_and_policies() {
    play("helm-hooks", async |scene| {
        let mut app = App::new(scene).await;
        let helm = |types: &str, weight: &str, policy: &str| {
            json!({
                "helm.sh/hook": types, "helm.sh/hook-weight": weight,
                "helm.sh/hook-delete-policy": policy,
            })
        };
        let upgrade = "pre-install,pre-upgrade";
        let policy = "before-hook-creation,hook-succeeded";
        app.add("Job", "second", helm(upgrade, "5", policy), job("run"));
        app.add("Job", "first", helm("pre-upgrade", "-5", ""), job("run"));
        app.add(
            "Job",
            "last",
            helm("post-install", "0", "hook-failed"),
            job("run"),
        );
        app.add(
            "ConfigMap",
            "config",
            helm("crd-install", "0", ""),
            json!({}),
        );
        for types in ["test", "pre-rollback"] {
            app.add("Job", types, helm(types, "0", ""), job("run"));
        }
        let operation = app.synced().await;
        let order = names(&operation, |result| result.object.name.clone());
        assert_eq!(order, ["first", "second", "config", "last"]);
        assert!(is_gone(&app, "second").await);
        for name in ["first", "last"] {
            assert!(!is_gone(&app, name).await, "{name}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_goes_as_its_policy_says_and_the_sync_ends() {
    play("policies", async |scene| {
        for (ending, outcome, goes) in [
            ("well", "run", "HookSucceeded"),
            ("badly", "fail", "HookFailed"),
        ] {
            let mut app = App::in_namespace(scene, ending).await;
            let policies = ["BeforeHookCreation", "HookSucceeded", "HookFailed"];
            for policy in policies {
                let name = policy.to_lowercase();
                app.add("Job", &name, hook("PreSync", policy), job("run"));
            }
            app.add("Job", "decides", hook("PostSync", ""), job(outcome));
            let operation = app.sync().await;
            let succeeded = operation.phase() == OperationPhase::Succeeded;
            assert_eq!(succeeded, outcome == "run", "{}", operation.message());
            for policy in policies {
                let gone = is_gone(&app, &policy.to_lowercase()).await;
                assert_eq!(gone, policy == goes, "{policy} where it ends {ending}");
            }
        }
    })
    .await;
}

/// What a sync says of each of its results, in order.
fn names(operation: &Operation, name: impl Fn(&TaskResult) -> String) -> Vec<String> {
    operation.results().iter().map(name).collect()
}

/// Whether a Job does not exist or is on its way out.
async fn is_gone(app: &App<'_>, name: &str) -> bool {
    let job = app.find("Job", name).await;
    job.is_none_or(|job| job.deletion_timestamp().is_some())
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
        assert!(is_gone(&app, "pre").await);
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
        assert!(is_gone(&app, "pre").await);
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
