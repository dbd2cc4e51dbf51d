use serde_json::json;

use super::*;

#[test]
fn an_item_counts_only_when_written_exactly() {
    let wrong = ["createNamespace=true", " PruneLast=true", "Replace=True"];
    let mut options = ApplicationOptions::parse(&wrong);
    assert_eq!(std::mem::take(&mut options.misspelt).len(), 3);
    assert_eq!(options, ApplicationOptions::default());
}

#[test]
fn the_first_value_of_an_option_counts() {
    let options = ApplicationOptions::parse(&["Prune=false", "Prune=confirm", "Delete=foo"]);
    assert_eq!(options.prune, Removal::Refused);
    assert_eq!(options.delete, Removal::Allowed);
    let options = ObjectOptions::parse(" Prune=confirm,Prune=false , Delete=foo,Delete=false");
    assert_eq!(options.prune, Some(Removal::Confirm));
    assert_eq!(options.delete, Some(Removal::Allowed));
}

#[test]
fn propagation_follows_a_fixed_precedence() {
    #[track_caller]
    fn check(items: &[&str], expected: Propagation) {
        assert_eq!(ApplicationOptions::parse(items).propagation, expected);
    }
    check(&[], Propagation::Foreground);
    check(&["PrunePropagationPolicy=later"], Propagation::Foreground);
    check(&["PrunePropagationPolicy=orphan"], Propagation::Orphan);
    check(
        &[
            "PrunePropagationPolicy=orphan",
            "PrunePropagationPolicy=background",
        ],
        Propagation::Background,
    );
}

#[test]
fn an_objects_refusal_of_server_side_apply_is_kept() {
    let options = ObjectOptions::parse("ServerSideApply=true,ServerSideApply=false");
    assert_eq!(options.server_side_apply, Some(false));
}

#[test]
fn misspellings_are_reported_with_the_nearest_option() {
    #[track_caller]
    fn check(item: &str, nearest: Option<&str>) {
        let reports = misspelt(&[item]);
        assert_eq!(reports.len(), 1, "{item}");
        assert_eq!(reports[0].nearest.as_deref(), nearest, "{item}");
    }
    check("createnamespace=true", Some("CreateNamespace=true"));
    check(" CreateNamespace=true", Some("CreateNamespace=true"));
    check("PruneLats=true", Some("PruneLast=true"));
    check("ServerSide=true", Some("ServerSideApply=true"));
    check("Validate=nope", Some("Validate=true"));
    check("something else entirely", None);
    check("Force=true", None);
    check(&"x".repeat(100_000), None);
    assert!(misspelt(&["Validate=true", "Prune=confirm"]).is_empty());
}

#[test]
fn an_objects_annotation_is_reported_item_by_item() {
    let object = Object::new(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "annotations": {SYNC_OPTIONS: "Prune=false, CreateNamespace=true,,Forse=true"}},
    }))
    .unwrap();
    let reports: Vec<String> = misspelt_on(&object)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        reports,
        [
            r#"sync option "CreateNamespace=true" counts for applications, not for objects"#,
            r#"sync option "Forse=true" is not known; did you mean "Force=true"?"#,
        ]
    );
}

#[test]
fn an_option_of_objects_is_not_taken_for_a_misspelt_one() {
    let reports = misspelt(&["Force=true"]);
    assert_eq!(reports[0].counts_for, Some(Level::Object));
    assert_eq!(
        reports[0].to_string(),
        r#"sync option "Force=true" counts for objects, not for applications"#
    );
}
