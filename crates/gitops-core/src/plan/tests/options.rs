//! How options decide what becomes of an object. Numbers of rows are those of the
//! reference's edge cases of a sync.

use super::*;
use crate::apply::{FieldValidation, Propagation, Recreate, Strategy};

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

fn strategy(application: &[&str], own: &str, of_live: Option<&str>) -> Strategy {
    applied(application, own, of_live).strategy
}

#[test]
fn row_19_an_object_is_validated_unless_an_option_says_otherwise() {
    let validation = |application: &[&str], own| applied(application, own, None).validation;
    assert_eq!(validation(&[], ""), FieldValidation::Warn);
    assert_eq!(validation(&[], "Validate=true"), FieldValidation::Warn);
    assert_eq!(validation(&[], "Validate=false"), FieldValidation::Ignore);
    assert_eq!(
        validation(&["Validate=false"], "Validate=true"),
        FieldValidation::Ignore
    );
}

#[test]
fn row_79_an_object_is_replaced_where_it_is_live_and_created_where_it_is_not() {
    assert_eq!(strategy(&[], "", Some("")), Strategy::ClientSide);
    assert_eq!(strategy(&[], "Replace=true", None), Strategy::Create);
    assert_eq!(strategy(&[], "Replace=true", Some("")), Strategy::Replace);
    assert_eq!(strategy(&[], "", Some("Replace=true")), Strategy::Replace);
    assert_eq!(
        strategy(&["Replace=true"], "Replace=false", Some("")),
        Strategy::Replace
    );
}

#[test]
fn row_80_replacing_wins_over_a_server_side_apply() {
    let both = ["Replace=true", "ServerSideApply=true"];
    assert_eq!(strategy(&both, "", Some("")), Strategy::Replace);
}

#[test]
fn row_81_an_object_refuses_a_server_side_apply() {
    let server_side = ["ServerSideApply=true"];
    assert_eq!(strategy(&server_side, "", Some("")), Strategy::ServerSide);
    let own = "ServerSideApply=false";
    assert_eq!(strategy(&server_side, own, None), Strategy::ClientSide);
}

#[test]
fn row_82_a_dry_run_is_made_in_the_strategy_of_the_sync() {
    let options = pruning().application(ApplicationOptions::parse(&["ServerSideApply=true"]));
    let changed = || {
        vec![
            missing("ConfigMap", "a", &json!({})),
            missing("Pod", "b", &wave(1)),
        ]
    };
    for options in [options.clone(), options.dry_run(true)] {
        let plan = plan(&comparison(changed()), &options);
        for task in &plan.tasks {
            let check = task.apply().unwrap().check_options().unwrap();
            assert_eq!(check.strategy, Strategy::ServerSide);
            assert!(check.dry_run);
        }
    }
}

#[test]
fn row_83_force_recreates_what_is_refused() {
    let recreate = |application: &[&str], own, live| applied(application, own, live).recreate;
    let refused = Recreate::WhenRefused;
    assert_eq!(recreate(&[], "Force=true", Some("")), refused);
    assert_eq!(recreate(&[], "", Some("Force=true")), refused);
    let both = "Force=true,Replace=true";
    assert_eq!(recreate(&[], both, Some("")), refused);
    assert_eq!(strategy(&[], both, Some("")), Strategy::Replace);
    let of_application = recreate(&["Force=true"], "", Some(""));
    assert_eq!(
        of_application,
        Recreate::Never,
        "it is an option of objects"
    );
}

#[test]
fn row_86_dependants_go_first_unless_an_option_says_otherwise() {
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
