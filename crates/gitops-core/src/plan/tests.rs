use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::compare::Compared;
use crate::diff::Diff;
use crate::{Object, hook};

/// An object by `Kind name`, with annotations.
fn object(kind: &str, name: &str, annotations: &Value) -> Arc<Object> {
    let group = match kind {
        "Deployment" => "apps/v1",
        "Job" => "batch/v1",
        "CustomResourceDefinition" => "apiextensions.k8s.io/v1",
        "Workflow" => "argoproj.io/v1alpha1",
        _ => "v1",
    };
    let mut object = Object::new(json!({
        "apiVersion": group, "kind": kind,
        "metadata": {"name": name, "uid": name, "annotations": annotations},
    }))
    .unwrap();
    if !matches!(
        kind,
        "Namespace" | "CustomResourceDefinition" | "PersistentVolume"
    ) {
        object.set_namespace(Some("shop"));
    }
    Arc::new(object)
}

fn wave(number: i64) -> Value {
    json!({"argocd.argoproj.io/sync-wave": number.to_string()})
}

fn missing(kind: &str, name: &str, annotations: &Value) -> Compared {
    Compared::new(Some(object(kind, name, annotations)), None, Diff::default())
}

fn extra(kind: &str, name: &str, annotations: &Value) -> Compared {
    Compared::new(None, Some(object(kind, name, annotations)), Diff::default())
}

/// A comparison in which hooks are told from other objects.
fn comparison(resources: Vec<Compared>) -> Comparison {
    let (hooks, resources): (Vec<_>, Vec<_>) = resources
        .into_iter()
        .partition(|compared| compared.target.as_deref().is_some_and(hook::is_hook));
    let mut comparison = Comparison::new(resources);
    comparison.hooks = hooks.into_iter().filter_map(|hook| hook.target).collect();
    comparison
}

/// The tasks as `Phase wave Kind name`.
fn lines(plan: &Plan) -> Vec<String> {
    let line = |task: &Task| {
        let (phase, wave) = task.step();
        let object = &task.object;
        format!("{phase} {wave} {} {}", object.kind.kind, object.name)
    };
    plan.tasks.iter().map(line).collect()
}

#[track_caller]
fn check(resources: Vec<Compared>, options: &Options, expected: &[&str]) -> Plan {
    let plan = plan(&comparison(resources), options);
    assert_eq!(lines(&plan), expected);
    plan
}

fn pruning() -> Options {
    Options::default().namespace("shop").prune(Prune::Delete)
}

#[test]
fn tasks_follow_phase_wave_kind_and_name() {
    let hook = |kind: &str| json!({hook::HOOK: kind});
    check(
        vec![
            missing("Job", "after", &hook("PostSync")),
            missing("Job", "failed", &hook("SyncFail")),
            missing("Workflow", "b", &json!({})),
            missing("Workflow", "a", &json!({})),
            missing("ConfigMap", "late", &wave(1)),
            missing("Pod", "pod", &json!({})),
            missing("Service", "service", &json!({})),
            missing("PersistentVolume", "volume", &json!({})),
            missing("ConfigMap", "config", &json!({})),
            missing("ConfigMap", "early", &wave(-1)),
            missing("Job", "before", &hook("PreSync")),
        ],
        &pruning(),
        &[
            "PreSync 0 Job before",
            "Sync -1 ConfigMap early",
            "Sync 0 ConfigMap config",
            "Sync 0 PersistentVolume volume",
            "Sync 0 Service service",
            "Sync 0 Pod pod",
            "Sync 0 Workflow a",
            "Sync 0 Workflow b",
            "Sync 1 ConfigMap late",
            "PostSync 0 Job after",
            "SyncFail 0 Job failed",
        ],
    );
}

#[test]
fn a_namespace_goes_before_the_first_object_in_it() {
    let plan = check(
        vec![
            missing("Namespace", "shop", &wave(1)),
            missing("ConfigMap", "config", &json!({})),
            missing("Job", "before", &json!({hook::HOOK: "PreSync"})),
        ],
        &pruning(),
        &[
            "PreSync 0 Namespace shop",
            "PreSync 0 Job before",
            "Sync 0 ConfigMap config",
        ],
    );
    let moved = plan.tasks[0].moved.as_ref().unwrap();
    assert_eq!((moved.phase, moved.wave), (Phase::Sync, 1));
    assert_eq!(moved.needed_by.to_string(), "Job shop/before");
}

#[test]
fn prunes_go_in_reverse_waves() {
    check(
        vec![
            missing("ConfigMap", "kept", &wave(0)),
            missing("ConfigMap", "kept-too", &wave(2)),
            extra("ConfigMap", "one", &wave(1)),
            extra("ConfigMap", "three", &wave(3)),
            extra("ConfigMap", "four", &wave(4)),
        ],
        &pruning(),
        &[
            "Sync 0 ConfigMap kept",
            "Sync 1 ConfigMap four",
            "Sync 2 ConfigMap kept-too",
            "Sync 3 ConfigMap three",
            "Sync 4 ConfigMap one",
        ],
    );
}

#[test]
fn hooks_are_named_for_revision_phase_and_start() {
    let mut unnamed = Object::clone(&object(
        "Job",
        "x",
        &json!({hook::HOOK: "PreSync,PostSync"}),
    ));
    unnamed
        .update(|value| {
            value["metadata"] =
                json!({"generateName": "job-", "annotations": {hook::HOOK: "PreSync,PostSync"}});
        })
        .unwrap();
    let unnamed = Arc::new(unnamed);
    let mut comparison = Comparison::new(Vec::new());
    comparison.hooks = vec![Arc::clone(&unnamed), unnamed];
    let options = Options::default()
        .revision("FooBarBaz")
        .started_at(Timestamp::from_second(1_700_000_000).unwrap());
    assert_eq!(
        lines(&plan(&comparison, &options)),
        [
            "PreSync 0 Job job-foobarb-presync-1700000000",
            "PreSync 0 Job job-foobarb-presync-1700000000-2",
            "PostSync 0 Job job-foobarb-postsync-1700000000",
            "PostSync 0 Job job-foobarb-postsync-1700000000-2",
        ]
    );
}

#[test]
fn a_plan_survives_being_stored() {
    let stored = check(
        vec![
            missing("ConfigMap", "a", &json!({})),
            extra("Pod", "b", &json!({})),
        ],
        &pruning(),
        &["Sync 0 Pod b", "Sync 0 ConfigMap a"],
    );
    let text = serde_json::to_string(&stored).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), stored);
}
