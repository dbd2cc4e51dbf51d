use std::collections::BTreeMap;
use std::sync::Arc;

use gitops_core::apply::{Outcome, Reason};
use gitops_core::compare::{Compared, Comparison};
use gitops_core::diff::Diff;
use gitops_core::plan::{self, Options, Prune, plan};
use gitops_core::sync_options::SYNC_OPTIONS;
use gitops_core::{Health, HealthStatus, Object, hook};
use serde_json::{Value, json};

use super::*;

/// Answers every step at once; objects fare as `health` says, by name.
#[derive(Default)]
struct World {
    health: BTreeMap<&'static str, HealthStatus>,
    refused: BTreeMap<&'static str, Reason>,
    calls: Vec<String>,
}

impl World {
    fn live(&self, name: &str) -> Live {
        let status = self.health.get(name).copied();
        Live {
            uid: name.to_owned(),
            health: status.map(|status| Ok(Health::new(status, format!("{name} is {status}")))),
            ..Live::default()
        }
    }

    fn answer(&mut self, step: &Step, plan: &Plan) -> Answer {
        let name = &plan.tasks[step.task].object.name;
        let ask = step.call.ask();
        self.calls.push(format!("{ask:?} {name}"));
        let result = match (ask, self.refused.get(name.as_str())) {
            (Ask::Apply, Some(reason)) => Err(Refusal {
                reason: *reason,
                message: format!("{name} is refused"),
                retry_after: None,
            }),
            (Ask::Check | Ask::Apply, _) => Ok(Answered::Applied {
                outcome: Outcome::Created,
                live: self.live(name),
                warnings: Vec::new(),
            }),
            (Ask::Delete | Ask::Release, _) => Ok(Answered::Done),
        };
        let task = step.task;
        Answer { task, ask, result }
    }

    /// Drives the operation until it ends or waits.
    fn run(&mut self, operation: &mut Operation) {
        let mut seen = Observed::default();
        for _ in 0..100 {
            let steps = operation.advance(&seen, Timestamp::UNIX_EPOCH);
            let plan = operation.plan().clone();
            let answers: Vec<Answer> = steps.iter().map(|step| self.answer(step, &plan)).collect();
            let looked = operation.awaited().into_iter().map(|awaited| {
                let name = &awaited.object.name;
                let applied = self.calls.contains(&format!("Apply {name}"));
                let sight = if applied {
                    Sight::Live(self.live(name))
                } else {
                    Sight::Gone
                };
                Sighting {
                    task: awaited.task,
                    sight,
                }
            });
            let before = seen;
            seen = Observed {
                sightings: looked.collect(),
                answers,
                approved_at: None,
            };
            if operation.phase().is_completed() || (steps.is_empty() && seen == before) {
                return;
            }
        }
        panic!("does not come to rest: {}", operation.message());
    }
}

fn object(name: &str, annotations: &Value) -> Compared {
    let object = Object::new(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "annotations": annotations},
    }));
    Compared::new(Some(Arc::new(object.unwrap())), None, Diff::default())
}

fn operation(objects: Vec<Compared>) -> Operation {
    let (hooks, resources): (Vec<_>, Vec<_>) = objects
        .into_iter()
        .partition(|compared| compared.target.as_deref().is_some_and(hook::is_hook));
    let mut comparison = Comparison::new(resources);
    comparison.hooks = hooks.into_iter().filter_map(|hook| hook.target).collect();
    Operation::new(plan(&comparison, &Options::default().prune(Prune::Delete)))
}

/// A task that applies an object.
pub(super) fn task() -> plan::Task {
    let comparison = Comparison::new(vec![object("a", &json!({}))]);
    plan(&comparison, &Options::default()).tasks.remove(0)
}

fn wave(number: i64) -> Value {
    json!({"argocd.argoproj.io/sync-wave": number.to_string()})
}

#[test]
fn one_wave_succeeds_whatever_becomes_of_it() {
    let mut world = World::default();
    world.health.insert("a", HealthStatus::Degraded);
    let mut operation = operation(vec![object("a", &json!({}))]);
    world.run(&mut operation);
    assert_eq!(operation.phase(), OperationPhase::Succeeded);
    assert_eq!(operation.message(), "successfully synced (all tasks run)");
    assert_eq!(operation.results()[0].phase, OperationPhase::Running);
    assert_eq!(world.calls, ["Apply a"]);
}

#[test]
fn a_wave_waits_for_the_health_of_the_one_before() {
    let mut world = World::default();
    world.health.insert("a", HealthStatus::Progressing);
    let mut operation = operation(vec![object("a", &wave(0)), object("b", &wave(1))]);
    world.run(&mut operation);
    assert_eq!(operation.message(), "waiting for healthy state of /Pod/a");
    assert_eq!(operation.results().len(), 1);

    let stored = serde_json::to_string(&operation).unwrap();
    let mut operation: Operation = serde_json::from_str(&stored).unwrap();
    world.health.insert("a", HealthStatus::Healthy);
    world.run(&mut operation);
    assert_eq!(operation.phase(), OperationPhase::Succeeded);
    assert_eq!(world.calls, ["Check a", "Check b", "Apply a", "Apply b"]);
}

#[test]
fn a_failed_hook_stops_the_sync_and_runs_the_hooks_for_that() {
    let mut world = World::default();
    world.health.insert("before", HealthStatus::Degraded);
    let mut operation = operation(vec![
        object("before", &json!({hook::HOOK: "PreSync"})),
        object("a", &json!({})),
        object("failed", &json!({hook::HOOK: "SyncFail"})),
    ]);
    world.run(&mut operation);
    assert_eq!(operation.phase(), OperationPhase::Failed);
    assert_eq!(
        operation.message(),
        "one or more synchronization tasks completed unsuccessfully, \
         reason: Pod shop/before: before is Degraded"
    );
    assert!(
        !world.calls.contains(&"Apply a".to_owned()),
        "{:?}",
        world.calls
    );
    assert!(
        world.calls.contains(&"Apply failed".to_owned()),
        "{:?}",
        world.calls
    );
}

#[test]
fn a_refused_object_fails_the_sync_with_its_reason() {
    let mut world = World::default();
    world.refused.insert("a", Reason::Invalid);
    let mut operation = operation(vec![object("a", &json!({})), object("b", &wave(1))]);
    world.run(&mut operation);
    assert_eq!(
        operation.message(),
        "one or more objects failed to apply, reason: a is refused"
    );
    assert_eq!(operation.results()[0].status, Some(ResultCode::SyncFailed));
}

#[test]
fn a_hook_is_deleted_when_the_sync_succeeds_if_it_says_so() {
    let mut world = World::default();
    world.health.insert("before", HealthStatus::Healthy);
    let annotations = json!({hook::HOOK: "PreSync", hook::DELETE_POLICY: "HookSucceeded"});
    let mut operation = operation(vec![object("before", &annotations)]);
    world.run(&mut operation);
    assert_eq!(operation.message(), "successfully synced (no more tasks)");
    assert_eq!(
        world.calls,
        ["Check before", "Apply before", "Delete before"]
    );
}

#[test]
fn termination_deletes_what_runs_and_leaves_the_rest() {
    let mut world = World::default();
    world.health.insert("before", HealthStatus::Progressing);
    let mut operation = operation(vec![
        object("before", &json!({hook::HOOK: "PreSync"})),
        object("a", &json!({})),
    ]);
    world.run(&mut operation);
    assert_eq!(
        operation.message(),
        "waiting for completion of hook /Pod/before"
    );
    operation.terminate();
    world.run(&mut operation);
    assert_eq!(operation.phase(), OperationPhase::Failed);
    assert_eq!(operation.message(), "Operation terminated");
    assert_eq!(operation.results()[0].message, "Terminated");
    assert_eq!(world.calls.last().unwrap(), "Delete before");
}

#[test]
fn a_plan_with_problems_is_refused_as_a_whole() {
    let mut comparison = Comparison::new(vec![object("a", &json!({})), object("b", &json!({}))]);
    comparison.hooks = Vec::new();
    let key = comparison.resources[0].key.clone();
    let refused = BTreeMap::from([(key, "not permitted in project x".to_owned())]);
    let mut operation = Operation::new(plan::plan(
        &comparison,
        &Options::default().refused(refused),
    ));
    World::default().run(&mut operation);
    assert_eq!(
        operation.message(),
        "one or more synchronization tasks are not valid: not permitted in project x"
    );
    assert_eq!(operation.results().len(), 1);
}

fn refusal(reason: Reason) -> Result<Answered, Refusal> {
    Err(Refusal {
        reason,
        message: format!("{reason:?}"),
        retry_after: None,
    })
}

/// Answers the one step that is due, a while after the one before.
fn answer(
    operation: &mut Operation,
    seen: &Observed,
    result: Result<Answered, Refusal>,
) -> Observed {
    let now = Timestamp::UNIX_EPOCH;
    let now = operation.wake_at(now).unwrap_or(now);
    let steps = operation.advance(seen, now);
    let [step] = steps.as_slice() else {
        panic!("{steps:?}: {}", operation.message());
    };
    let (task, ask) = (step.task, step.call.ask());
    let answers = vec![Answer { task, ask, result }];
    Observed {
        answers,
        ..Observed::default()
    }
}

#[test]
fn an_object_that_may_not_be_looked_at_fails_the_sync() {
    let mut operation = operation(vec![object("a", &wave(0)), object("b", &wave(1))]);
    let checks = operation.advance(&Observed::default(), Timestamp::UNIX_EPOCH);
    let checked = |step: &Step| Answer {
        task: step.task,
        ask: step.call.ask(),
        result: Ok(Answered::Done),
    };
    let seen = Observed {
        answers: checks.iter().map(checked).collect(),
        ..Observed::default()
    };
    let applied = Answered::Applied {
        outcome: Outcome::Created,
        live: World {
            health: BTreeMap::from([("a", HealthStatus::Progressing)]),
            ..World::default()
        }
        .live("a"),
        warnings: Vec::new(),
    };
    let mut seen = answer(&mut operation, &seen, Ok(applied));
    let sight = Sight::Unreadable(refusal(Reason::Forbidden).unwrap_err());
    seen.sightings = vec![Sighting { task: 0, sight }];
    operation.advance(&seen, Timestamp::UNIX_EPOCH);
    assert_eq!(operation.phase(), OperationPhase::Failed);
    let result = &operation.results()[0];
    assert_eq!(result.phase, OperationPhase::Error);
    assert_eq!(result.message, "Failed to get live resource Forbidden");
}

#[test]
fn a_namespace_whose_creation_was_not_answered_is_looked_for() {
    let namespace = Object::new(json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "shop", "annotations": {SYNC_OPTIONS: "Replace=true"}},
    }));
    let namespace = Compared::new(Some(Arc::new(namespace.unwrap())), None, Diff::default());
    let options = Options::default().namespace("shop");
    let plan = plan(&Comparison::new(vec![namespace]), &options);
    let mut operation = Operation::new(plan);
    let seen = answer(
        &mut operation,
        &Observed::default(),
        refusal(Reason::Timeout),
    );
    operation.advance(&seen, Timestamp::UNIX_EPOCH);
    let nothing = Observed::default();
    let seen = answer(&mut operation, &nothing, refusal(Reason::AlreadyExists));
    assert!(operation.advance(&seen, Timestamp::UNIX_EPOCH).is_empty());
    assert_eq!(operation.message(), "waiting for look at /Namespace/shop");
    let [awaited] = operation.awaited().try_into().unwrap();
    let seen = Observed {
        sightings: vec![Sighting {
            task: awaited.task,
            sight: Sight::Live(Live::default()),
        }],
        ..Observed::default()
    };
    operation.advance(&seen, Timestamp::UNIX_EPOCH);
    assert_eq!(operation.message(), "successfully synced (all tasks run)");
}
