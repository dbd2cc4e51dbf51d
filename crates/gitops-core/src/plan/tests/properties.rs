//! Laws that hold for any comparison.

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
