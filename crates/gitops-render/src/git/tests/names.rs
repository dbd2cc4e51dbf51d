//! Revisions as people write them.

use super::*;

/// Runs over the ways to a repository that resolve differently.
async fn resolves(url: &str, repo: &Repo, revision: &str, expected: &str) {
    let git = source(repo);
    let location = Location::git(url, revision);
    let found = git.resolve(&location).await.unwrap();
    assert_eq!(found.as_str(), expected, "{revision} of {url}");
    git.tree(&location, &found).await.unwrap();
}

#[tokio::test]
async fn every_kind_of_revision_resolves() {
    let repo = repository!();
    let first = repo.git("rev-parse HEAD");
    repo.git("tag -a v1.0.0 -m annotated");
    repo.commit("a.yaml", "two");
    repo.git("tag v1.1.0");
    let second = repo.git("rev-parse HEAD");
    repo.git("checkout -q -b feature/x");
    let third = repo.commit("a.yaml", "three");
    repo.git("update-ref refs/pull/1/head HEAD");
    repo.git("checkout -q main");
    let daemon = Daemon::new(&repo);
    let web = Web::new(&repo, support::WebOptions::default());
    for url in [repo.url(), daemon.url(), web.url()] {
        for (revision, commit) in [
            ("", &second),
            ("HEAD", &second),
            ("main", &second),
            ("feature/x", &third),
            ("refs/heads/feature/x", &third),
            ("refs/pull/1/head", &third),
            ("v1.0.0", &first),
            ("refs/tags/v1.0.0", &first),
            ("1.x", &second),
            ("~1.0", &first),
            (&third, &third),
            (&third[..8], &third),
            (&first[..10], &first),
        ] {
            resolves(&url, &repo, revision, commit).await;
        }
    }
}

#[tokio::test]
async fn an_unknown_revision_is_named() {
    let repo = repository!();
    let daemon = Daemon::new(&repo);
    let old = Web::new(
        &repo,
        support::WebOptions {
            old: true,
            ..Default::default()
        },
    );
    let unknown = "0123456789012345678901234567890123456789";
    for url in [repo.url(), daemon.url(), old.url()] {
        for (revision, message) in [
            ("nope", "no branch, tag or commit \"nope\"".to_owned()),
            ("^9", "no tag in the version range \"^9\"".to_owned()),
            ("0123456", "no branch, tag or commit \"0123456\"".to_owned()),
            (unknown, format!("no commit {unknown}")),
        ] {
            let error = text(&source(&repo), &url, revision).await.unwrap_err();
            assert_eq!(error.reason, Reason::RevisionNotFound, "{error}");
            assert_eq!(error.to_string(), format!("{url}: {message}"));
        }
    }
}

#[tokio::test]
async fn a_commit_no_reference_leads_to_is_found_where_the_server_has_it() {
    let repo = repository!();
    let commit = repo.commit("a.yaml", "lost");
    repo.git("reset -q --hard HEAD~1");
    let daemon = Daemon::new(&repo);
    assert_eq!(
        text(&source(&repo), &daemon.url(), &commit).await.unwrap(),
        "lost"
    );
}

#[tokio::test]
async fn an_older_commit_comes_from_a_server_that_gives_only_tips() {
    let repo = repository!();
    let first = repo.git("rev-parse HEAD");
    repo.commit("a.yaml", "two");
    let old = Web::new(
        &repo,
        support::WebOptions {
            old: true,
            ..Default::default()
        },
    );
    let git = source(&repo);
    assert_eq!(text(&git, &old.url(), "HEAD").await.unwrap(), "two");
    assert_eq!(text(&git, &old.url(), &first).await.unwrap(), "one");
    repo.commit("a.yaml", "three");
    assert_eq!(text(&git, &old.url(), "HEAD").await.unwrap(), "three");
}

#[tokio::test]
async fn an_empty_repository_says_that_it_is() {
    let repo = repository!();
    let empty = repo.folder().join("empty.git");
    support::git(repo.folder(), &["init", "-q", "--bare", "empty.git"]);
    let daemon = Daemon::new(&repo);
    let served = daemon.url().replace("/repo", "/empty.git");
    for url in [format!("file://{}", empty.display()), served] {
        let error = text(&source(&repo), &url, "HEAD").await.unwrap_err();
        assert_eq!(error.message, "the repository is empty: HEAD leads nowhere");
    }
}

#[tokio::test]
async fn a_commit_tells_who_made_it() {
    let repo = repository!();
    let location = Location::git(repo.url(), "HEAD");
    let git = source(&repo);
    let head = git.resolve(&location).await.unwrap();
    let commit = git.commit(&location, &head).await.unwrap();
    assert_eq!(commit.author, "ann@example.org <ann@example.org>");
    assert_eq!(commit.message, "change\n");
    assert!(commit.seconds > 1_600_000_000);
}
