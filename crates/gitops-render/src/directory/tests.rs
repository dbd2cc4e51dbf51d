use super::*;

fn path(text: &str) -> TreePath {
    TreePath::new(text).unwrap()
}

fn folder() -> (tempfile::TempDir, DirectoryTree) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("sub")).unwrap();
    fs::write(root.join("sub/a.yaml"), "a").unwrap();
    fs::write(root.join("b.yaml"), "b").unwrap();
    fs::write(folder.path().join("secret"), "s").unwrap();
    (folder, DirectoryTree::new(root))
}

#[test]
fn files_are_read_below_the_root() {
    let (_folder, tree) = folder();
    assert_eq!(&*tree.file(&path("sub/a.yaml")).unwrap(), b"a");
    let names: Vec<_> = tree.list(&path("")).unwrap();
    assert_eq!(
        names.iter().map(|entry| &*entry.name).collect::<Vec<_>>(),
        ["b.yaml", "sub"]
    );
    assert!(tree.file(&path("none")).unwrap_err().is_not_found());
    assert!(tree.entry(&path("b.yaml/x")).unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn links_never_leave_the_root() {
    use std::os::unix::fs::symlink;
    let (folder, tree) = folder();
    let root = folder.path().join("root");
    symlink("../secret", root.join("up")).unwrap();
    symlink(folder.path(), root.join("absolute")).unwrap();
    symlink("sub", root.join("inside")).unwrap();
    assert!(matches!(tree.file(&path("up")), Err(Error::LinkOutside(_))));
    assert!(matches!(
        tree.file(&path("absolute/secret")),
        Err(Error::LinkOutside(_))
    ));
    assert!(
        tree.read(&path("absolute/secret"))
            .unwrap_err()
            .is_not_found()
    );
    assert_eq!(&*tree.file(&path("inside/a.yaml")).unwrap(), b"a");
}

#[cfg(unix)]
#[test]
fn known_folders_lead_no_further_than_they_did() {
    use std::os::unix::fs::symlink;
    let (folder, tree) = folder();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("sub/deep")).unwrap();
    fs::write(root.join("sub/deep/c.yaml"), "c").unwrap();
    assert_eq!(&*tree.read(&path("sub/deep/c.yaml")).unwrap(), b"c");
    // Links beside what is known are looked at as ever.
    symlink(folder.path(), root.join("sub/deep/out")).unwrap();
    assert!(tree.kind(&path("sub/deep/out/secret")).unwrap().is_none());
    assert!(tree.kind(&path("sub/deep/c.yaml/x")).unwrap().is_none());
    // What is gone is not found, and a clone looks everything up anew.
    fs::remove_dir_all(root.join("sub")).unwrap();
    let gone = tree.read(&path("sub/deep/c.yaml")).unwrap_err();
    assert!(gone.is_not_found());
    symlink(folder.path(), root.join("sub")).unwrap();
    assert!(tree.clone().kind(&path("sub/secret")).unwrap().is_none());
}

#[test]
fn a_file_beyond_the_bound_is_refused() {
    let (_folder, tree) = folder();
    let tree = tree.max_file_size(0);
    assert!(matches!(
        tree.read(&path("b.yaml")),
        Err(Error::TooLarge { limit: 0, .. })
    ));
}

#[tokio::test]
async fn a_changed_file_makes_another_revision() {
    let (folder, _) = folder();
    let source = Directory::new("local", folder.path().join("root"));
    let location = Location::git("local", "whatever");
    let before = source.resolve(&location).await.unwrap();
    assert_eq!(before, source.resolve(&location).await.unwrap());
    fs::write(folder.path().join("root/sub/a.yaml"), "changed").unwrap();
    assert_ne!(before, source.resolve(&location).await.unwrap());
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let source = Directory::new("local", "/nowhere/at/all");
    let error = source
        .resolve(&Location::git("local", ""))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "local: no folder /nowhere/at/all");
}
