//! The rows of the reference's decisions; the cases are in `testdata/decide-rows.yaml`.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::api::{Application, LocalManifests, OperationPhase, OperationState, SyncOperation};
use crate::compare::{Compared, Comparison};
use crate::diff::{Change, Diff, Reason};
use crate::{Health, HealthStatus, Object, yaml};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    decide: Decide,
    #[serde(default)]
    application: Value,
    /// `Kind/name`, with ` in sync` or ` extra`, or with ` wave 3`.
    #[serde(default)]
    objects: Vec<String>,
    #[serde(default)]
    hooks: Vec<Hook>,
    #[serde(default)]
    revision: String,
    #[serde(default)]
    seen_before: bool,
    denied: Option<String>,
    #[serde(default)]
    cluster_unknown: bool,
    /// Seconds after the epoch.
    #[serde(default)]
    now: i64,
    expect: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Decide {
    #[default]
    Automated,
    Retry,
    RetryTerminated,
    TimesOut,
    Delete,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Hook {
    name: String,
    #[serde(rename = "hook")]
    phase: String,
    #[serde(default)]
    policy: String,
    #[serde(default)]
    live: bool,
    health: Option<HealthStatus>,
}

fn object(text: &str) -> Arc<Object> {
    let (kind, rest) = text.split_once('/').unwrap();
    let name = rest.split(' ').next().unwrap_or_default();
    let wave = rest.split_once(" wave ").map(|(_, wave)| wave);
    let options = rest.split_once(" options ").map(|(_, options)| options);
    let mut object = Object::new(json!({
        "apiVersion": if kind == "CustomResourceDefinition" { "apiextensions.k8s.io/v1" } else { "v1" },
        "kind": kind, "metadata": {"name": name, "namespace": "shop"},
    }))
    .unwrap();
    object.set_annotation(crate::wave::SYNC_WAVE, wave);
    object.set_annotation(crate::sync_options::SYNC_OPTIONS, options);
    if rest.contains(" deleting") {
        let change = |value: &mut Value| {
            value["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        };
        object.update(change).unwrap();
    }
    Arc::new(object)
}

fn compared(text: &str) -> Compared {
    let object = object(text);
    if text.ends_with(" extra") {
        return Compared::new(None, Some(object), Diff::default());
    }
    let changes = if text.ends_with(" in sync") {
        Vec::new()
    } else {
        vec![Change::new(".data", None, None, Reason::Drift)]
    };
    Compared::new(Some(Arc::clone(&object)), Some(object), Diff::new(changes))
}

impl Case {
    fn decide(&self) -> String {
        let mut application = json!({"metadata": {"name": "app"}});
        merge(&mut application, &self.application);
        let application: Application = serde_json::from_value(application).unwrap();
        let now = Timestamp::from_second(self.now).unwrap();
        match self.decide {
            Decide::Automated => self.automated(&application, now),
            Decide::Retry => retried(&application, false, now),
            Decide::RetryTerminated => retried(&application, true, now),
            Decide::TimesOut => {
                let limit = std::time::Duration::from_mins(1);
                times_out(&state(&application), Some(limit), now).to_string()
            }
            Decide::Delete => self.delete(&application),
        }
    }

    fn automated(&self, application: &Application, now: Timestamp) -> String {
        let objects = self.objects.iter().map(|text| compared(text));
        let comparison = Comparison::new(objects.collect());
        let revisions = [self.revision.clone()];
        let mut facts = Facts::new(application, &comparison, &revisions);
        facts.may_have_changes = !self.seen_before;
        facts.denied = self.denied.as_deref();
        match automated(&facts, now) {
            Automated::Skip(why) => format!("skip: {why}"),
            Automated::Report(condition) => condition.to_string(),
            Automated::Wait(moment) => format!("wait until {}", moment.as_second()),
            Automated::Sync(operation) => {
                let sync = operation.sync.unwrap();
                let names: Vec<&str> = sync
                    .resources
                    .iter()
                    .map(|resource| &*resource.name)
                    .collect();
                let limit = operation.retry.limit;
                format!(
                    "sync {}: prune {}, retries {limit}, only {names:?}",
                    sync.revision, sync.prune
                )
            }
        }
    }

    fn delete(&self, application: &Application) -> String {
        let hook = |hook: &Hook| {
            let mut object = Object::clone(&object(&format!("Job/{}", hook.name)));
            object.set_annotation(crate::hook::HOOK, Some(&hook.phase));
            object.set_annotation(crate::hook::DELETE_POLICY, Some(&hook.policy));
            let object = Arc::new(object);
            DeletionHook {
                live: hook.live.then(|| Arc::clone(&object)),
                object,
                health: hook.health.map(|status| Health::new(status, "")),
            }
        };
        let facts = DeletionFacts {
            cluster_known: !self.cluster_unknown,
            live: self.objects.iter().map(|text| object(text)).collect(),
            hooks: self.hooks.iter().map(hook).collect(),
        };
        let names = |objects: &[crate::ObjectRef]| -> String {
            let names: Vec<&str> = objects.iter().map(|object| &*object.name).collect();
            names.join(" ")
        };
        match delete(application, &facts) {
            DeletionStep::Create(hooks) => {
                format!(
                    "create {}",
                    names(
                        &hooks
                            .iter()
                            .map(|hook| hook.reference())
                            .collect::<Vec<_>>()
                    )
                )
            }
            DeletionStep::Delete {
                objects,
                propagation,
            } => {
                format!("delete {} {propagation:?}", names(&objects))
            }
            DeletionStep::RemoveFinalizers(finalizers) => {
                format!("remove {}", finalizers.join(" "))
            }
            DeletionStep::Wait(Hindrance::Operation) => "wait for the operation".into(),
            DeletionStep::Wait(Hindrance::Hooks(hooks)) => {
                format!("wait for hooks {}", names(&hooks))
            }
            DeletionStep::Wait(Hindrance::Objects(objects)) => {
                format!("wait for {}", names(&objects))
            }
            DeletionStep::Wait(Hindrance::Approval(objects)) => {
                format!("ask about {}", names(&objects))
            }
            DeletionStep::Failed { message, objects } => {
                format!("{message}; delete {}", names(&objects))
            }
            DeletionStep::Done => "done".into(),
        }
    }
}

fn state(application: &Application) -> OperationState {
    application.status.operation_state.clone().unwrap()
}

fn retried(application: &Application, terminated: bool, now: Timestamp) -> String {
    match retry(&state(application), terminated, now) {
        Retried::Again { at, count, message } => {
            format!("again {count} at {}: {message}", at.as_second())
        }
        Retried::Ended(message) => format!("ended: {message}"),
        Retried::Unreadable(message) => format!("error: {message}"),
    }
}

fn merge(value: &mut Value, other: &Value) {
    match (value, other) {
        (Value::Object(map), Value::Object(other)) => {
            for (key, other) in other {
                merge(map.entry(key.clone()).or_insert(Value::Null), other);
            }
        }
        (_, Value::Null) => {}
        (value, other) => *value = other.clone(),
    }
}

#[test]
fn every_row_is_decided_as_it_should() {
    let text = include_str!("../../testdata/decide-rows.yaml");
    let cases = yaml::read(text, &yaml::Options::default()).unwrap();
    let cases: Vec<Case> = serde_json::from_value(cases).unwrap();
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, case.decide()))
        .filter(|(case, decision)| case.expect != *decision)
        .map(|(case, decision)| {
            format!(
                "{}:\n  {decision}\n  should be\n  {}",
                case.name, case.expect
            )
        })
        .collect();
    println!("{} of {} cases", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn healing_slows_down() {
    let waits: Vec<u64> = (0..9)
        .map(|attempts| HealBackoff::default().wait(attempts).as_secs())
        .collect();
    assert_eq!(waits, [0, 2, 6, 18, 54, 162, 300, 300, 300]);
    assert_eq!(HealBackoff::default().wait(i64::MAX).as_secs(), 300);
}

fn succeeded() -> OperationState {
    let mut state = OperationState {
        phase: OperationPhase::Succeeded,
        ..OperationState::default()
    };
    state.operation.sync = Some(SyncOperation::default());
    state.sync_result = Some(crate::api::SyncOperationResult::default());
    state
}

#[test]
fn the_history_keeps_the_newest() {
    let mut application = Application::default();
    application.spec.revision_history_limit = Some(2);
    for _ in 0..4 {
        record(&mut application, &succeeded(), Timestamp::UNIX_EPOCH);
    }
    let ids: Vec<i64> = application
        .status
        .history
        .iter()
        .map(|entry| entry.id)
        .collect();
    assert_eq!(ids, [2, 3]);

    application.spec.revision_history_limit = Some(0);
    record(&mut application, &succeeded(), Timestamp::UNIX_EPOCH);
    assert!(application.status.history.is_empty());
}

#[test]
fn row_111_syncs_of_some_objects_and_dry_runs_leave_no_history() {
    let mut application = Application::default();
    let mut selective = succeeded();
    let mut dry_run = succeeded();
    if let Some(sync) = &mut selective.operation.sync {
        sync.resources
            .push(crate::api::SyncOperationResource::default());
    }
    if let Some(sync) = &mut dry_run.operation.sync {
        sync.dry_run = true;
    }
    for state in [selective, dry_run] {
        record(&mut application, &state, Timestamp::UNIX_EPOCH);
    }
    assert!(application.status.history.is_empty());
}

#[test]
fn an_application_goes_back_without_hooks_unless_it_is_automated() {
    let application: Application = serde_json::from_value(json!({
        "metadata": {"name": "app"},
        "status": {"history": [{"id": 3, "revision": "abc", "source": {"repoURL": "r"}}, {"id": 4}, {"id": 6, "source": {"repoURL": "r"}}]},
    }))
    .unwrap();
    let operation = rollback(&application, 3, true, false, "ada").unwrap();
    let sync = operation.sync.unwrap();
    assert_eq!((sync.revision.as_str(), sync.prune), ("abc", true));
    assert_eq!(
        crate::plan::Options::of(&SyncOperation {
            revision: String::new(),
            ..sync
        })
        .hooks,
        crate::plan::Hooks::LeaveOut
    );
    assert_eq!(operation.retry.limit, 0);

    let refused = |id| {
        rollback(&application, id, true, false, "ada")
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused(4), "history entry 4 has no source to go back to");
    assert_eq!(
        refused(5),
        "application app does not have deployment with id 5"
    );
    assert_eq!(
        refused(6),
        "history entry 6 names no revision to go back to: its manifests were brought along by a \
         local sync and are not kept"
    );

    let mut automated = application.clone();
    automated.spec.sync_policy = Some(serde_json::from_value(json!({"automated": {}})).unwrap());
    assert_eq!(
        rollback(&automated, 3, true, false, "ada"),
        Err(Refused::AutomatedRollback)
    );
}

#[test]
fn an_automated_application_is_synced_to_its_own_revision_only() {
    let application: Application = serde_json::from_value(json!({
        "spec": {"source": {"repoURL": "r"}, "syncPolicy": {"automated": {}, "syncOptions": ["Validate=false"]}},
    }))
    .unwrap();
    let to = |revision: &str, dry_run| SyncOperation {
        revision: revision.into(),
        dry_run,
        ..SyncOperation::default()
    };
    let refused = request(&application, to("v2", false), "ada", false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Cannot sync to v2: auto-sync currently set to HEAD"
    );
    assert!(request(&application, to("v2", true), "ada", false).is_ok());
    let taken = request(&application, to("", false), "ada", false).unwrap();
    assert_eq!(taken.sync.unwrap().sync_options, ["Validate=false"]);
    assert_eq!(
        request(&application, to("", false), "ada", true),
        Err(Refused::Window)
    );
}

#[test]
fn local_manifests_are_for_applications_that_are_not_automated_and_for_dry_runs() {
    let application = |policy: Value| -> Application {
        let spec = json!({"source": {"repoURL": "r"}, "syncPolicy": policy});
        serde_json::from_value(json!({"spec": spec})).unwrap()
    };
    let local = |dry_run| SyncOperation {
        manifests: LocalManifests(vec!["{}".into()]),
        dry_run,
        ..SyncOperation::default()
    };
    let taken = |policy, dry_run| request(&application(policy), local(dry_run), "ada", false);
    let refused = taken(json!({"automated": {}}), false).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot use local sync when Automatic Sync Policy is enabled unless for dry run"
    );
    let operation = taken(json!({"automated": {}}), true).unwrap();
    assert_eq!(operation.sync.unwrap().manifests, local(true).manifests);
    assert!(taken(json!({"automated": {"enabled": false}}), false).is_ok());
    assert!(taken(Value::Null, false).is_ok());
}

#[test]
fn local_manifests_are_not_shown_by_debug() {
    let sync = SyncOperation {
        manifests: LocalManifests(vec!["{kind: Secret, data: {a: cGFzc3dvcmQ=}}".into()]),
        ..SyncOperation::default()
    };
    let shown = format!("{sync:?}");
    assert!(
        shown.contains("LocalManifests(1 texts)") && !shown.contains("cGFz"),
        "{shown}"
    );
}

#[test]
fn row_109_an_object_may_be_a_hook_for_the_sync_and_for_both_ends_of_deletion() {
    let hook = |types: &str| {
        let mut hook = Object::clone(&object("Job/a"));
        hook.set_annotation(crate::hook::HOOK, Some(types));
        Arc::new(hook)
    };
    let names = |finalizers: &[String]| -> Vec<String> {
        let short = |name: &String| name.replace("-delete-finalizer.argocd.argoproj.io", "");
        finalizers.iter().map(short).collect()
    };
    let (wanted, unwanted) = finalizers(&[hook("PostSync,PreDelete,PostDelete")]);
    assert_eq!(
        names(&wanted),
        ["pre", "pre/cleanup", "post", "post/cleanup"]
    );
    assert!(unwanted.is_empty());
    let (wanted, unwanted) = finalizers(&[hook("PreDelete")]);
    assert_eq!(names(&wanted), ["pre", "pre/cleanup"]);
    assert_eq!(names(&unwanted), ["post", "post/cleanup"]);
}
