//! An API server that says what a test wants it to say, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gitops_sync::kube::Cluster;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::e2e::scene::connect;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method and target with the query.
    pub(crate) target: String,
    /// The header lines.
    pub(crate) head: String,
    body: String,
    /// How many requests of this method and path came before.
    pub(crate) count: usize,
}

impl Asked {
    pub(crate) fn method(&self) -> &str {
        self.target.split(' ').next().unwrap()
    }

    pub(crate) fn path(&self) -> &str {
        let url = self.target.split(' ').nth(1).unwrap();
        url.split('?').next().unwrap()
    }
}

/// What is said to a request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    head: String,
    body: String,
    delay: Duration,
}

impl Answer {
    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            head: String::new(),
            body: body.to_owned(),
            delay: Duration::ZERO,
        }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// Answers discovery: ConfigMaps, with an `ETag`; anything else is not found.
pub(crate) fn discovery(asked: &Asked) -> Answer {
    let known = asked.head.to_lowercase().contains("if-none-match: \"1\"");
    match asked.path() {
        "/api" | "/apis" if known => Answer::text(304, ""),
        "/api" => Answer::json(
            200,
            json!({"items": [{"metadata": {"name": ""}, "versions": [{
                "version": "v1", "resources": [{
                    "resource": "configmaps", "scope": "Namespaced", "verbs": ["get"],
                    "responseKind": {"group": "", "version": "v1", "kind": "ConfigMap"},
                }],
            }]}]}),
        )
        .header("ETag", "\"1\""),
        "/apis" => Answer::json(200, json!({"items": []})).header("ETag", "\"1\""),
        "/version" => Answer::json(200, json!({"gitVersion": "v1.35.0"})),
        _ => Answer::text(404, "404 page not found"),
    }
}

type Script = dyn Fn(&Asked) -> Answer + Send + Sync;

#[derive(Default)]
struct Log {
    asked: Vec<(Asked, u16)>,
    now: usize,
    most: usize,
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

impl Server {
    /// A server that answers as `script` says.
    pub(crate) async fn start(script: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::<Mutex<Log>>::default();
        let script: Arc<Script> = Arc::new(script);
        let task = tokio::spawn(accept(listener, script, Arc::clone(&log)));
        Self { address, log, task }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn cluster(&self) -> Cluster {
        let url = format!("http://{}", self.address).parse().unwrap();
        connect(kube::Config::new(url))
    }

    /// How many requests of this kind came.
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        count(&self.log.lock().unwrap(), method, path)
    }

    /// What was answered under a path, in order.
    pub(crate) fn statuses(&self, path: &str) -> Vec<u16> {
        let log = self.log.lock().unwrap();
        let answered = log.asked.iter().filter(|(asked, _)| asked.path() == path);
        answered.map(|(_, status)| *status).collect()
    }

    /// What the last request that had a body brought.
    pub(crate) fn last_body(&self) -> String {
        let log = self.log.lock().unwrap();
        let bodies = log.asked.iter().rev().map(|(asked, _)| &asked.body);
        bodies
            .clone()
            .find(|body| !body.is_empty())
            .unwrap()
            .clone()
    }

    /// How many requests were under way at once, at most.
    pub(crate) fn most_at_once(&self) -> usize {
        self.log.lock().unwrap().most
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn count(log: &Log, method: &str, path: &str) -> usize {
    let same = |(asked, _): &&(Asked, u16)| asked.method() == method && asked.path() == path;
    log.asked.iter().filter(same).count()
}

async fn accept(listener: TcpListener, script: Arc<Script>, log: Arc<Mutex<Log>>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (script, log) = (Arc::clone(&script), Arc::clone(&log));
        tokio::spawn(async move {
            // A client that hangs up early is what some tests are about.
            _ = serve(stream, &*script, &log).await;
        });
    }
}

async fn serve(stream: TcpStream, script: &Script, log: &Mutex<Log>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut asked = read(&mut stream).await?;
    let answer = {
        let mut log = log.lock().unwrap();
        asked.count = count(&log, asked.method(), asked.path());
        let answer = script(&asked);
        log.asked.push((asked, answer.status));
        log.now += 1;
        log.most = log.most.max(log.now);
        answer
    };
    tokio::time::sleep(answer.delay).await;
    let Answer {
        status, head, body, ..
    } = answer;
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}"
    );
    log.lock().unwrap().now -= 1;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Asked> {
    let mut target = String::new();
    stream.read_line(&mut target).await?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && head != "\r\n" {
        if stream.read_line(&mut head).await? == 0 {
            break;
        }
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Asked {
        target,
        head,
        body: String::from_utf8(body).unwrap(),
        count: 0,
    })
}
