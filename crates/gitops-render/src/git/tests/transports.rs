//! Every way to a repository, and its locks.

use super::support::WebOptions;
use super::*;

#[tokio::test]
async fn every_transport_reads_and_follows_a_force_push() {
    let repo = repository!();
    let daemon = Daemon::new(&repo);
    let web = Web::new(&repo, WebOptions::default());
    let old = Web::new(
        &repo,
        WebOptions {
            old: true,
            ..Default::default()
        },
    );
    let urls = [repo.url(), daemon.url(), web.url(), old.url()];
    let git = source(&repo);
    for url in &urls {
        assert_eq!(text(&git, url, "main").await.unwrap(), "one", "{url}");
    }
    repo.commit("a.yaml", "two");
    for url in &urls {
        assert_eq!(text(&git, url, "main").await.unwrap(), "two", "{url}");
    }
    repo.git("reset -q --hard HEAD~1");
    repo.git("commit -q --amend -m rewritten");
    repo.commit("a.yaml", "forced");
    for url in &urls {
        assert_eq!(text(&git, url, "main").await.unwrap(), "forced", "{url}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn ssh_runs_a_program() {
    let repo = repository!();
    let script = repo.folder().join("ssh");
    // Stands in for the program: forgets the options and the host, runs the command here.
    write_script(
        &script,
        "while [ $# -gt 1 ]; do shift; done; exec sh -c \"$1\"",
    );
    let options = Options::default().ssh_program(&script);
    let git = Git::with(repo.folder().join("cache"), options);
    let path = repo.path();
    for url in [
        format!("ssh://git@example.org:2222{}", path.display()),
        format!("git@example.org:{}", path.display()),
    ] {
        assert_eq!(text(&git, &url, "main").await.unwrap(), "one");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_ssh_complains_about_is_passed_on() {
    let repo = repository!();
    let script = repo.folder().join("ssh");
    write_script(
        &script,
        "echo 'git@example.org: Permission denied (publickey).' >&2; exit 255",
    );
    let options = Options::default().ssh_program(&script);
    let git = Git::with(repo.folder().join("cache"), options);
    let error = text(&git, "git@example.org:a.git", "main")
        .await
        .unwrap_err();
    assert_eq!(error.reason, Reason::Unauthorized);
    assert!(
        error.message.contains("Permission denied (publickey)"),
        "{error}"
    );
}

#[cfg(unix)]
fn write_script(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn locked(repo: &Repo, authorization: &str) -> Web {
    let authorization = Some(authorization.to_owned());
    Web::new(
        repo,
        WebOptions {
            authorization,
            ..Default::default()
        },
    )
}

fn with(repo: &Repo, credential: Credential) -> Git {
    let options = Options::default().credentials(move |_: &str| Some(credential.clone()));
    Git::with(repo.folder().join("cache"), options)
}

#[tokio::test]
async fn credentials_open_a_repository() {
    let repo = repository!();
    let basic = locked(&repo, "Basic YW5uOnMzY3JldA==");
    let bearer = locked(&repo, "Bearer t0ken");
    let git = with(&repo, Credential::basic("ann", "s3cret"));
    assert_eq!(text(&git, &basic.url(), "main").await.unwrap(), "one");
    let git = with(&repo, Credential::bearer("t0ken"));
    assert_eq!(text(&git, &bearer.url(), "main").await.unwrap(), "one");
}

#[tokio::test]
async fn wrong_and_missing_credentials_are_told_without_showing_them() {
    let repo = repository!();
    let web = locked(&repo, "Bearer right");
    let wrong = with(&repo, Credential::basic("ann", "s3cret"));
    for git in [wrong, source(&repo)] {
        let error = text(&git, &web.url(), "main").await.unwrap_err();
        assert_eq!(error.reason, Reason::Unauthorized);
        assert!(!format!("{error} {error:?}").contains("s3cret"));
        assert_eq!(
            error.message,
            "cannot list references: the repository wants credentials, or others than those given"
        );
    }
}

#[tokio::test]
async fn credentials_that_cannot_be_had_say_why() {
    struct Broken;
    impl crate::credentials::Credentials for Broken {
        fn find(&self, _: &str) -> Result<Option<Credential>, crate::credentials::Error> {
            Err("the token has expired".into())
        }
    }
    let repo = repository!();
    let web = locked(&repo, "Bearer right");
    let git = Git::with(
        repo.folder().join("cache"),
        Options::default().credentials(Broken),
    );
    let error = text(&git, &web.url(), "main").await.unwrap_err();
    assert_eq!(error.reason, Reason::Unauthorized);
    assert_eq!(error.message, "no credentials: the token has expired");
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_host() {
    let repo = repository!();
    let target = Web::new(&repo, WebOptions::default());
    let moved_to = Some(target.at("repo"));
    let web = Web::new(
        &repo,
        WebOptions {
            moved_to,
            ..Default::default()
        },
    );
    let git = with(&repo, Credential::bearer("t0ken"));
    assert_eq!(text(&git, &web.at("moved"), "main").await.unwrap(), "one");
    assert!(web.authorized() > 0);
    assert_eq!(target.authorized(), 0);
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let repo = repository!();
    let daemon = Daemon::new(&repo);
    let web = Web::new(&repo, WebOptions::default());
    let git = source(&repo);
    for url in [
        format!("file://{}/none", repo.folder().display()),
        daemon.url().replace("/repo", "/none"),
        web.at("none"),
        "git://127.0.0.1:1/none".into(),
        "http://127.0.0.1:1/none".into(),
    ] {
        let error = text(&git, &url, "main").await.unwrap_err();
        assert_eq!(error.reason, Reason::Unreachable, "{error}");
        assert_eq!(error.repo_url, url);
    }
}

#[tokio::test]
async fn only_allowed_protocols_are_served() {
    let repo = repository!();
    let options = Options::default().protocols([Protocol::Https]);
    let git = Git::with(repo.folder().join("cache"), options);
    assert!(git.serves(&Location::git("https://example.org/a", "")));
    for url in [
        repo.url(),
        "http://example.org/a".into(),
        "git@example.org:a".into(),
    ] {
        assert!(!git.serves(&Location::git(&url, "")), "{url}");
        let error = text(&git, &url, "").await.unwrap_err();
        assert_eq!(error.reason, Reason::Unsupported);
    }
    assert!(!git.serves(&Location::chart("https://example.org/a", "chart", "1")));
}
