mod checks;
mod display;
mod namespace;
mod options;
mod order;
mod properties;

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::compare::Compared;
use crate::diff::{Change, Diff};
use crate::sync_options::{ApplicationOptions, SYNC_OPTIONS};
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
