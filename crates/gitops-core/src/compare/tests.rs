use serde_json::{Value, json};

use super::*;
use crate::tracking::{ID_ANNOTATION, Tracking};
use crate::{Discovery, GroupVersionKind};

fn object(value: Value) -> Object {
    Object::new(value).unwrap()
}

fn pod(name: &str, annotations: &Value) -> Object {
    object(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "prod", "annotations": annotations},
    }))
}

fn settings() -> Settings {
    Settings::new("shop", "prod")
}

/// Status and pruning of every object, with the application's status first.
#[track_caller]
fn check(targets: Vec<Object>, live: Vec<Object>, expected: &[&str]) -> Comparison {
    let comparison = compare(targets, live, &settings());
    let mut shown = vec![comparison.status.to_string()];
    for resource in &comparison.resources {
        let status = resource
            .status
            .map_or_else(|| "-".to_owned(), |status| status.to_string());
        let prune = if resource.requires_pruning {
            " prune"
        } else {
            ""
        };
        shown.push(format!("{} {status}{prune}", resource.key.name));
    }
    assert_eq!(shown, expected);
    comparison
}

fn messages(comparison: &Comparison) -> Vec<String> {
    let conditions = comparison.conditions.iter();
    conditions.map(ToString::to_string).collect()
}

#[test]
fn row_66_no_objects_at_all_are_in_sync() {
    let comparison = check(vec![], vec![], &["Synced"]);
    assert!(comparison.conditions.is_empty());
}

#[test]
fn row_67_a_hook_is_no_resource() {
    let hook = pod("hook", &json!({hook(): "PreSync"}));
    let comparison = check(vec![hook], vec![], &["Synced"]);
    assert_eq!(comparison.hooks.len(), 1);
    assert_eq!(comparison.hooks[0].namespace(), Some("prod"));
}

fn hook() -> &'static str {
    crate::hook::HOOK
}

#[test]
fn row_68_a_skipped_object_is_listed_without_status() {
    check(
        vec![pod("a", &json!({hook(): "Skip"}))],
        vec![],
        &["Synced", "a -"],
    );
}

#[test]
fn row_69_a_leftover_hook_is_listed() {
    check(
        vec![],
        vec![pod("a", &json!({hook(): "PreSync"}))],
        &["Synced", "a - prune"],
    );
}

#[test]
fn row_70_an_extra_object_is_out_of_sync_unless_it_says_otherwise() {
    check(
        vec![],
        vec![pod("a", &json!({}))],
        &["OutOfSync", "a OutOfSync prune"],
    );
    let extraneous = json!({"argocd.argoproj.io/compare-options": "IgnoreExtraneous"});
    check(
        vec![],
        vec![pod("a", &extraneous)],
        &["Synced", "a OutOfSync prune"],
    );
}

#[test]
fn an_excluded_target_is_reported_and_takes_no_part() {
    let pods = crate::filter::Entry {
        api_groups: vec![String::new()],
        kinds: vec!["Pod".into()],
        clusters: vec!["*".into()],
    };
    let filter = crate::filter::Filter::new(vec![pods], Vec::new());
    let settings = settings().filter(filter, "https://cluster.example.org");
    let comparison = compare(vec![pod("a", &json!({}))], [] as [Object; 0], &settings);
    assert_eq!(
        messages(&comparison),
        ["ExcludedResourceWarning: Resource /Pod a is excluded in the settings"]
    );
    assert!(comparison.resources.is_empty());
    assert_eq!(comparison.status.to_string(), "Synced");
}

#[test]
fn row_71_a_repeated_object_is_reported_once_and_the_last_counts() {
    let mut bare = pod("a", &json!({}));
    bare.set_namespace(None);
    let generated = object(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "g-"},
    }));
    let targets = vec![
        pod("a", &json!({"x": "1"})),
        bare,
        generated.clone(),
        generated,
    ];
    let comparison = compare(targets, [] as [Object; 0], &settings());
    assert_eq!(
        messages(&comparison),
        [
            "RepeatedResourceWarning: Resource /Pod/prod/a appeared 2 times among application resources."
        ]
    );
    assert_eq!(comparison.resources.len(), 3);
    let kept = comparison
        .resources
        .iter()
        .find(|resource| resource.key.name == "a");
    assert_eq!(kept.unwrap().target.as_ref().unwrap().annotation("x"), None);
}

#[test]
fn row_72_an_unknown_kind_is_found_without_its_namespace() {
    let thing = |namespace: Option<&str>| {
        let mut thing = object(json!({
            "apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"},
        }));
        thing.set_namespace(namespace);
        thing
    };
    let mut live = thing(None);
    Tracking::default().mark(&mut live, "shop", "prod").unwrap();
    check(vec![thing(None)], vec![live], &["Synced", "a Synced"]);
}

#[test]
fn cluster_scoped_targets_lose_their_namespace() {
    let mut role = object(json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "a", "namespace": "prod"},
    }));
    role.set_annotation("x", Some("y"));
    let comparison = check(vec![role], vec![], &["OutOfSync", "a OutOfSync"]);
    let target = comparison.resources[0].target.as_ref().unwrap();
    assert_eq!(target.namespace(), None);
    assert_eq!(
        target.annotation(ID_ANNOTATION),
        Some("shop:rbac.authorization.k8s.io/ClusterRole:prod/a")
    );
}

#[test]
fn a_copy_with_anothers_mark_takes_no_part() {
    let copy = pod("copy", &json!({ID_ANNOTATION: "shop:/Pod:prod/original"}));
    let comparison = check(vec![], vec![copy], &["Synced", "copy -"]);
    assert!(!comparison.resources[0].self_referenced);
}

#[test]
fn an_object_of_another_application_is_reported() {
    let live = pod("a", &json!({ID_ANNOTATION: "team_other:/Pod:prod/a"}));
    let comparison = compare(vec![pod("a", &json!({}))], [live], &settings());
    assert_eq!(
        messages(&comparison),
        ["SharedResourceWarning: Pod/a is part of applications shop and team/other"]
    );
}

#[test]
fn an_object_shown_under_two_groups_is_one() {
    let shown = |api_version: &str| {
        object(json!({
            "apiVersion": api_version, "kind": "Ingress",
            "metadata": {"name": "a", "namespace": "prod", "uid": "1"},
        }))
    };
    let live = vec![shown("extensions/v1beta1"), shown("networking.k8s.io/v1")];
    let comparison = compare(vec![shown("networking.k8s.io/v1")], live, &settings());
    assert_eq!(comparison.resources.len(), 1);
}

#[test]
fn a_missing_namespace_is_reported() {
    let mut bare = pod("a", &json!({}));
    bare.set_namespace(None);
    let comparison = compare(vec![bare], [] as [Object; 0], &Settings::new("shop", ""));
    assert_eq!(
        messages(&comparison),
        ["InvalidSpecError: Namespace for a /v1, Kind=Pod is missing."]
    );
}

#[test]
fn the_order_of_the_input_changes_nothing() {
    let objects = || {
        vec![
            pod("a", &json!({})),
            pod("b", &json!({})),
            pod("c", &json!({})),
        ]
    };
    let reversed = || objects().into_iter().rev().collect::<Vec<_>>();
    let settings = settings();
    assert_eq!(
        compare(objects(), objects(), &settings),
        compare(reversed(), reversed(), &settings)
    );
}

#[test]
fn the_clusters_discovery_says_where_kinds_live() {
    let kind = GroupVersionKind::new("example.org", "v1", "Thing");
    let resource = crate::discovery::Resource::new(kind, "things", crate::Scope::Cluster);
    let settings = settings().discovery(Discovery::new("1.35.0", [resource]));
    let thing = object(json!({
        "apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"},
    }));
    let comparison = compare(vec![thing], [] as [Object; 0], &settings);
    assert_eq!(comparison.resources[0].key.namespace, "");
}
