use super::*;

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

fn tree() -> MemoryTree {
    MemoryTree::new()
        .with_file("a/b.yaml", "b")
        .and_then(|tree| tree.with_file("a.yaml", "a"))
        .and_then(|tree| tree.with_link("inside", "a/../a/b.yaml"))
        .and_then(|tree| tree.with_link("outside", "../x"))
        .and_then(|tree| tree.with_link("cycle", "cycle"))
        .unwrap()
}

#[test]
fn folders_are_sorted_by_name() {
    let names: Vec<String> = tree()
        .list(&TreePath::root())
        .unwrap()
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    assert_eq!(names, ["a", "a.yaml", "cycle", "inside", "outside"]);
}

#[test]
fn links_stay_inside() {
    assert_eq!(&*tree().file(&path("inside")).unwrap(), b"b");
    assert!(matches!(
        tree().file(&path("outside")),
        Err(Error::LinkOutside(_))
    ));
    assert!(matches!(
        tree().file(&path("cycle")),
        Err(Error::LinkCycle(_))
    ));
}

#[test]
fn equal_content_has_equal_ids() {
    let id = |tree: &MemoryTree, at: &str| tree.entry(&path(at)).unwrap().unwrap().id;
    let other = tree().with_file("a.yaml", "changed").unwrap();
    assert_eq!(id(&tree(), "a"), id(&other, "a"));
    assert_ne!(id(&tree(), "a.yaml"), id(&other, "a.yaml"));
    assert_ne!(id(&tree(), ""), id(&other, ""));
}

#[test]
fn nothing_lies_below_a_file() {
    assert!(tree().entry(&path("a.yaml/x")).unwrap().is_none());
    assert!(tree().with_file("a.yaml/x", "").is_err());
    assert!(matches!(
        tree().list(&path("a.yaml")),
        Err(Error::NotAFolder(_))
    ));
    assert!(matches!(tree().read(&path("a")), Err(Error::NotAFile(_))));
}

#[tokio::test]
async fn revisions_stay_as_they_were() {
    let source = MemorySource::new("memory://x");
    let head = Location::git("memory://x", "");
    assert!(source.resolve(&head).await.is_err());
    let first = source.push(tree());
    source.push(MemoryTree::new());
    let old = source.tree(&head, &first).await.unwrap();
    assert_eq!(&*old.read(&path("a.yaml")).unwrap(), b"a");
    assert_eq!(source.resolve(&head).await.unwrap().as_str(), "2");
}
