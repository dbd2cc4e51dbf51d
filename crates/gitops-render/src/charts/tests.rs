mod answers;
#[cfg(feature = "kustomize")]
mod kustomization;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Mutex as StdMutex;

use crate::helm::functions::hexadecimal;
use gitops_core::TreePath;
use sha2::{Digest, Sha256};

use super::*;
use crate::credentials::Credential;
use crate::helm::Chart;

/// What a server has at a path: status and headers, and a body.
type Answers = HashMap<String, (String, Vec<u8>)>;

/// A server on loopback that remembers what it was asked, with credentials.
struct Server {
    url: String,
    asked: Arc<StdMutex<Vec<(String, String)>>>,
}

impl Server {
    fn new(answers: impl FnOnce(&str) -> Answers) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = answers(&url);
        let asked = Arc::new(StdMutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                let path = first.split(' ').nth(1).unwrap().to_owned();
                let (mut authorization, mut condition) = (String::new(), String::new());
                for line in lines
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                {
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("authorization: ") {
                        authorization = line[line.len() - value.len()..].to_owned();
                    }
                    if let Some(tag) = line.to_ascii_lowercase().strip_prefix("if-none-match: ") {
                        condition = format!("{path} if {tag}");
                    }
                }
                log.lock()
                    .unwrap()
                    .push((path.clone(), authorization.clone()));
                let locked = format!("{path} {authorization}");
                let missing = ("404 Not Found".to_owned(), Vec::new());
                let (head, body) = answers
                    .get(&condition)
                    .or(answers.get(&locked))
                    .or(answers.get(&path))
                    .unwrap_or(&missing);
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                )
                .unwrap();
                stream.write_all(body).unwrap();
            }
        });
        Self { url, asked }
    }
}

fn ok(body: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    ("200 OK".into(), body.into())
}

fn packed(version: &str) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(encoder);
    let chart = format!("apiVersion: v2\nname: web\nversion: {version}\n");
    for (path, text) in [
        ("web/Chart.yaml", chart.as_str()),
        (
            "web/templates/a.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
        ),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, text.as_bytes())
            .unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn repository(url: &str) -> Answers {
    let digest = digest(&packed("1.2.0"));
    let index = format!(
        "apiVersion: v1\nentries:\n  web:\n  - {{version: 1.2.0, digest: {digest}, urls: [web-1.2.0.tgz]}}\n\
         \x20 - {{version: 1.10.0, urls: ['{url}/charts/web-1.10.0.tgz']}}\n\
         \x20 - {{version: 2.0.0-rc.1, urls: [x.tgz]}}\n  - {{version: nonsense, urls: [x.tgz]}}\n\
         \x20 broken:\n  - {{version: 1.0.0, digest: '00', urls: [web-1.2.0.tgz]}}\n  - {{version: 1.1.0, urls: [Chart.yaml]}}\n"
    );
    HashMap::from([
        ("/charts/index.yaml".into(), ok(index)),
        ("/charts/web-1.2.0.tgz".into(), ok(packed("1.2.0"))),
        ("/charts/web-1.10.0.tgz".into(), ok(packed("1.10.0"))),
        ("/charts/Chart.yaml".into(), ok("no archive")),
    ])
}

async fn load(charts: &Charts, location: &Location) -> Result<Chart, source::Error> {
    let version = charts.resolve(location).await?;
    let tree = charts.tree(location, &version).await?;
    Ok(Chart::load(&*tree, &TreePath::root()).unwrap())
}

#[tokio::test]
async fn ranges_take_the_highest_release() {
    let server = Server::new(repository);
    let url = format!("{}/charts/", server.url);
    for (range, version) in [
        ("1.x", "1.10.0"),
        ("", "1.10.0"),
        ("~1.2", "1.2.0"),
        ("1.2.0", "1.2.0"),
    ] {
        let chart = load(&Charts::default(), &Location::chart(&url, "web", range))
            .await
            .unwrap();
        assert_eq!(chart.metadata.version, version, "{range}");
        assert_eq!(chart.templates.len(), 1);
    }
    let location = Location::chart(&url, "web", ">=2.0.0-0");
    let found = Charts::default().resolve(&location).await.unwrap();
    assert_eq!(found.as_str(), "2.0.0-rc.1");
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let server = Server::new(repository);
    let url = format!("{}/charts", server.url);
    let charts = Charts::default();
    for (chart, version, reason, message) in [
        (
            "web",
            "^3",
            Reason::RevisionNotFound,
            "no version of web in the range \"^3\"",
        ),
        (
            "none",
            "1.x",
            Reason::RevisionNotFound,
            "no version of none in the range \"1.x\"",
        ),
        (
            "web",
            "9.9.9",
            Reason::RevisionNotFound,
            "no chart version found for web-9.9.9",
        ),
        (
            "web",
            "latest",
            Reason::RevisionNotFound,
            "\"latest\" is no version of web",
        ),
        (
            "broken",
            "1.0.0",
            Reason::Invalid,
            "broken-1.0.0: the content has the digest",
        ),
        ("broken", "1.1.0", Reason::Invalid, "chart archive: "),
    ] {
        let error = load(&charts, &Location::chart(&url, chart, version))
            .await
            .unwrap_err();
        assert_eq!(error.reason, reason, "{error}");
        assert!(error.message.starts_with(message), "{error}");
    }
    let nowhere = format!("{}/none", server.url);
    let error = load(&charts, &Location::chart(nowhere, "web", "*"))
        .await
        .unwrap_err();
    assert_eq!(error.reason, Reason::Unreachable);
    let error = load(&charts, &Location::chart("http://127.0.0.1:1", "web", "*"))
        .await
        .unwrap_err();
    assert_eq!(error.reason, Reason::Unreachable);
}

#[tokio::test]
async fn credentials_stay_with_the_repository() {
    let elsewhere = Server::new(|_| HashMap::from([("/web.tgz".into(), ok(packed("1.0.0")))]));
    let target = format!("{}/web.tgz", elsewhere.url);
    let index =
        format!("apiVersion: v1\nentries:\n  web:\n  - {{version: 1.0.0, urls: ['{target}']}}\n");
    let server = Server::new(|_| HashMap::from([("/index.yaml".into(), ok(index))]));
    let secret = |_: &str| Some(Credential::basic("ann", "s3cret"));
    let charts = Charts::with(Options::default().credentials(secret));
    load(&charts, &Location::chart(&server.url, "web", "1.0.0"))
        .await
        .unwrap();
    assert!(
        server
            .asked
            .lock()
            .unwrap()
            .iter()
            .all(|(_, given)| given.starts_with("Basic "))
    );
    assert!(
        elsewhere
            .asked
            .lock()
            .unwrap()
            .iter()
            .all(|(_, given)| given.is_empty())
    );
}

#[tokio::test]
async fn single_files_are_fetched_with_their_credentials() {
    let server = Server::new(|_| {
        Answers::from([
            ("/values.yaml Basic YW5uOnMzY3JldA==".into(), ok("a: 1")),
            ("/large.yaml".into(), ok(vec![b'#'; 100])),
        ])
    });
    let secret = |_: &str| Some(Credential::basic("ann", "s3cret"));
    let options = Options::default().credentials(secret).max_file_size(50);
    let charts = Charts::with(options);
    let file = async |path: &str| charts.file(&format!("{}{path}", server.url)).await.unwrap();
    assert_eq!(&*file("/values.yaml").await.unwrap(), b"a: 1");
    let missing = file("/none.yaml?token=abc").await.unwrap_err();
    assert_eq!(missing.reason, Reason::RevisionNotFound);
    assert!(!missing.to_string().contains("abc"), "{missing}");
    let large = file("/large.yaml").await.unwrap_err().to_string();
    assert!(large.contains("larger than the 50 bytes"), "{large}");
    assert!(charts.file("ftp://example.org/v.yaml").await.is_none());
}

#[tokio::test]
async fn an_index_is_sent_again_only_when_it_changed() {
    let index = |version: &str| {
        format!("apiVersion: v1\nentries:\n  web:\n  - {{version: {version}, urls: [x.tgz]}}\n")
    };
    let tagged = |tag: &str, body: String| {
        let head = format!("200 OK\r\nETag: \"{tag}\"");
        (head, body.into_bytes())
    };
    let server = Server::new(|_| {
        HashMap::from([
            ("/a/index.yaml".into(), tagged("1", index("1.0.0"))),
            (
                "/a/index.yaml if \"1\"".into(),
                ("304 Not Modified".to_owned(), Vec::new()),
            ),
            ("/b/index.yaml".into(), tagged("1", index("1.0.0"))),
            ("/b/index.yaml if \"1\"".into(), tagged("2", index("1.1.0"))),
        ])
    });
    let charts = Charts::default();
    for (path, second) in [("a", "1.0.0"), ("b", "1.1.0")] {
        let location = Location::chart(format!("{}/{path}", server.url), "web", "1.x");
        assert_eq!(charts.resolve(&location).await.unwrap().as_str(), "1.0.0");
        assert_eq!(charts.resolve(&location).await.unwrap().as_str(), second);
    }
}

#[tokio::test]
async fn an_answer_beyond_the_bound_is_refused() {
    let server = Server::new(repository);
    let url = format!("{}/charts", server.url);
    let charts = Charts::with(Options::default().max_index_size(10));
    let error = load(&charts, &Location::chart(&url, "web", "1.x"))
        .await
        .unwrap_err();
    assert_eq!(
        error.message,
        "the answer is larger than the 10 bytes allowed"
    );
}

fn registry(url: &str) -> Answers {
    let chart = packed("1.0.0+build");
    let digest = format!("sha256:{}", digest(&chart));
    let manifest = serde_json::json!({"layers": [
        {"mediaType": "application/vnd.cncf.helm.chart.provenance.v1.prov", "digest": "sha256:0"},
        {"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip", "digest": digest},
    ]});
    let challenge = format!(
        "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"{url}/token\",service=\"reg\",scope=\"pull\""
    );
    let locked = || (challenge.clone(), Vec::new());
    let open = |path: &str| format!("{path} Bearer t0ken");
    let tags = "/v2/team/web/tags/list";
    let first = format!("200 OK\r\nLink: <{tags}?last=a>; rel=\"next\"");
    HashMap::from([
        (
            "/token?service=reg&scope=pull".into(),
            ok(r#"{"token": "t0ken"}"#),
        ),
        (tags.into(), locked()),
        (open(tags), (first, br#"{"tags": ["0.9.0"]}"#.to_vec())),
        (format!("{tags}?last=a"), locked()),
        (
            open(&format!("{tags}?last=a")),
            ok(r#"{"tags": ["1.0.0_build", "latest"]}"#),
        ),
        ("/v2/team/web/manifests/1.0.0_build".into(), locked()),
        (
            open("/v2/team/web/manifests/1.0.0_build"),
            ok(manifest.to_string()),
        ),
        (format!("/v2/team/web/blobs/{digest}"), locked()),
        (open(&format!("/v2/team/web/blobs/{digest}")), ok(chart)),
    ])
}

#[tokio::test]
async fn registries_give_charts_with_a_token() {
    let server = Server::new(registry);
    let host = server.url.strip_prefix("http://").unwrap();
    let charts = Charts::with(Options::default().plain_http(true));
    for url in [format!("oci://{host}/team"), format!("{host}/team")] {
        let location = Location::chart(url, "web", ">=0.5");
        assert_eq!(
            charts.resolve(&location).await.unwrap().as_str(),
            "1.0.0+build"
        );
        let chart = load(&charts, &location).await.unwrap();
        assert_eq!(chart.metadata.version, "1.0.0+build");
    }
    let location = Location::chart(format!("oci://{host}/team"), "web", "3.0.0");
    let error = load(&charts, &location).await.unwrap_err();
    assert_eq!(error.reason, Reason::RevisionNotFound);
}

#[test]
fn only_locations_of_charts_are_served() {
    let charts = Charts::default();
    assert!(charts.serves(&Location::chart("https://example.org", "web", "1")));
    assert!(charts.serves(&Location::chart("registry.example.org/charts", "web", "1")));
    assert!(!charts.serves(&Location::git("https://example.org", "1")));
    assert!(!charts.serves(&Location::chart("git@example.org:a", "web", "1")));
    assert!(!charts.serves(&Location::chart("ssh://example.org/a", "web", "1")));
}

/// Answers every request with an index, over TLS with `certificate`.
fn tls_server(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> String {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    crate::tls::install_provider();
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let chain = vec![CertificateDer::from(certificate.cert.der().to_vec())];
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key);
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(rustls::StreamOwned::new(connection, stream));
            let mut line = String::new();
            // A client that does not trust us says so in the middle of it.
            while stream.read_line(&mut line).is_ok_and(|count| count > 2) {
                line.clear();
            }
            let body = "apiVersion: v1\nentries:\n  web: [{version: 1.0.0, urls: [x]}]\n";
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream
                .get_mut()
                .write_all(format!("{head}{body}").as_bytes())
                .ok();
        }
    });
    format!("https://localhost:{port}")
}

struct Trusting(crate::credentials::Tls);

impl Credentials for Trusting {
    fn find(&self, _: &str) -> Result<Option<Credential>, crate::credentials::Error> {
        Ok(None)
    }

    fn tls(&self, _: &str) -> crate::credentials::Tls {
        self.0.clone()
    }
}

#[tokio::test]
async fn authorities_are_trusted_where_they_are_named() {
    use crate::credentials::{Tls, Verify};
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let url = tls_server(&certificate);
    let resolve = |tls: Tls| {
        let charts = Charts::with(Options::default().credentials(Trusting(tls)));
        let location = Location::chart(&url, "web", "*");
        async move { charts.resolve(&location).await }
    };
    assert_eq!(
        resolve(Tls::default()).await.unwrap_err().reason,
        Reason::Unreachable
    );
    let known = Tls::default().authority(certificate.cert.pem());
    assert_eq!(resolve(known).await.unwrap().as_str(), "1.0.0");
    let careless = Tls::default().verify(Verify::Never);
    assert_eq!(resolve(careless).await.unwrap().as_str(), "1.0.0");
    let wrong =
        Tls::default().authority("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    assert_eq!(
        resolve(wrong).await.unwrap_err().reason,
        Reason::Unauthorized
    );
}
