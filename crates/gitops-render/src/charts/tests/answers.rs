//! What servers may answer instead of what was asked for.

use super::*;

fn index(url: &str) -> (String, Vec<u8>) {
    ok(format!(
        "apiVersion: v1\nentries:\n  web:\n  - {{version: 1.0.0, urls: ['{url}']}}\n"
    ))
}

fn moved(to: &str) -> (String, Vec<u8>) {
    (format!("302 Found\r\nLocation: {to}"), Vec::new())
}

fn web(url: &str) -> Location {
    Location::chart(url, "web", "1.0.0")
}

fn with_secret() -> Charts {
    let secret = |_: &str| Some(Credential::basic("ann", "s3cret"));
    Charts::with(Options::default().credentials(secret).plain_http(true))
}

/// Fails for a reason and with a message that has these words and no secret.
#[track_caller]
fn check(error: &source::Error, reason: Reason, words: &str) {
    assert_eq!(error.reason, reason, "{error}");
    assert!(error.message.contains(words), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
}

#[tokio::test]
async fn relative_urls_are_below_the_repository_with_its_query() {
    let server = Server::new(|_| {
        HashMap::from([
            ("/a/index.yaml?key=1".into(), index("files/web.tgz")),
            ("/a/files/web.tgz?key=1".into(), ok(packed("1.0.0"))),
        ])
    });
    let url = format!("{}/a?key=1", server.url);
    assert!(load(&Charts::default(), &web(&url)).await.is_ok());
}

#[tokio::test]
async fn redirects_are_followed_and_credentials_are_left_behind() {
    let elsewhere = Server::new(|_| HashMap::from([("/web.tgz".into(), ok(packed("1.0.0")))]));
    let target = format!("{}/web.tgz", elsewhere.url);
    let server = Server::new(|_| {
        HashMap::from([
            ("/index.yaml".into(), index("web.tgz")),
            ("/web.tgz".into(), moved(&target)),
            ("/round/index.yaml".into(), moved("/round/index.yaml")),
        ])
    });
    assert!(load(&with_secret(), &web(&server.url)).await.is_ok());
    let asked = |server: &Server| server.asked.lock().unwrap().clone();
    let (before, after) = (asked(&server), asked(&elsewhere));
    assert!(before.iter().all(|(_, given)| given.starts_with("Basic ")));
    assert_eq!(after, [("/web.tgz".to_owned(), String::new())]);
    let round = load(&with_secret(), &web(&format!("{}/round", server.url))).await;
    check(&round.unwrap_err(), Reason::Unreachable, "redirect");
}

#[tokio::test]
async fn refusals_say_what_was_refused() {
    let refused = || ("401 Unauthorized".to_owned(), Vec::new());
    let server = Server::new(|_| {
        HashMap::from([
            ("/a/index.yaml".into(), refused()),
            ("/b/index.yaml".into(), index("web.tgz")),
            ("/b/web.tgz".into(), ("403 Forbidden".into(), Vec::new())),
            ("/v2/c/web/manifests/1.0.0".into(), refused()),
        ])
    });
    let host = server.url.strip_prefix("http://").unwrap();
    for (url, words) in [
        (format!("{}/a", server.url), "/a/index.yaml: 401"),
        (format!("{}/b", server.url), "/b/web.tgz: 403"),
        (format!("oci://{host}/c"), "/v2/c/web/manifests/1.0.0: 401"),
    ] {
        let error = load(&with_secret(), &web(&url)).await.unwrap_err();
        check(&error, Reason::Unauthorized, words);
    }
}

#[tokio::test]
async fn an_index_that_is_none_is_refused() {
    let server = Server::new(|_| {
        HashMap::from([
            ("/a/index.yaml".into(), ok("<html>")),
            ("/b/index.yaml".into(), ok("entries: {}")),
            ("/c/index.yaml".into(), ok("apiVersion: [v1")),
            ("/d/index.yaml".into(), ok(b"\xff\xfe".to_vec())),
        ])
    });
    for (path, words) in [
        ("a", "index.yaml: no API version specified"),
        ("b", "index.yaml: no API version specified"),
        ("c", "index.yaml: line 1"),
        ("d", "index.yaml: not valid UTF-8"),
    ] {
        let url = format!("{}/{path}", server.url);
        let error = load(&Charts::default(), &web(&url)).await.unwrap_err();
        check(&error, Reason::Invalid, words);
    }
}

const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// A registry with one chart: its manifest names this layer, and this is its content.
fn registry_of(media_type: &str, digest: &str, content: Vec<u8>) -> Answers {
    let layer = serde_json::json!({"mediaType": media_type, "digest": digest});
    let manifest = serde_json::json!({"layers": [layer]}).to_string();
    HashMap::from([
        ("/v2/team/web/manifests/1.0.0".into(), ok(manifest)),
        (format!("/v2/team/web/blobs/{digest}"), ok(content)),
    ])
}

#[tokio::test]
async fn a_registry_s_answer_must_be_the_chart_that_it_promised() {
    let (chart, other) = (packed("1.0.0"), packed("9.9.9"));
    let digest = format!("sha256:{}", digest(&chart));
    let image = "application/vnd.oci.image.layer.v1.tar+gzip";
    for (answers, words) in [
        (
            registry_of(image, &digest, chart.clone()),
            "web:1.0.0 is no Helm chart",
        ),
        (
            registry_of(CHART, &digest, other),
            "web:1.0.0: the content has the digest",
        ),
        (
            registry_of(CHART, "sha256:../../secret", chart.clone()),
            "is no SHA-256 digest",
        ),
        (registry_of(CHART, "md5:00", chart), "is no SHA-256 digest"),
    ] {
        let server = Server::new(|_| answers);
        let url = server.url.replace("http://", "oci://") + "/team";
        let error = load(&with_secret(), &web(&url)).await.unwrap_err();
        check(&error, Reason::Invalid, words);
    }
}

#[tokio::test]
async fn an_index_may_point_to_a_registry() {
    let chart = packed("1.0.0");
    let digest = format!("sha256:{}", digest(&chart));
    let registry = Server::new(|_| registry_of(CHART, &digest, chart));
    let target = registry.url.replace("http://", "oci://") + "/team/web";
    for target in [format!("{target}:1.0.0"), target] {
        let server = Server::new(|_| HashMap::from([("/index.yaml".into(), index(&target))]));
        let chart = load(&with_secret(), &web(&server.url)).await.unwrap();
        assert_eq!(chart.metadata.version, "1.0.0", "{target}");
    }
}
