//! A Git repository, served on loopback as people serve theirs.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The example applications, beside the workspace.
const APPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/apps");

/// A repository with one branch, `main`, served over `git://` until it is dropped.
pub(crate) struct Repository {
    folder: TempDir,
    port: u16,
    task: JoinHandle<()>,
}

impl Repository {
    /// A repository without a commit.
    pub(crate) async fn serve() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(accept(listener, folder.path().to_owned()));
        let repository = Self { folder, port, task };
        std::fs::create_dir(repository.folder.path().join("apps")).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Where it is served.
    pub(crate) fn url(&self) -> String {
        format!("git://127.0.0.1:{}/apps", self.port)
    }

    /// Writes a file, and the folders it is in.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.work_tree().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What a file holds.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.work_tree().join(path)).unwrap()
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &str) {
        std::fs::remove_file(self.work_tree().join(path)).unwrap();
    }

    /// Copies a folder of the example applications to the folder of the same
    /// name. Without the applications it says so and returns `false`.
    pub(crate) fn copy_app(&self, app: &str) -> bool {
        let from = Path::new(APPS).join(app);
        if !from.is_dir() {
            eprintln!("skipped: {} is missing", from.display());
            return false;
        }
        let to = self.work_tree().join(app);
        std::fs::create_dir_all(&to).unwrap();
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        }
        true
    }

    /// Commits everything and returns the commit's name.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        let who = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
        let commit = ["commit", "--quiet", "--allow-empty", "--message", message];
        self.git(&[&who[..], &commit[..]].concat());
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.work_tree())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .args(arguments)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn work_tree(&self) -> PathBuf {
        self.folder.path().join("apps")
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves each connection with a daemon of its own, so that no port is guessed.
async fn accept(listener: TcpListener, folder: PathBuf) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut daemon = daemon(stream, &folder).unwrap();
        tokio::spawn(async move { daemon.wait().await });
    }
}

fn daemon(stream: TcpStream, folder: &Path) -> std::io::Result<tokio::process::Child> {
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    let input = OwnedFd::from(stream.try_clone()?);
    let output = OwnedFd::from(stream);
    tokio::process::Command::new("git")
        .args(["daemon", "--inetd", "--export-all"])
        .arg(format!("--base-path={}", folder.display()))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::from(input))
        .stdout(Stdio::from(output))
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}
