//! What a tree shows of a commit.

use super::*;

async fn tree(repo: &Repo) -> Arc<dyn Tree> {
    let location = Location::git(repo.url(), "HEAD");
    let git = source(repo);
    let head = git.resolve(&location).await.unwrap();
    git.tree(&location, &head).await.unwrap()
}

#[tokio::test]
async fn folders_are_listed_by_name() {
    let repo = repository!();
    repo.commit("b/c.yaml", "c");
    repo.commit("b.yaml", "b");
    let tree = tree(&repo).await;
    let names = |at: &str| -> Vec<String> {
        let entries = tree.list(&path(at)).unwrap();
        entries.into_iter().map(|entry| entry.name).collect()
    };
    assert_eq!(names(""), ["a.yaml", "b", "b.yaml"]);
    assert_eq!(names("b"), ["c.yaml"]);
    assert!(tree.list(&path("none")).unwrap_err().is_not_found());
    assert!(matches!(
        tree.list(&path("b.yaml")),
        Err(TreeError::NotAFolder(_))
    ));
    assert!(matches!(tree.read(&path("b")), Err(TreeError::NotAFile(_))));
    assert!(tree.entry(&path("b.yaml/x")).unwrap().is_none());
}

#[tokio::test]
async fn content_ids_are_those_of_git() {
    let repo = repository!();
    let tree = tree(&repo).await;
    let id = tree.entry(&path("a.yaml")).unwrap().unwrap().id;
    assert_eq!(id.as_str(), repo.git("rev-parse HEAD:a.yaml"));
    let root = tree.entry(&path("")).unwrap().unwrap();
    assert_eq!(
        (root.kind, root.id.as_str()),
        (EntryKind::Folder, &*repo.git("rev-parse HEAD^{tree}"))
    );
}

#[cfg(unix)]
#[tokio::test]
async fn links_stay_inside_or_fail() {
    use std::os::unix::fs::symlink;
    let repo = repository!();
    let root = repo.path();
    symlink("../outside", root.join("up")).unwrap();
    symlink("/etc/passwd", root.join("absolute")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("sub/deep", root.join("inside")).unwrap();
    repo.commit("sub/deep/x.yaml", "x");
    let tree = tree(&repo).await;
    assert_eq!(&*tree.file(&path("inside/x.yaml")).unwrap(), b"x");
    assert_eq!(
        tree.entry(&path("inside")).unwrap().unwrap().kind,
        EntryKind::Link
    );
    assert_eq!(&*tree.read(&path("inside")).unwrap(), b"sub/deep");
    for outside in ["up", "absolute"] {
        assert!(matches!(
            tree.file(&path(outside)),
            Err(TreeError::LinkOutside(_))
        ));
    }
    assert!(matches!(
        tree.file(&path("loop")),
        Err(TreeError::LinkCycle(_))
    ));
}

#[tokio::test]
async fn a_submodule_is_shown_and_not_entered() {
    let repo = repository!();
    let other = Repo::new().unwrap();
    repo.git(&format!(
        "submodule --quiet add {} module",
        other.path().display()
    ));
    repo.git("commit -q -m submodule");
    let tree = tree(&repo).await;
    let entry = tree.entry(&path("module")).unwrap().unwrap();
    assert_eq!(entry.kind, EntryKind::Submodule);
    assert!(tree.entry(&path("module/a.yaml")).unwrap().is_none());
    assert!(matches!(
        tree.list(&path("module")),
        Err(TreeError::NotAFolder(_))
    ));
}

#[tokio::test]
async fn a_file_beyond_the_bound_is_refused() {
    let repo = repository!();
    repo.commit("big", &"x".repeat(2_000));
    let git = Git::with(
        repo.folder().join("cache"),
        Options::default().max_file_size(1_000),
    );
    let location = Location::git(repo.url(), "HEAD");
    let head = git.resolve(&location).await.unwrap();
    let tree = git.tree(&location, &head).await.unwrap();
    assert!(matches!(
        tree.read(&path("big")),
        Err(TreeError::TooLarge {
            size: 2_000,
            limit: 1_000,
            ..
        })
    ));
    assert_eq!(&*tree.read(&path("a.yaml")).unwrap(), b"one");
}

#[tokio::test]
async fn names_that_no_path_can_say_are_left_out() {
    let repo = repository!();
    let blob = repo.git("rev-parse HEAD:a.yaml");
    let input = repo.folder().join("tree");
    std::fs::write(
        &input,
        format!("100644 blob {blob}\t..\n100644 blob {blob}\tgood\n"),
    )
    .unwrap();
    let written = std::process::Command::new("git")
        .args(["mktree"])
        .current_dir(repo.path())
        .stdin(std::fs::File::open(input).unwrap())
        .output()
        .unwrap();
    let id = String::from_utf8(written.stdout).unwrap();
    let commit = repo.git(&format!("commit-tree {} -m hostile", id.trim()));
    repo.git(&format!("reset -q --soft {commit}"));
    let entries = tree(&repo).await.list(&path("")).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].name, "good");
}
