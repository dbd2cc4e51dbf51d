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

/// The waves that prunes get, by the waves they had.
#[track_caller]
fn check_prunes(pruned: &[i64], kept: &[i64], expected: &[i64]) {
    check_prunes_last(pruned, kept, &[], &[], expected);
}

#[track_caller]
fn check_prunes_last(
    pruned: &[i64],
    kept: &[i64],
    options: &[&str],
    last: &[i64],
    expected: &[i64],
) {
    let name = |number: usize, from: i64| format!("{number}-{from}");
    let kept = kept.iter().enumerate().map(|(number, from)| {
        missing(
            "ConfigMap",
            &format!("kept-{}", name(number, *from)),
            &wave(*from),
        )
    });
    let pruned_objects = pruned.iter().enumerate().map(|(number, from)| {
        let mut annotations = wave(*from);
        if last.contains(from) {
            annotations[SYNC_OPTIONS] = json!("PruneLast=true");
        }
        extra("ConfigMap", &name(number, *from), &annotations)
    });
    let options = pruning().application(ApplicationOptions::parse(options));
    let plan = plan(&comparison(kept.chain(pruned_objects).collect()), &options);
    let placed: Vec<i64> = pruned
        .iter()
        .enumerate()
        .map(|(number, from)| {
            let name = name(number, *from);
            let task = plan.tasks.iter().find(|task| task.object.name == name);
            task.unwrap().wave
        })
        .collect();
    assert_eq!(placed, expected);
}

/// Rows 62 to 68 of the edge-case table.
#[test]
fn rows_62_to_68_prunes_find_their_waves() {
    check_prunes(&[0, 1, 2, 3, 4], &[], &[4, 3, 2, 1, 0]);
    check_prunes(&[1, 3, 4], &[0, 2], &[4, 3, 1]);
    check_prunes(&[1, 3, 3, 4, 5], &[-1, 3, 5], &[5, 4, 4, 3, 1]);
    check_prunes(&[2, 2], &[2], &[2, 2]);
    check_prunes_last(&[1, 2, 3, 4], &[0], &["PruneLast=true"], &[], &[5, 5, 5, 5]);
    check_prunes_last(&[1, 2, 3, 4], &[], &[], &[2], &[4, 5, 2, 1]);
    check_prunes_last(&[1, 7], &[2], &["PruneLast=true"], &[], &[8, 8]);
}

/// Row 59 of the edge-case table.
#[test]
fn row_59_a_namespace_goes_before_custom_resources() {
    check(
        vec![
            missing("Workflow", "a", &json!({})),
            missing("Namespace", "z", &json!({})),
        ],
        &pruning(),
        &["Sync 0 Namespace z", "Sync 0 Workflow a"],
    );
}

/// Row 61 of the edge-case table.
#[test]
fn row_61_a_definition_goes_before_the_first_object_of_its_kind() {
    let mut definition =
        Object::clone(&object("CustomResourceDefinition", "workflows", &json!({})));
    definition
        .update(|value| {
            value["spec"] = json!({"group": "argoproj.io", "names": {"kind": "Workflow"}});
        })
        .unwrap();
    let definition = Compared::new(Some(Arc::new(definition)), None, Diff::default());
    let plan = check(
        vec![
            definition,
            missing("Workflow", "before", &json!({hook::HOOK: "PreSync"})),
        ],
        &pruning(),
        &[
            "PreSync 0 CustomResourceDefinition workflows",
            "PreSync 0 Workflow before",
        ],
    );
    let check = plan.tasks[1].apply().unwrap().check;
    assert_eq!(check, Check::Impossible, "its kind is only defined by then");
}

/// What is decided for an object with these options of its own, where something
/// else is live that has options too.
fn decided(application: &[&str], own: &str, of_live: Option<&str>) -> Action {
    let with = |options: &str| object("ConfigMap", "a", &json!({SYNC_OPTIONS: options}));
    let changed = Change::new(".data", None, None, crate::diff::Reason::Drift);
    let compared = Compared::new(Some(with(own)), of_live.map(with), Diff::new(vec![changed]));
    let options = pruning().application(ApplicationOptions::parse(application));
    let mut plan = plan(&comparison(vec![compared]), &options);
    plan.tasks.remove(0).action
}

/// How an object gets into the cluster, with these options.
fn applied(application: &[&str], own: &str, of_live: Option<&str>) -> Apply {
    match decided(application, own, of_live) {
        Action::Create(apply) | Action::Update(apply) | Action::Replace(apply) => apply,
        other => panic!("{other:?}"),
    }
}

/// Rows 19 and 79 to 83 of the edge-case table.
#[test]
fn rows_79_to_83_options_decide_how_objects_are_applied() {
    use crate::apply::{FieldValidation, Recreate, Strategy};
    let strategy = |application: &[&str], own, live| applied(application, own, live).strategy;
    assert_eq!(strategy(&[], "", Some("")), Strategy::ClientSide);
    assert_eq!(strategy(&[], "Replace=true", None), Strategy::Create);
    assert_eq!(strategy(&[], "Replace=true", Some("")), Strategy::Replace);
    assert_eq!(strategy(&[], "", Some("Replace=true")), Strategy::Replace);
    assert_eq!(
        strategy(&["Replace=true"], "Replace=false", Some("")),
        Strategy::Replace
    );
    assert_eq!(
        strategy(&["Replace=true", "ServerSideApply=true"], "", Some("")),
        Strategy::Replace
    );
    assert_eq!(
        strategy(&["ServerSideApply=true"], "", Some("")),
        Strategy::ServerSide
    );
    assert_eq!(
        strategy(&["ServerSideApply=true"], "ServerSideApply=false", None),
        Strategy::ClientSide
    );

    assert_eq!(
        applied(&[], "Force=true", Some("")).recreate,
        Recreate::WhenRefused
    );
    assert_eq!(
        applied(&[], "", Some("Force=true")).recreate,
        Recreate::WhenRefused
    );
    assert_eq!(
        applied(&["Force=true"], "", Some("")).recreate,
        Recreate::Never
    );
    assert_eq!(
        applied(&[], "Validate=false", None).validation,
        FieldValidation::Ignore
    );
    assert_eq!(
        applied(&["Validate=false"], "Validate=true", None).validation,
        FieldValidation::Ignore
    );
    assert_eq!(applied(&[], "", None).validation, FieldValidation::Warn);
}

/// Row 86 of the edge-case table.
#[test]
fn row_86_dependants_go_first_unless_an_option_says_otherwise() {
    use crate::apply::Propagation;
    #[track_caller]
    fn check(options: &[&str], expected: Propagation) {
        let options = pruning().application(ApplicationOptions::parse(options));
        let plan = plan(&comparison(vec![extra("Pod", "a", &json!({}))]), &options);
        assert!(
            matches!(plan.tasks[0].action, Action::Prune { propagation, .. } if propagation == expected)
        );
    }
    check(&[], Propagation::Foreground);
    check(
        &["PrunePropagationPolicy=background"],
        Propagation::Background,
    );
    check(&["PrunePropagationPolicy=orphan"], Propagation::Orphan);
}

#[test]
fn only_a_plan_that_endangers_nothing_is_not_checked() {
    let checks = |resources: Vec<Compared>, options: &Options| -> Vec<Check> {
        let plan = plan(&comparison(resources), options);
        plan.tasks
            .iter()
            .filter_map(|task| Some(task.apply()?.check))
            .collect()
    };
    let created = || missing("ConfigMap", "a", &json!({}));
    assert_eq!(checks(vec![created()], &pruning()), [Check::Needless]);
    assert_eq!(
        checks(vec![created()], &pruning().dry_run(true)),
        [Check::AsApplied]
    );
    let pruned = extra("Pod", "b", &json!({}));
    assert_eq!(
        checks(vec![created(), pruned], &pruning()),
        [Check::AsApplied]
    );
    let later = missing("ConfigMap", "b", &wave(1));
    assert_eq!(
        checks(vec![created(), later], &pruning()),
        [Check::AsApplied; 2]
    );
}

#[test]
fn prunes_of_a_wave_go_before_applies_in_reverse_order_of_kinds() {
    check(
        vec![
            extra("Namespace", "a", &json!({})),
            extra("Pod", "a", &json!({})),
            extra("Service", "a", &json!({})),
            missing("ConfigMap", "new", &json!({})),
        ],
        &pruning(),
        &[
            "Sync 0 Pod a",
            "Sync 0 Service a",
            "Sync 0 Namespace a",
            "Sync 0 ConfigMap new",
        ],
    );
}

#[test]
fn a_plan_reads_like_a_plan() {
    let secret = Compared::new(
        Some(object("Secret", "db", &json!({}))),
        Some(object("Secret", "db", &json!({}))),
        Diff::new(vec![Change::new(
            ".data.password",
            Some(json!("b2xk")),
            Some(json!("bmV3")),
            crate::diff::Reason::NewInGit,
        )]),
    );
    let resources = vec![
        secret,
        missing("ConfigMap", "settings", &json!({})),
        missing("Job", "migrate", &json!({hook::HOOK: "PreSync"})),
        extra("Pod", "old", &json!({})),
        extra("Pod", "older", &json!({SYNC_OPTIONS: "Prune=false"})),
    ];
    let plan = plan(&comparison(resources), &pruning());
    insta::assert_snapshot!(plan, @r"
    PreSync, wave 0
      >   run Job shop/migrate (hook, deleted before it runs again)
      … until 1 hook has completed
    Sync, wave 0
      -   prune Pod shop/old (no longer in the sources)
      =   leave Pod shop/older (no longer in the sources, but kept by option Prune=false)
      ~   update Secret shop/db (1 field differs)
            ~ .data.password: (hidden) → (hidden)
      +   create ConfigMap shop/settings (not in the cluster)
    Plan: 1 to create, 1 to update, 1 to prune, 1 to run, 1 extra and left alone
    ");
    let shown = serde_json::to_string(&plan.masked()).unwrap();
    assert!(!shown.contains("bmV3") && !shown.contains("b2xk"));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn any_compared() -> impl Strategy<Value = Compared> {
        let kinds = prop::sample::select(vec!["ConfigMap", "Namespace", "Workflow", "Job", "Pod"]);
        let hooks = prop::sample::select(vec!["", "PreSync", "Sync,PostSync", "SyncFail"]);
        (kinds, "[a-e]", -2_i64..3, hooks, 0..3_u8).prop_map(|(kind, name, number, hook, sort)| {
            let mut annotations = wave(number);
            if !hook.is_empty() && sort == 0 {
                annotations[hook::HOOK] = json!(hook);
            }
            match sort {
                0 | 1 => missing(kind, &name, &annotations),
                _ => extra(kind, &name, &annotations),
            }
        })
    }

    fn unique(mut all: Vec<Compared>) -> Vec<Compared> {
        all.sort_by(|left, right| left.key.cmp(&right.key));
        all.dedup_by(|left, right| left.key == right.key);
        all
    }

    proptest! {
        #[test]
        fn the_order_of_the_input_does_not_matter(
            (all, shuffled) in prop::collection::vec(any_compared(), 0..12)
                .prop_map(unique)
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
        ) {
            let options = pruning();
            prop_assert_eq!(plan(&comparison(all), &options), plan(&comparison(shuffled), &options));
        }

        #[test]
        fn waves_go_up_and_nothing_is_lost(all in prop::collection::vec(any_compared(), 0..12).prop_map(unique)) {
            let comparison = comparison(all);
            let plan = plan(&comparison, &pruning());
            let steps: Vec<_> = plan.waves().map(|wave| (wave.phase, wave.number)).collect();
            prop_assert!(steps.is_sorted_by(|left, right| left < right));
            let plain = plan.tasks.iter().filter(|task| !task.is_hook()).count();
            prop_assert_eq!(plain, comparison.resources.len());
        }

        #[test]
        fn what_others_need_goes_first(all in prop::collection::vec(any_compared(), 0..12).prop_map(unique)) {
            let plan = plan(&comparison(all), &pruning());
            let made = |task: &Task| task.object.kind.kind == "Namespace" && task.target.is_some();
            for (place, task) in plan.tasks.iter().enumerate().filter(|(_, task)| made(task)) {
                let name = Some(task.object.name.as_str());
                let earlier = &plan.tasks[..place];
                let needs = |task: &Task| task.target.is_some() && task.object.namespace.as_deref() == name;
                prop_assert!(!earlier.iter().any(needs));
            }
        }

        #[test]
        fn a_plan_that_was_carried_out_leaves_nothing_to_do(all in prop::collection::vec(any_compared(), 0..12).prop_map(unique)) {
            let after = all.iter().filter_map(|compared| {
                let mut live = Object::clone(compared.target.as_ref()?);
                live.set_annotation(crate::apply::LAST_APPLIED, Some("{}"));
                Some(Compared::new(compared.target.clone(), Some(Arc::new(live)), Diff::default()))
            });
            let plan = plan(&comparison(after.collect()), &pruning());
            prop_assert!(plan.tasks.iter().all(|task| task.is_hook() || task.action == Action::Keep));
        }
    }
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

#[test]
fn a_plan_says_what_each_wave_waits_for() {
    let resources = vec![
        missing("ConfigMap", "a", &wave(0)),
        missing("ConfigMap", "b", &wave(0)),
        extra("Pod", "c", &wave(0)),
        missing("Job", "d", &json!({hook::HOOK: "Sync"})),
        missing("ConfigMap", "e", &wave(1)),
    ];
    let planned = plan(&comparison(resources), &pruning());
    insta::assert_snapshot!(planned, @r"
    Sync, wave 0
      -   prune Pod shop/c (no longer in the sources)
      +   create ConfigMap shop/a (not in the cluster)
      +   create ConfigMap shop/b (not in the cluster)
      >   run Job shop/d (hook, deleted before it runs again)
      … until 1 object is gone, 2 objects are healthy, 1 hook has completed
    Sync, wave 1
      +   create ConfigMap shop/e (not in the cluster)
    Plan: 3 to create, 1 to prune, 1 to run
    ");

    let only_hooks = vec![
        missing("ConfigMap", "a", &json!({})),
        missing("Job", "b", &json!({hook::HOOK: "Sync"})),
        missing("Job", "c", &json!({hook::HOOK: "Sync"})),
    ];
    let planned = plan(&comparison(only_hooks), &pruning()).to_string();
    assert!(
        planned.contains("… until 2 hooks have completed\n"),
        "{planned}"
    );
}

#[test]
fn a_kind_that_is_missing_may_be_checked_later_by_either_option() {
    #[track_caller]
    fn check(application: &[&str], own: &str, problems: usize, expected: Check) {
        let annotations = json!({SYNC_OPTIONS: own});
        let options = pruning()
            .application(ApplicationOptions::parse(application))
            .discovery(Some(Arc::default()));
        let resources = vec![missing("Workflow", "a", &annotations)];
        let plan = plan(&comparison(resources), &options.dry_run(true));
        assert_eq!(plan.problems.len(), problems, "{application:?} {own:?}");
        assert_eq!(plan.tasks[0].apply().unwrap().check, expected);
    }
    check(&[], "", 1, Check::AsApplied);
    check(
        &[],
        "SkipDryRunOnMissingResource=false",
        1,
        Check::AsApplied,
    );
    check(
        &[],
        "SkipDryRunOnMissingResource=true",
        0,
        Check::Impossible,
    );
    check(
        &["SkipDryRunOnMissingResource=true"],
        "",
        0,
        Check::Impossible,
    );
}

#[test]
fn an_object_of_another_application_fails_the_sync_where_that_is_asked_for() {
    let mut comparison = comparison(vec![missing("ConfigMap", "a", &json!({}))]);
    let message = "ConfigMap/a is part of applications shop and other";
    comparison
        .conditions
        .push(crate::api::Condition::new("SharedResourceWarning", message));
    let problems = |options: &[&str]| -> Vec<String> {
        let options = pruning().application(ApplicationOptions::parse(options));
        let problems = plan(&comparison, &options).problems;
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    };
    assert!(problems(&[]).is_empty());
    assert_eq!(
        problems(&["FailOnSharedResource=true"]),
        [format!("Shared resource found: {message}")]
    );
}

#[test]
fn a_server_side_apply_takes_over_from_the_manager_that_is_named() {
    let live = |manager: &str| {
        let mut live = Object::clone(&object("ConfigMap", "a", &json!({})));
        live.update(|value| {
            value["metadata"]["managedFields"] =
                json!([{"manager": manager, "operation": "Update", "fieldsV1": {"f:data": {}}}]);
        })
        .unwrap();
        Arc::new(live)
    };
    let from = |options: &[&str], manager: Option<&str>, live| {
        let target = Some(object("ConfigMap", "a", &json!({})));
        let compared = Compared::new(target, Some(live), Diff::default());
        let options = pruning()
            .application(ApplicationOptions::parse(options))
            .migration_manager(manager.map(str::to_owned));
        let plan = plan(&comparison(vec![compared]), &options);
        plan.tasks[0]
            .apply()
            .and_then(|apply| apply.migrate_from.clone())
    };
    let kubectl = "kubectl-client-side-apply";
    let server_side = ["ServerSideApply=true"];
    assert_eq!(
        from(&server_side, None, live(kubectl)).as_deref(),
        Some(kubectl)
    );
    assert_eq!(from(&server_side, None, live("argocd-controller")), None);
    let named = from(&server_side, Some("flux"), live("flux"));
    assert_eq!(named.as_deref(), Some("flux"));
    assert_eq!(from(&[], None, live(kubectl)), None);
    let off = ["ServerSideApply=true", "ClientSideApplyMigration=false"];
    assert_eq!(from(&off, None, live(kubectl)), None);
}
