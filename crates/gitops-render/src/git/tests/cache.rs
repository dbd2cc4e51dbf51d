//! Caches that are shared, interrupted, damaged and worn.

use std::fs;
use std::path::PathBuf;

use super::support::WebOptions;
use super::*;

fn below(folder: &std::path::Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(below(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found
}

fn mirrors(repo: &Repo) -> Vec<String> {
    let folder = fs::read_dir(repo.folder().join("cache"))
        .unwrap()
        .next()
        .unwrap();
    let entries = fs::read_dir(folder.unwrap().path()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn concurrent_callers_share_one_listing_and_one_fetch() {
    let repo = repository!();
    let delay = std::time::Duration::from_millis(200);
    let web = Web::new(
        &repo,
        WebOptions {
            delay,
            ..Default::default()
        },
    );
    let git = source(&repo);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (git, url) = (git.clone(), web.url());
        tasks.spawn(async move { text(&git, &url, "main").await.unwrap() });
    }
    while let Some(result) = tasks.join_next().await {
        assert_eq!(result.unwrap(), "one");
    }
    // One conversation to list, one to fetch; each begins with a greeting.
    assert_eq!(web.listings(), 2);
    assert_eq!(
        text(&git, &web.url(), &repo.git("rev-parse HEAD"))
            .await
            .unwrap(),
        "one"
    );
    assert_eq!(web.listings(), 2, "a known commit needs no server");
}

#[tokio::test]
async fn two_sources_share_one_folder() {
    let repo = repository!();
    let daemon = Daemon::new(&repo);
    let mut tasks = tokio::task::JoinSet::new();
    for round in 0..8 {
        if round == 4 {
            repo.commit("a.yaml", "two");
        }
        // Each has its own view of the folder, as another process would.
        let (git, url) = (source(&repo), daemon.url());
        let commit = repo.git("rev-parse HEAD");
        let expected = if round < 4 { "one" } else { "two" };
        tasks.spawn(async move {
            assert_eq!(text(&git, &url, &commit).await.unwrap(), expected);
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap();
    }
    assert_eq!(mirrors(&repo), ["1.git"]);
}

#[tokio::test]
async fn a_broken_off_fetch_leaves_nothing_behind() {
    let repo = repository!();
    repo.commit("big", &noise());
    let web = Web::new(
        &repo,
        WebOptions {
            cut: Some((3, 2_000)),
            ..Default::default()
        },
    );
    let git = source(&repo);
    let commit = repo.git("rev-parse HEAD");
    let mut failures = 0;
    let found = loop {
        match text(&git, &web.url(), &commit).await {
            Ok(text) => break text,
            Err(error) => {
                failures += 1;
                assert_ne!(error.reason, Reason::RevisionNotFound, "{error}");
                assert!(failures < 10, "{error}");
            }
        }
    };
    assert_eq!(found, "one");
    assert!(failures > 0);
    assert_eq!(mirrors(&repo), ["1.git"]);
}

#[tokio::test]
async fn a_crash_in_the_middle_is_cleaned_up() {
    let repo = repository!();
    let daemon = Daemon::new(&repo);
    assert_eq!(
        text(&source(&repo), &daemon.url(), "main").await.unwrap(),
        "one"
    );
    let mirror = below(&repo.folder().join("cache"), "pack")[0].clone();
    let packs = mirror.parent().unwrap();
    let root = packs.parent().unwrap().parent().unwrap();
    fs::write(root.join("shallow.lock"), "").unwrap();
    fs::write(
        packs.join("pack-0000000000000000000000000000000000000000.pack"),
        "PACK",
    )
    .unwrap();
    fs::write(packs.join("tmp_x"), "").unwrap();
    fs::create_dir_all(root.parent().unwrap().join("new/objects")).unwrap();
    let commit = repo.commit("a.yaml", "two");
    fs::create_dir_all(root.join("refs/kept")).unwrap();
    fs::write(root.join(format!("refs/kept/{commit}.lock")), "").unwrap();
    assert_eq!(
        text(&source(&repo), &daemon.url(), "main").await.unwrap(),
        "two"
    );
    assert_eq!(mirrors(&repo), ["1.git", "new"]);
}

#[tokio::test]
async fn a_damaged_cache_is_replaced_and_never_believed() {
    let repo = repository!();
    repo.commit("b.yaml", &"text ".repeat(300));
    let daemon = Daemon::new(&repo);
    for damage in ["pack", "idx", "HEAD", "config"] {
        fs::remove_dir_all(repo.folder().join("cache")).ok();
        assert_eq!(
            text(&source(&repo), &daemon.url(), "main").await.unwrap(),
            "one"
        );
        let cache = repo.folder().join("cache");
        let target = match damage {
            "HEAD" | "config" => {
                let pack = below(&cache, "pack")[0].clone();
                pack.ancestors().nth(3).unwrap().join(damage)
            }
            extension => below(&cache, extension)[0].clone(),
        };
        let mut permissions = fs::metadata(&target).unwrap().permissions();
        #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
        permissions.set_readonly(false);
        fs::set_permissions(&target, permissions).unwrap();
        let length = fs::metadata(&target).unwrap().len();
        fs::write(&target, vec![0xAA; usize::try_from(length).unwrap()]).unwrap();
        assert_eq!(
            text(&source(&repo), &daemon.url(), "main").await.unwrap(),
            "one",
            "{damage}"
        );
    }
}

#[tokio::test]
async fn a_tree_notices_damage_and_the_next_one_is_whole() {
    let repo = repository!();
    let long = noise();
    repo.commit("a.yaml", &long);
    let daemon = Daemon::new(&repo);
    let git = source(&repo);
    let location = Location::git(daemon.url(), "main");
    let head = git.resolve(&location).await.unwrap();
    // The folders are read, the file is not yet.
    let tree = git.tree(&location, &head).await.unwrap();
    tree.list(&path("")).unwrap();
    let pack = below(&repo.folder().join("cache"), "pack")[0].clone();
    let mut bytes = fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0x55;
    }
    fs::remove_file(&pack).unwrap();
    fs::write(&pack, bytes).unwrap();
    let git = source(&repo);
    let tree = git.tree(&location, &head).await.unwrap();
    assert!(matches!(
        tree.read(&path("a.yaml")),
        Err(TreeError::Io { .. })
    ));
    let tree = git.tree(&location, &head).await.unwrap();
    assert_eq!(&*tree.read(&path("a.yaml")).unwrap(), long.as_bytes());
}

#[tokio::test]
async fn a_worn_cache_is_fetched_afresh_while_old_trees_stay() {
    let repo = repository!();
    let daemon = Daemon::new(&repo);
    let options = Options::default().max_packs(3);
    let git = Git::with(repo.folder().join("cache"), options);
    let location = Location::git(daemon.url(), "main");
    let head = git.resolve(&location).await.unwrap();
    let oldest = git.tree(&location, &head).await.unwrap();
    for round in 0..7 {
        let written = format!("round {round}");
        repo.commit("a.yaml", &written);
        assert_eq!(text(&git, &daemon.url(), "main").await.unwrap(), written);
    }
    assert_eq!(&*oldest.read(&path("a.yaml")).unwrap(), b"one");
    // What nobody reads goes with the next fresh copy, so at most three copies are there.
    assert!(below(&repo.folder().join("cache"), "pack").len() <= 9);
    drop(oldest);
    for round in 0..4 {
        repo.commit("a.yaml", &round.to_string());
        text(&git, &daemon.url(), "main").await.unwrap();
    }
    assert!(mirrors(&repo).len() <= 2);
}
