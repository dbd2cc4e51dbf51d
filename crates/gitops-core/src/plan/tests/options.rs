//! How options decide what becomes of an object.

use super::*;

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
