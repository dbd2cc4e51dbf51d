//! `ssh://`: the `ssh` program.

use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use gitops_core::source::Reason;
use gix::protocol::transport::Protocol;
use gix::protocol::transport::client::git::ConnectMode;
use gix::protocol::transport::client::git::blocking_io::Connection;

use super::super::Options;
use super::super::address::Server;
use super::super::error::Error;
use super::super::limits::{Bounded, Limits};
use crate::credentials::{Credential, Identity, KnownHosts, Ssh};

mod file;

use file::PrivateFile;

/// How often a running program is checked against its bounds.
const PAUSE: Duration = Duration::from_millis(50);

/// Most of what the program says on its error output that is kept.
const MAX_COMPLAINT: u64 = 2_000;

pub(super) fn connect(
    server: &Server,
    options: &Options,
    limits: &Arc<Limits>,
) -> Result<super::Connection, Error> {
    let ssh = match options.credential(&server.url("ssh"))? {
        Some(Credential::Ssh(ssh)) => ssh,
        _ => Ssh::default(),
    };
    let (arguments, files) = arguments(&ssh, server)?;
    let mut child = Command::new(&options.ssh_program)
        .args(arguments)
        .env("GIT_PROTOCOL", "version=2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            let program = options.ssh_program.display();
            Error::new(
                Reason::Unreachable,
                format!("cannot run {program}: {error}"),
            )
        })?;
    let (stdin, stdout, stderr) = pipes(&mut child)?;
    let process = Process::watch(child, stderr, files, Arc::clone(limits));
    let output = Output { stdout, process };
    let connection = Connection::new(
        Bounded::new(output, limits),
        stdin,
        Protocol::V2,
        server.path.as_str(),
        None::<(&str, _)>,
        ConnectMode::Process,
        false,
    );
    Ok(Box::new(
        connection.custom_url(Some(server.url("ssh").into())),
    ))
}

fn pipes(child: &mut Child) -> Result<(ChildStdin, ChildStdout, ChildStderr), Error> {
    match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
        (Some(stdin), Some(stdout), Some(stderr)) => Ok((stdin, stdout, stderr)),
        _ => Err(Error::new(Reason::Unreachable, "ssh runs without pipes")),
    }
}

/// The program's arguments, and the files they name, to be kept while it runs.
fn arguments(ssh: &Ssh, server: &Server) -> Result<(Vec<OsString>, Vec<PrivateFile>), Error> {
    let mut files = Vec::new();
    let mut arguments: Vec<OsString> = Vec::new();
    let mut option = |text: OsString| arguments.extend(["-o".into(), text]);
    option("BatchMode=yes".into());
    option("SendEnv=GIT_PROTOCOL".into());
    match &ssh.known_hosts {
        KnownHosts::Default => {}
        KnownHosts::File(path) => option(assign("UserKnownHostsFile", path.as_os_str())),
        KnownHosts::Lines(lines) => {
            let file = PrivateFile::new(lines)?;
            option(assign("UserKnownHostsFile", file.path().as_os_str()));
            files.push(file);
        }
        KnownHosts::AcceptAny => {
            option("StrictHostKeyChecking=no".into());
            option("UserKnownHostsFile=/dev/null".into());
        }
    }
    match &ssh.identity {
        Identity::Agent => {}
        Identity::File(path) => {
            option("IdentitiesOnly=yes".into());
            option(assign("IdentityFile", path.as_os_str()));
        }
        Identity::Key(key) => {
            let file = PrivateFile::new(&format!("{}\n", key.expose().trim_end()))?;
            option("IdentitiesOnly=yes".into());
            option(assign("IdentityFile", file.path().as_os_str()));
            files.push(file);
        }
    }
    if let Some(port) = server.port {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    let user = server
        .user
        .as_ref()
        .map_or(String::new(), |user| format!("{user}@"));
    arguments.push(format!("{user}{}", server.host).into());
    arguments.push(format!("git-upload-pack {}", quoted(&server.path)).into());
    Ok((arguments, files))
}

fn assign(option: &str, value: &std::ffi::OsStr) -> OsString {
    let mut text = OsString::from(option);
    text.push("=");
    text.push(value);
    text
}

/// `path` as one word for the shell at the other end.
fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// How long an ended program's error output is waited for: a program it started
/// in the background may keep it open.
const MAX_LISTENING: Duration = Duration::from_secs(1);

/// A running program, ended when its bounds are broken or nobody reads it.
struct Process {
    child: Arc<Mutex<Child>>,
    complaint: mpsc::Receiver<String>,
    _files: Vec<PrivateFile>,
}

impl Process {
    fn watch(
        child: Child,
        stderr: ChildStderr,
        files: Vec<PrivateFile>,
        limits: Arc<Limits>,
    ) -> Self {
        let child = Arc::new(Mutex::new(child));
        let watched = Arc::downgrade(&child);
        thread::spawn(move || {
            while let Some(child) = watched.upgrade() {
                if limits.check().is_err() {
                    kill(&child);
                    return;
                }
                drop(child);
                thread::sleep(PAUSE);
            }
        });
        Self {
            child,
            complaint: listen(stderr),
            _files: files,
        }
    }

    /// What the program said before it ended, as an error; `None` when it said nothing.
    fn complaint(&self) -> Option<std::io::Error> {
        let text = self.complaint.recv_timeout(MAX_LISTENING).ok()?;
        (!text.is_empty()).then(|| std::io::Error::other(text))
    }
}

/// Collects what a program complains about, and reads on so that it never waits.
fn listen(mut stderr: ChildStderr) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        stderr
            .by_ref()
            .take(MAX_COMPLAINT)
            .read_to_end(&mut text)
            .ok();
        let text = String::from_utf8_lossy(&text).trim().replace('\n', " ");
        // Nobody listens any more when the connection went well.
        sender.send(text).ok();
        std::io::copy(&mut stderr, &mut std::io::sink()).ok();
    });
    receiver
}

impl Drop for Process {
    fn drop(&mut self) {
        kill(&self.child);
    }
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // Both fail only when the program has ended already.
    child.kill().ok();
    child.wait().ok();
}

/// The program's output; where it ends without a byte, what the program said instead.
struct Output {
    stdout: ChildStdout,
    process: Process,
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.stdout.read(buffer)? {
            0 if !buffer.is_empty() => self.process.complaint().map_or(Ok(0), Err),
            count => Ok(count),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Secret;

    fn server() -> Server {
        Server {
            user: Some("git".into()),
            host: "example.org".into(),
            port: Some(2222),
            path: "/it's".into(),
        }
    }

    fn shown(ssh: &Ssh) -> (String, Vec<PrivateFile>) {
        let (arguments, files) = arguments(ssh, &server()).unwrap();
        let words: Vec<_> = arguments
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        (words.join(" "), files)
    }

    #[test]
    fn a_path_is_one_word_for_the_remote_shell() {
        let (command, _files) = shown(&Ssh::default());
        assert_eq!(
            command,
            r"-o BatchMode=yes -o SendEnv=GIT_PROTOCOL -p 2222 git@example.org git-upload-pack '/it'\''s'"
        );
    }

    #[test]
    fn a_key_is_a_file_only_while_the_program_runs() {
        let ssh = Ssh::new(Identity::Key(Secret::new("PEM")))
            .known_hosts(KnownHosts::Lines("example.org ssh-ed25519 AAAA".into()));
        let (command, files) = shown(&ssh);
        assert!(!command.contains("PEM"));
        let paths: Vec<_> = files.iter().map(|file| file.path().to_owned()).collect();
        assert_eq!(std::fs::read_to_string(&paths[1]).unwrap(), "PEM\n");
        drop(files);
        assert!(paths.iter().all(|path| !path.exists()));
    }
}
