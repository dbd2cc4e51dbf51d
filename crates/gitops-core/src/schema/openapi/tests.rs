use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::schema::Schema;

/// Documents of a real API server, without descriptions.
const APPS: &str = include_str!("../../../testdata/schema/apps-v1.json");
const SHOPS: &str = include_str!("../../../testdata/schema/shops.json");
const SHOP: &str = include_str!("../../../testdata/schema/shop.json");

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn shops() -> Types {
    let mut types = Types::default();
    types.add_openapi(&parsed(SHOPS)).unwrap();
    types
}

fn defined() -> Types {
    let mut types = Types::default();
    let definition = Object::new(parsed(SHOP)["definition"].clone()).unwrap();
    types.add_definition(&definition).unwrap();
    types
}

fn shop() -> GroupVersionKind {
    GroupVersionKind::new("diff.example.org", "v1", "Shop")
}

/// Every place of two shapes at which what a merge needs differs.
fn unlike(ours: Schema<'_>, known: Schema<'_>, path: &str, found: &mut BTreeSet<String>) {
    if path.matches('.').count() > 12 {
        return;
    }
    let needs = |schema: Schema<'_>| {
        let field = schema.field().map(|field| {
            (
                field.merge.clone(),
                field.patch.clone(),
                field.omit,
                field.retain_keys,
            )
        });
        (field, schema.as_struct().map(|found| found.atomic))
    };
    if needs(ours) != needs(known) {
        found.insert(format!(
            "{path}: {:?} is not {:?}",
            needs(ours),
            needs(known)
        ));
    }
    if let (Some(ours), Some(known)) = (ours.element(), known.element()) {
        unlike(ours, known, &format!("{path}[]"), found);
    }
    let fields = known.as_struct().map_or(&[][..], |known| &known.fields);
    for field in fields {
        let path = format!("{path}.{}", field.name);
        match (ours.get(&field.name), known.get(&field.name)) {
            (Some(ours), Some(known)) => unlike(ours, known, &path, found),
            _ => {
                found.insert(format!("{path}: is not there"));
            }
        }
    }
}

#[test]
fn a_real_servers_kinds_merge_as_the_compiled_in_ones() {
    let mut types = Types::default();
    types.add_openapi(&parsed(APPS)).unwrap();
    let mut found = BTreeSet::new();
    for name in ["Deployment", "DaemonSet", "StatefulSet", "ReplicaSet"] {
        let kind = GroupVersionKind::new("apps", "v1", name);
        let (ours, known) = (types.kind(&kind).unwrap(), builtin().kind(&kind).unwrap());
        assert!(!ours.is_custom());
        assert_eq!(types.scope(&kind.group_kind()), Some(Scope::Namespaced));
        unlike(ours, known, name, &mut found);
    }
    // The compiled-in kinds are of a later version than that server's.
    found.retain(|place| !place.contains(".schedulingGroup: is not there"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_definition_and_the_servers_document_of_it_say_the_same() {
    let (served, defined) = (shops(), defined());
    let (served, defined) = (
        served.kind(&shop()).unwrap(),
        defined.kind(&shop()).unwrap(),
    );
    assert!(served.is_custom() && defined.is_custom());
    let mut found = BTreeSet::new();
    unlike(served, defined, "Shop", &mut found);
    assert!(found.is_empty(), "{found:#?}");
    let ports = served
        .get("spec")
        .and_then(|spec| spec.get("ports"))
        .unwrap();
    let keys = vec!["port".into(), "protocol".into()];
    assert_eq!(ports.field().unwrap().merge, Merge::Keys(keys));
    let protocol = ports.element().unwrap().get("protocol").unwrap();
    assert_eq!(protocol.field().unwrap().default, Some("TCP".into()));
    let budget = served.get("spec").unwrap().get("budget").unwrap();
    assert_eq!(*budget.shape(), Shape::IntOrString);
}

/// What a real server made of a manifest, with every strategy and with the schema from
/// either document.
#[test]
fn what_a_custom_resources_schema_fills_in_is_no_difference() {
    use crate::diff::{Choice, Settings, diff};
    let shop = parsed(SHOP);
    let object = |key: &str| std::sync::Arc::new(Object::new(shop[key].clone()).unwrap());
    let (target, live) = (object("target"), object("live"));
    let structured = Choice {
        server_side_apply: true,
        ..Choice::default()
    };
    for types in [shops(), defined()] {
        let settings = Settings::default().types(types);
        for settings in [settings.clone(), settings.choice(structured)] {
            let diff = diff(Some(&target), Some(&live), &settings);
            assert!(!diff.is_modified(), "{:?}", diff.changes);
        }
    }
}

#[test]
fn a_list_with_keys_of_a_custom_resource_has_no_order_and_shows_one_change() {
    use crate::diff::{Settings, diff};
    let shop = parsed(SHOP);
    let settings = Settings::default().types(shops());
    let live = std::sync::Arc::new(Object::new(shop["live"].clone()).unwrap());
    let judge = |edit: &dyn Fn(&mut Value)| {
        let mut target = shop["target"].clone();
        edit(&mut target);
        let target = std::sync::Arc::new(Object::new(target).unwrap());
        let diff = diff(Some(&target), Some(&live), &settings);
        let paths = diff.changes.iter().map(|change| change.path.clone());
        paths.collect::<Vec<_>>()
    };
    let reversed = |target: &mut Value| {
        target["spec"]["ports"].as_array_mut().unwrap().reverse();
    };
    assert_eq!(judge(&reversed), Vec::<String>::new());
    let weighed = |target: &mut Value| target["spec"]["ports"][2]["weight"] = 7.into();
    assert_eq!(
        judge(&weighed),
        [".spec.ports[port=53,protocol=\"TCP\"].weight"]
    );
    let retried = |target: &mut Value| target["spec"]["steps"][0]["run"] = "make".into();
    assert_eq!(judge(&retried), [".spec.steps[0].run"]);
}

#[test]
fn hostile_documents_end() {
    let mut types = Types::default();
    assert_eq!(
        types.add_openapi(&json!({})),
        Err(Error::NoSchemas("components.schemas"))
    );
    let mut deep = json!({"type": "string"});
    for _ in 0..1_000 {
        deep = json!({"type": "object", "properties": {"a": deep}});
    }
    let itself = json!({"properties": {"a": {"$ref": "#/components/schemas/x.v1.A"}}});
    let many = (0..2_000).map(|at| (at.to_string(), json!({"type": "array", "items": {}})));
    let wide = json!({"properties": many.collect::<Map<_, _>>()});
    let document = json!({"components": {"schemas": {
        "deep.v1.A": deep, "x.v1.A": itself, "wide.v1.A": wide, "bad.v1.A": 3,
    }}});
    assert_eq!(types.add_openapi(&document), Ok(()));
    let wide = json!({"properties": {"a": wide}});
    let many = (0..300).map(|at| (format!("wide.v1.A{at}"), wide.clone()));
    let document = json!({"components": {"schemas": many.collect::<Map<_, _>>()}});
    assert_eq!(types.add_openapi(&document), Err(Error::TooLarge));
}
