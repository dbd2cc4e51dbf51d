use super::*;

fn field<'a>(kind: &GroupVersionKind, path: &[&str]) -> &'a Field {
    let mut place = builtin().kind(kind).unwrap();
    for step in path {
        place = match *step {
            "*" => place.element().unwrap(),
            key => place.get(key).unwrap(),
        };
    }
    place.field().unwrap()
}

#[test]
fn every_line_of_the_table_is_understood() {
    let text = include_str!("builtin.txt");
    let count = |prefix: &str| text.lines().filter(|line| line.starts_with(prefix)).count();
    let types = builtin();
    assert_eq!(types.kinds.len(), count("K "));
    assert_eq!(types.structs.len(), count("S "));
    let fields: usize = types.structs.iter().map(|found| found.fields.len()).sum();
    assert_eq!(fields, count("F "));
}

#[test]
fn lists_know_how_they_merge() {
    let pod = GroupVersionKind::new("", "v1", "Pod");
    let containers = field(&pod, &["spec", "containers"]);
    assert_eq!(containers.patch, Patch::Key("name".into()));
    let ports = field(&pod, &["spec", "containers", "*", "ports"]);
    assert_eq!(ports.patch, Patch::Key("containerPort".into()));
    assert_eq!(
        ports.merge,
        Merge::Keys(vec!["containerPort".into(), "protocol".into()])
    );
    assert!(field(&pod, &["spec", "volumes"]).retain_keys);
    assert_eq!(field(&pod, &["metadata", "finalizers"]).patch, Patch::Set);
}

#[test]
fn pointers_keep_explicit_zeros() {
    let deployment = GroupVersionKind::new("apps", "v1", "Deployment");
    assert_eq!(field(&deployment, &["spec", "replicas"]).omit, Omit::Null);
    assert_eq!(field(&deployment, &["spec", "paused"]).omit, Omit::Zero);
}
