//! Servers that never end.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use super::*;

/// A server that reads what it is sent and answers with `speak`.
fn server(speak: impl Fn(std::net::TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let speak = speak.clone();
            thread::spawn(move || {
                if stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                    speak(stream);
                }
            });
        }
    });
    port
}

fn impatient(folder: &std::path::Path) -> Git {
    let options = Options::default()
        .timeout(Duration::from_millis(600))
        .fetch_timeout(Duration::from_millis(600));
    Git::with(folder, options)
}

#[tokio::test]
async fn silent_and_dripping_servers_time_out() {
    let folder = tempfile::tempdir().unwrap();
    let silent = server(|stream| {
        thread::sleep(Duration::from_mins(1));
        drop(stream);
    });
    let dripping = server(|mut stream| {
        // One line of 65,520 bytes, for whom it may concern.
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n";
        stream.write_all(format!("{head}fff0").as_bytes()).ok();
        while stream.write_all(b"0").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let dripping_line = server(|mut stream| {
        stream.write_all(b"fff0").ok();
        while stream.write_all(b"0").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    for (port, schemes) in [
        (silent, vec!["git", "http"]),
        (dripping, vec!["http"]),
        (dripping_line, vec!["git"]),
    ] {
        for scheme in schemes {
            let begun = Instant::now();
            let url = format!("{scheme}://127.0.0.1:{port}/a");
            let error = text(&impatient(folder.path()), &url, "main")
                .await
                .unwrap_err();
            assert_eq!(error.reason, Reason::Timeout, "{error}");
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "{:?}",
                begun.elapsed()
            );
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_never_ends_is_ended() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("ssh");
    std::fs::write(&script, "#!/bin/sh\nexec sleep 60\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let options = Options::default()
        .timeout(Duration::from_millis(300))
        .ssh_program(script);
    let git = Git::with(folder.path(), options);
    let begun = Instant::now();
    let error = text(&git, "git@example.org:a", "main").await.unwrap_err();
    assert_eq!(error.reason, Reason::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_talks_nonsense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let nonsense = server(|mut stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            .ok();
    });
    for scheme in ["git", "http"] {
        let url = format!("{scheme}://127.0.0.1:{nonsense}/a");
        let error = text(&Git::new(folder.path()), &url, "main")
            .await
            .unwrap_err();
        assert!(
            matches!(error.reason, Reason::Invalid | Reason::Unreachable),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_pack_beyond_the_bound_is_refused() {
    let repo = repository!();
    repo.commit("noise", &super::noise());
    let daemon = Daemon::new(&repo);
    let options = Options::default().max_fetch_size(20_000);
    let git = Git::with(repo.folder().join("cache"), options);
    let error = text(&git, &daemon.url(), "main").await.unwrap_err();
    assert_eq!(
        error.message,
        "cannot fetch: the answer is larger than the 20000 bytes allowed"
    );
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let silent = server(|stream| {
        thread::sleep(Duration::from_mins(1));
        drop(stream);
    });
    let git = Git::with(
        folder.path(),
        Options::default().timeout(Duration::from_secs(30)),
    );
    let url = format!("git://127.0.0.1:{silent}/a");
    let asked = tokio::time::timeout(Duration::from_millis(100), text(&git, &url, "main")).await;
    assert!(asked.is_err());
    // The runtime waits for its threads when it ends, so a thread that went on would show.
}
