//! Repositories and servers for tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

mod web;

pub(super) use web::{Web, WebOptions};

/// A repository with a work tree in a temporary folder.
pub(super) struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// One commit with `a.yaml`; `None`, and one line that says so, without `git`.
    pub(super) fn new() -> Option<Self> {
        if Command::new("git").arg("--version").output().is_err() {
            eprintln!("skipped: the git program is missing");
            return None;
        }
        let repository = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(repository.path()).unwrap();
        repository.git("init -q -b main");
        repository.git("config uploadpack.allowFilter true");
        repository.commit("a.yaml", "one");
        Some(repository)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Named so that `git daemon` and the HTTP server find it under `/repo`.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    pub(super) fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Runs `git` with the words of `line` and gives what it prints.
    #[track_caller]
    pub(super) fn git(&self, line: &str) -> String {
        let output = git(&self.path(), &line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "git {line}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Writes a file, commits it, and gives the commit.
    #[track_caller]
    pub(super) fn commit(&self, name: &str, text: &str) -> String {
        let file = self.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self.git("add -A");
        self.git("commit -q --allow-empty -m change");
        self.git("rev-parse HEAD")
    }
}

/// `git` without the user's configuration.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Output {
    let who = [
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
    ];
    Command::new("git")
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(who.map(|name| (name, "ann@example.org")))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// A process that ends with the test.
pub(super) struct Guard(pub(super) Child);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// `git daemon` over the folder of a repository.
pub(super) struct Daemon {
    _process: Guard,
    port: u16,
}

impl Daemon {
    pub(super) fn new(repository: &Repository) -> Self {
        let port = free_port();
        let child = Command::new("git")
            .args([
                "daemon",
                "--reuseaddr",
                "--export-all",
                "--listen=127.0.0.1",
            ])
            .arg(format!("--port={port}"))
            .arg(format!("--base-path={}", repository.folder().display()))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self {
            _process: Guard(child),
            port,
        };
        let until = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "git daemon does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        daemon
    }

    pub(super) fn url(&self) -> String {
        format!("git://127.0.0.1:{}/repo", self.port)
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}
