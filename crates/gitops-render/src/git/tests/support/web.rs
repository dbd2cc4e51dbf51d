//! A small HTTP server around `git http-backend`.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::Repository;

/// How a [`Web`] server behaves.
#[derive(Clone, Default)]
pub(crate) struct WebOptions {
    /// The `Authorization` that requests must have.
    pub(crate) authorization: Option<String>,
    /// Whether the server speaks only the first version of the protocol.
    pub(crate) old: bool,
    /// Waits before every answer.
    pub(crate) delay: Duration,
    /// Breaks off answers to requests for packs after this many bytes, so often.
    pub(crate) cut: Option<(usize, usize)>,
    /// Sends everything that begins with `/moved` to the same path on another server.
    pub(crate) moved_to: Option<String>,
}

/// A server over the folder of a repository, until the test ends.
pub(crate) struct Web {
    port: u16,
    state: Arc<State>,
}

struct State {
    options: WebOptions,
    root: PathBuf,
    listings: AtomicUsize,
    packs: AtomicUsize,
    authorized: AtomicUsize,
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Web {
    pub(crate) fn new(repository: &Repository, options: WebOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            options,
            root: repository.folder().to_owned(),
            listings: AtomicUsize::new(0),
            packs: AtomicUsize::new(0),
            authorized: AtomicUsize::new(0),
        });
        let server = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&server);
                // A client that goes away in the middle is its own affair.
                thread::spawn(move || answer(stream, &state).ok());
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self) -> String {
        self.at("repo")
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// How often a conversation began.
    pub(crate) fn listings(&self) -> usize {
        self.state.listings.load(Ordering::SeqCst)
    }

    /// How many requests came with credentials.
    pub(crate) fn authorized(&self) -> usize {
        self.state.authorized.load(Ordering::SeqCst)
    }
}

fn answer(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    let request = read(&mut BufReader::new(stream.try_clone()?))?;
    let count = if request.method == "GET" {
        &state.listings
    } else {
        &state.packs
    };
    let number = count.fetch_add(1, Ordering::SeqCst);
    thread::sleep(state.options.delay);
    let given = request.header("authorization");
    if given.is_some() {
        state.authorized.fetch_add(1, Ordering::SeqCst);
    }
    if let Some(base) = &state.options.moved_to
        && let Some(rest) = request.path.strip_prefix("/moved")
    {
        let target = format!("{base}{rest}?{}", request.query);
        return write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
    }
    if state
        .options
        .authorization
        .as_deref()
        .is_some_and(|wanted| Some(wanted) != given)
    {
        return stream.write_all(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let mut response = backend(&request, state)?;
    if let Some((times, bytes)) = state.options.cut
        && request.method == "POST"
        && number < times
    {
        response.truncate(bytes);
    }
    stream.write_all(&response)
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Request> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let mut request = Request {
        method,
        path,
        query,
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        request
            .headers
            .push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if let Some(length) = request
        .header("content-length")
        .and_then(|text| text.parse().ok())
    {
        request.body = vec![0; length];
        stream.read_exact(&mut request.body)?;
    } else if request.header("transfer-encoding") == Some("chunked") {
        request.body = chunks(stream)?;
    }
    Ok(request)
}

fn chunks(stream: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        stream.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn backend(request: &Request, state: &State) -> std::io::Result<Vec<u8>> {
    let header = |name| request.header(name).unwrap_or_default();
    let protocol = if state.options.old {
        ""
    } else {
        header("git-protocol")
    };
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &state.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_PROTOCOL", protocol)
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().unwrap();
    let body = request.body.clone();
    thread::spawn(move || input.write_all(&body));
    let output = child.wait_with_output()?.stdout;
    let end = output
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(0);
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let status = head
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    let mut response =
        format!("HTTP/1.1 {status}\r\n{head}\r\nConnection: close\r\n\r\n").into_bytes();
    response.extend_from_slice(&output[(end + 4).min(output.len())..]);
    Ok(response)
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}
