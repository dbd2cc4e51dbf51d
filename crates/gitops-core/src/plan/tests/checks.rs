//! What is checked before anything is changed, and what speaks against a plan.

use super::*;

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
fn a_version_that_is_not_served_is_told_with_one_that_is() {
    let kind = crate::GroupVersionKind::new("argoproj.io", "v1", "Workflow");
    let served = crate::discovery::Resource::new(kind, "workflows", crate::Scope::Namespaced);
    let discovery = crate::Discovery::new("1.35.0", [served]);
    let options = pruning().discovery(Some(Arc::new(discovery)));
    let resources = vec![missing("Workflow", "a", &json!({}))];
    let problems = plan(&comparison(resources), &options).problems;
    assert_eq!(
        problems[0].message,
        "The Kubernetes API could not find version \"v1alpha1\" of argoproj.io/Workflow for \
         requested resource shop/a. Version \"v1\" of argoproj.io/Workflow is installed on the \
         destination cluster."
    );
}

#[test]
fn misspelt_options_are_told_in_one_order() {
    let with = |option: &str| json!({SYNC_OPTIONS: option, hook::HOOK: "PreSync"});
    let hooks = || ["b", "a"].map(|name| missing("Job", name, &with("Forse=true")));
    let extra = extra("Pod", "c", &json!({SYNC_OPTIONS: "Prune=flase"}));
    let options = pruning().application(ApplicationOptions::parse(&["Replase=true"]));
    let told = |resources: Vec<Compared>| -> Vec<String> {
        let misspelt = plan(&comparison(resources), &options).misspelt;
        misspelt.iter().map(ToString::to_string).collect()
    };
    let mut resources: Vec<Compared> = hooks().into_iter().chain([extra]).collect();
    let expected = [
        "sync option \"Replase=true\" is not known; did you mean \"Replace=true\"?",
        "Pod shop/c: sync option \"Prune=flase\" is not known; did you mean \"Prune=false\"?",
        "Job shop/a: sync option \"Forse=true\" is not known; did you mean \"Force=true\"?",
        "Job shop/b: sync option \"Forse=true\" is not known; did you mean \"Force=true\"?",
    ];
    assert_eq!(told(resources.clone()), expected);
    resources.reverse();
    assert_eq!(told(resources), expected);
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
fn what_stands_against_any_sync_is_told() {
    let mut comparison = comparison(vec![missing("ConfigMap", "a", &json!({}))]);
    let message = "Namespace for a /v1, Kind=ConfigMap is missing.";
    let conditions = ["InvalidSpecError", "RepeatedResourceWarning"];
    comparison.conditions = conditions
        .map(|name| crate::api::Condition::new(name, message))
        .into();
    let problems = plan(&comparison, &pruning()).problems;
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, format!("InvalidSpecError: {message}"));
}
