use serde_json::json;

use super::*;

fn config_map(metadata: &Value) -> Object {
    Object::new(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})).unwrap()
}

fn marked(method: Method, instance: &str) -> Result<Object, Error> {
    let mut object = config_map(&json!({"name": "cm", "namespace": "default"}));
    Tracking::new(method).mark(&mut object, instance, "elsewhere")?;
    Ok(object)
}

fn tracked(id: &str) -> Object {
    config_map(&json!({
        "name": "cm", "namespace": "default", "annotations": {ID_ANNOTATION: id},
    }))
}

#[test]
fn an_id_names_group_kind_namespace_and_name() {
    let object = marked(Method::Annotation, "my-app").unwrap();
    assert_eq!(
        object.annotation(ID_ANNOTATION),
        Some("my-app:/ConfigMap:default/cm")
    );
    assert_eq!(object.labels(), None);
}

#[test]
fn row_73_a_long_name_is_cut_in_the_label_and_whole_in_the_annotation() {
    let name = format!("{}---x", "a".repeat(60));
    let object = marked(Method::AnnotationAndLabel, &name).unwrap();
    assert_eq!(object.label(INSTANCE_LABEL), Some(&*"a".repeat(60)));
    let owner = Tracking::new(Method::AnnotationAndLabel).owner(&object);
    assert_eq!(owner, Some(name));
}

#[test]
fn row_74_a_name_of_dashes_is_no_label() {
    let error = marked(Method::AnnotationAndLabel, &"-".repeat(64)).unwrap_err();
    assert!(error.to_string().contains("ends in a letter or digit"));
    assert!(marked(Method::Label, &"-".repeat(64)).is_ok());
}

#[test]
fn row_75_an_installation_reads_only_its_own_marks() {
    let mut object = marked(Method::Annotation, "app").unwrap();
    object.set_annotation(INSTALLATION_ANNOTATION, Some("A"));
    let owner = |tracking: Tracking| tracking.owner(&object);
    assert_eq!(owner(Tracking::default()).as_deref(), Some("app"));
    assert_eq!(
        owner(Tracking::default().installation("A")).as_deref(),
        Some("app")
    );
    assert_eq!(owner(Tracking::default().installation("B")), None);
}

#[test]
fn row_76_names_may_hold_colons() {
    let id: TrackingId = "app:g/K:ns/na:me".parse().unwrap();
    assert_eq!(id.name, "na:me");
    assert_eq!(id.to_string(), "app:g/K:ns/na:me");
    for text in ["", "app", "app:K:ns/name", "app:g/K/x:ns/n", "app:g/K:name"] {
        assert_eq!(text.parse::<TrackingId>(), Err(Malformed), "{text}");
    }
}

#[test]
fn row_77_a_switch_of_method_shows_no_difference() {
    let live = config_map(&json!({"name": "cm", "labels": {INSTANCE_LABEL: "app", "a": "b"}}));
    let target = tracked("app:/ConfigMap:default/cm");
    let migrated = Tracking::default().migrated(&live, &target).unwrap();
    assert_eq!(
        migrated.annotation(ID_ANNOTATION),
        target.annotation(ID_ANNOTATION)
    );
    assert_eq!(migrated.labels().unwrap().len(), 1);
    let mut labelled = target;
    labelled.set_label(INSTANCE_LABEL, Some("app"));
    let migrated = Tracking::default().migrated(&live, &labelled).unwrap();
    assert_eq!(migrated.label(INSTANCE_LABEL), Some("app"));
    let empty = config_map(&json!({"name": "cm", "labels": {INSTANCE_LABEL: ""}}));
    assert_eq!(Tracking::default().migrated(&empty, &labelled), None);
}

#[test]
fn row_78_a_move_between_applications_shows() {
    let mut live = tracked("app-a:/ConfigMap:default/cm");
    live.set_label(INSTANCE_LABEL, Some("chart"));
    let mut target = tracked("app-b:/ConfigMap:default/cm");
    target.set_label(INSTANCE_LABEL, Some("chart"));
    assert_eq!(Tracking::default().migrated(&live, &target), None);
}

#[test]
fn row_79_a_copied_mark_is_not_the_objects_own() {
    let check = |id: &str, own: bool| {
        let live = tracked(id);
        assert_eq!(
            Tracking::default().is_self_referenced(&live, None),
            own,
            "{id}"
        );
        assert!(Tracking::new(Method::Label).is_self_referenced(&live, None));
    };
    check("app:/ConfigMap:default/cm", true);
    check("app:/ConfigMap:default/other", false);
    check("app:/ConfigMap:other/cm", false);
    check("app:/Secret:default/cm", false);
    check("app:x/ConfigMap:default/cm", false);
    check("malformed", true);
}

#[test]
fn row_80_a_mark_of_an_old_api_group_is_still_the_objects_own() {
    let live = tracked("app:extensions/ConfigMap:default/cm");
    let target = config_map(&json!({"name": "cm", "namespace": "default"}));
    assert!(Tracking::default().is_self_referenced(&live, Some(&target)));
}

#[test]
fn unmarking_takes_the_methods_own_marks() {
    let mut object = marked(Method::AnnotationAndLabel, "app").unwrap();
    Tracking::new(Method::AnnotationAndLabel).unmark(&mut object);
    assert_eq!((object.labels(), object.annotations()), (None, None));
}

#[test]
fn the_legacy_label_marks_pods_too() {
    let mut object = Object::new(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {}}},
    }))
    .unwrap();
    let tracking = Tracking::new(Method::Label).label(LEGACY_LABEL);
    tracking.mark(&mut object, "app", "default").unwrap();
    assert_eq!(
        object.value()["spec"]["template"]["metadata"]["labels"][LEGACY_LABEL],
        "app"
    );
}
