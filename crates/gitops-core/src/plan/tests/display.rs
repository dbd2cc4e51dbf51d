//! Plans as they are read and stored.

use super::*;

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
fn a_plan_tells_what_is_deleted_to_be_created_again() {
    let forced = json!({SYNC_OPTIONS: "Replace=true,Force=true"});
    let both = |kind| {
        let object = object(kind, "a", &forced);
        Compared::new(Some(Arc::clone(&object)), Some(object), Diff::default())
    };
    let planned = plan(
        &comparison(vec![both("Job"), both("Namespace")]),
        &pruning(),
    );
    insta::assert_snapshot!(planned, @r"
    Sync, wave 0
      -/+ replace Namespace a (option Replace=true)
      -/+ replace Job shop/a (option Replace=true, by force: deleted and created)
    Plan: 2 to replace
    ");
}

#[test]
fn a_plan_names_what_takes_no_part() {
    let mut resources = vec![
        missing("Pod", "smoke", &json!({hook::HELM_HOOK: "test"})),
        missing("Namespace", "kept", &json!({hook::HOOK: "Skip"})),
        missing("ConfigMap", "a", &json!({})),
    ];
    let planned = plan(&comparison(resources.clone()), &pruning());
    insta::assert_snapshot!(planned, @r"
    Sync, wave 0
      +   create ConfigMap shop/a (not in the cluster)
    Left out
          Namespace kept (hook type Skip)
          Pod shop/smoke (hook of no known type)
    Plan: 1 to create
    ");
    let skipped = |number| missing("Pod", &format!("p{number}"), &json!({hook::HOOK: "Skip"}));
    resources.extend((0..100).map(skipped));
    let planned = plan(&comparison(resources), &pruning()).to_string();
    assert!(planned.contains("… and 82 more\n"), "{planned}");
}
