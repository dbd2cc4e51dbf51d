//! In which phase, wave and place a task stands. Numbers of rows are those of the
//! reference's edge cases of a sync.

use super::*;

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

#[test]
fn row_62_prunes_go_in_reverse_waves() {
    check_prunes(&[0, 1, 2, 3, 4], &[], &[4, 3, 2, 1, 0]);
}

#[test]
fn row_63_what_is_kept_has_no_part_in_the_waves_of_prunes() {
    check_prunes(&[1, 3, 4], &[0, 2], &[4, 3, 1]);
}

#[test]
fn row_64_prunes_of_one_wave_move_together() {
    check_prunes(&[1, 3, 3, 4, 5], &[-1, 3, 5], &[5, 4, 4, 3, 1]);
}

#[test]
fn row_65_prunes_of_the_only_wave_stay_in_it() {
    check_prunes(&[2, 2], &[2], &[2, 2]);
}

#[test]
fn row_66_all_prunes_go_last_where_the_application_says_so() {
    check_prunes_last(&[1, 2, 3, 4], &[0], &["PruneLast=true"], &[], &[5, 5, 5, 5]);
}

#[test]
fn row_67_one_prune_goes_last_where_its_object_says_so() {
    check_prunes_last(&[1, 2, 3, 4], &[], &[], &[2], &[4, 5, 2, 1]);
}

#[test]
fn row_68_last_is_after_every_wave_of_the_phase() {
    check_prunes_last(&[1, 7], &[2], &["PruneLast=true"], &[], &[8, 8]);
}

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

#[test]
fn row_61_a_definition_goes_before_the_first_object_of_its_kind() {
    let plan = check(
        vec![
            definition(None),
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
fn row_58_tasks_follow_phase_wave_kind_and_name() {
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
fn row_60_a_namespace_goes_before_the_first_object_in_it() {
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

/// A hook whose name the cluster would choose.
fn unnamed(types: &str) -> Arc<Object> {
    let annotations = json!({hook::HOOK: types});
    let mut unnamed = Object::clone(&object("Job", "x", &annotations));
    unnamed
        .update(|value| {
            value["metadata"] = json!({"generateName": "job-", "annotations": annotations});
        })
        .unwrap();
    Arc::new(unnamed)
}

#[test]
fn hooks_are_named_for_revision_phase_and_start() {
    let unnamed = unnamed("PreSync,PostSync");
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
fn hooks_of_several_sources_are_named_without_a_revision() {
    let mut comparison = Comparison::new(Vec::new());
    comparison.hooks = vec![unnamed("PreSync")];
    let start = Timestamp::from_second(1_700_000_000).unwrap();
    let options = Options::default().started_at(start);
    let expected = ["PreSync 0 Job job--presync-1700000000"];
    assert_eq!(lines(&plan(&comparison, &options)), expected);
}

/// A definition of the kind Workflow, with a namespace that one without discovery may name.
fn definition(namespace: Option<&str>) -> Compared {
    let mut definition =
        Object::clone(&object("CustomResourceDefinition", "workflows", &json!({})));
    definition.set_namespace(namespace);
    definition
        .update(|value| {
            value["spec"] = json!({"group": "argoproj.io", "names": {"kind": "Workflow"}});
        })
        .unwrap();
    Compared::new(Some(Arc::new(definition)), None, Diff::default())
}

#[test]
fn what_is_needed_brings_what_it_needs_itself() {
    check(
        vec![
            missing("Namespace", "kinds", &wave(2)),
            missing("Namespace", "shop", &wave(1)),
            definition(Some("kinds")),
            missing("Workflow", "before", &json!({hook::HOOK: "PreSync"})),
        ],
        &pruning(),
        &[
            "PreSync 0 Namespace shop",
            "PreSync 0 Namespace kinds",
            "PreSync 0 CustomResourceDefinition workflows",
            "PreSync 0 Workflow before",
        ],
    );
}

#[test]
fn a_namespace_lives_in_no_other() {
    let within = |name: &str, namespace: &str, number: i64| {
        let mut object = Object::clone(&object("Namespace", name, &wave(number)));
        object.set_namespace(Some(namespace));
        Compared::new(Some(Arc::new(object)), None, Diff::default())
    };
    let nested = vec![within("a", "b", 0), within("b", "a", 1)];
    let expected = ["Sync 0 Namespace a", "Sync 1 Namespace b"];
    check(nested, &pruning(), &expected);
}
