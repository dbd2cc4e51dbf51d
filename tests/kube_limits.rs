//! What a cluster does with an API server that is busy, slow, wrong or hostile.

pub(crate) mod server;

use std::time::{Duration, Instant};

use futures::{StreamExt, future};
use gitops_core::apply::{
    Applier, ApplyOptions, DeleteOptions, Outcome, Reason, Strategy, WatchEvent,
};
use gitops_core::{GroupVersionKind, Object, ObjectRef};
use gitops_sync::kube::Options;
use serde_json::{Value, json};

use self::server::{Answer, Asked, Server};

const PATH: &str = "/api/v1/namespaces/shop/configmaps/a";

fn config_map() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "shop", "resourceVersion": "1", "uid": "u"},
    })
}

fn reference() -> ObjectRef {
    Object::new(config_map()).unwrap().reference()
}

fn kind() -> GroupVersionKind {
    reference().kind
}

fn impatient() -> Options {
    Options::default()
        .patience(Duration::from_millis(400))
        .request_timeout(Duration::from_millis(300))
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::start(|asked| match (asked.path(), asked.count) {
        (PATH, 0) => Answer::text(429, "busy").header("Retry-After", "1"),
        (PATH, _) => Answer::json(200, config_map()),
        _ => server::discovery(asked),
    })
    .await;
    let started = Instant::now();
    let live = server.cluster().get(&reference()).await.unwrap();
    assert_eq!(live.unwrap().name(), "a");
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.count("GET", PATH), 2);
}

#[tokio::test]
async fn patience_with_a_busy_server_ends() {
    let server = Server::start(|asked| match asked.path() {
        PATH => Answer::text(503, "").header("Retry-After", "3600"),
        _ => server::discovery(asked),
    })
    .await;
    let cluster = server.cluster().limited(impatient());
    let started = Instant::now();
    let error = cluster.get(&reference()).await.unwrap_err();
    assert_eq!(error.reason, Reason::Unavailable);
    assert_eq!(error.retry_after, Some(Duration::from_hours(1)));
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(server.count("GET", PATH), 1);
}

#[tokio::test]
async fn what_may_have_been_done_is_not_done_again() {
    let collection = "/api/v1/namespaces/shop/configmaps";
    let server = Server::start(move |asked| match (asked.method(), asked.path()) {
        ("POST" | "DELETE", _) => Answer::text(504, "upstream is gone"),
        ("GET", PATH) if asked.count == 0 => Answer::text(504, "upstream is gone"),
        ("GET", PATH) => Answer::json(200, config_map()),
        _ => server::discovery(asked),
    })
    .await;
    let cluster = server.cluster();
    let create = ApplyOptions::default().strategy(Strategy::Create);
    let object = Object::new(config_map()).unwrap();
    let error = cluster.apply(&object, &create).await.unwrap_err();
    assert_eq!(error.reason, Reason::Timeout);
    assert_eq!(server.count("POST", collection), 1);
    let deleted = cluster
        .delete(&reference(), &DeleteOptions::default())
        .await;
    assert_eq!(deleted.unwrap_err().reason, Reason::Timeout);
    assert_eq!(server.count("DELETE", PATH), 1);
    cluster.get(&reference()).await.unwrap();
    assert_eq!(server.count("GET", PATH), 2);
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_given_up() {
    let server = Server::start(|asked| match asked.path() {
        PATH => Answer::json(200, config_map()).after(Duration::from_secs(60)),
        _ => server::discovery(asked),
    })
    .await;
    let cluster = server.cluster().limited(impatient());
    let started = Instant::now();
    let error = cluster.get(&reference()).await.unwrap_err();
    assert_eq!(error.reason, Reason::Timeout);
    assert!(error.to_string().contains("300ms"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_not_read() {
    let server = Server::start(|asked| match asked.path() {
        PATH => Answer::text(200, &"x".repeat(100_000)),
        _ => server::discovery(asked),
    })
    .await;
    let options = Options::default().longest_answer(50_000);
    let cluster = server.cluster().limited(options);
    let error = cluster.get(&reference()).await.unwrap_err();
    assert_eq!(error.reason, Reason::TooLarge);
    let message = format!("the answer to GET {PATH} is longer than 50000 bytes");
    assert_eq!(error.to_string(), message);
    assert_eq!(server.count("GET", PATH), 1);
}

#[tokio::test]
async fn nonsense_is_an_error_that_does_not_quote_it() {
    for (status, body) in [
        (200, "{\"data\": \"hunter2"),
        (200, "[\"hunter2\"]"),
        (200, "{\"metadata\": {\"name\": \"hunter2\"}}"),
        (200, ""),
        (204, ""),
        (304, ""),
        (301, ""),
    ] {
        let server = Server::start(move |asked| match asked.path() {
            PATH => Answer::text(status, body),
            _ => server::discovery(asked),
        })
        .await;
        let error = server.cluster().get(&reference()).await.unwrap_err();
        assert_eq!(error.reason, Reason::Other, "{status} {body}: {error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn deep_nonsense_does_not_break_the_stack() {
    let server = Server::start(|asked| match asked.path() {
        PATH => Answer::text(200, &"{\"a\":".repeat(100_000)),
        _ => server::discovery(asked),
    })
    .await;
    let error = server.cluster().get(&reference()).await.unwrap_err();
    assert_eq!(error.reason, Reason::Other);
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_under_way() {
    let server = Server::start(|asked| match asked.path() {
        PATH => Answer::json(200, config_map()).after(Duration::from_millis(50)),
        _ => server::discovery(asked),
    })
    .await;
    let cluster = server.cluster().limited(Options::default().concurrency(3));
    let reference = reference();
    let gets = future::join_all((0..12).map(|_| cluster.get(&reference))).await;
    assert!(gets.iter().all(Result::is_ok));
    assert_eq!(server.count("GET", PATH), 12);
    assert!(server.most_at_once() <= 3, "{}", server.most_at_once());
}

#[tokio::test]
async fn a_list_whose_moment_is_forgotten_is_read_in_one_go() {
    let server = Server::start(|asked| match asked.path() {
        "/api/v1/configmaps" if asked.target.contains("continue=") => Answer::text(410, ""),
        "/api/v1/configmaps" => {
            let more = if asked.target.contains("limit=") {
                "more"
            } else {
                ""
            };
            let page = json!({
                "metadata": {"resourceVersion": "7", "continue": more},
                "items": [{"metadata": {"name": "a"}}],
            });
            Answer::json(200, page)
        }
        _ => server::discovery(asked),
    })
    .await;
    let list = server.cluster().list(&kind(), None).await.unwrap();
    assert_eq!(list.resource_version, "7");
    assert_eq!(list.objects.len(), 1);
    assert_eq!(list.objects[0].kind(), "ConfigMap");
}

#[tokio::test]
async fn a_list_without_end_is_refused_and_an_empty_one_is_none() {
    let page = |more: &'static str| {
        move |asked: &Asked| match asked.path() {
            "/api/v1/configmaps" => Answer::json(
                200,
                json!({
                    "metadata": {"resourceVersion": "7", "continue": more}, "items": null,
                }),
            ),
            _ => server::discovery(asked),
        }
    };
    let server = Server::start(page("again")).await;
    let error = server.cluster().list(&kind(), None).await.unwrap_err();
    assert_eq!(error.reason, Reason::Other);
    let server = Server::start(page("")).await;
    assert!(
        server
            .cluster()
            .list(&kind(), None)
            .await
            .unwrap()
            .objects
            .is_empty()
    );
}

#[tokio::test]
async fn an_event_that_is_too_long_is_not_read() {
    let event = |name: &str, data: &str| {
        let mut object = config_map();
        object["metadata"]["name"] = name.into();
        object["data"] = json!({"a": data});
        json!({"type": "ADDED", "object": object}).to_string()
    };
    let lines = [event("a", "short"), event("b", &"x".repeat(100_000))];
    let server = Server::start(move |asked| match asked.path() {
        "/api/v1/configmaps" => Answer::text(200, &(lines.join("\n") + "\n")),
        _ => server::discovery(asked),
    })
    .await;
    let options = Options::default().longest_answer(50_000);
    let cluster = server.cluster().limited(options);
    let mut watch = cluster.watch(&kind(), None, "1").await.unwrap();
    assert!(matches!(watch.next().await, Some(Ok(WatchEvent::Added(_)))));
    let error = watch.next().await.unwrap().unwrap_err();
    assert_eq!(error.reason, Reason::TooLarge);
    let message = "an event of v1/ConfigMap is longer than 50000 bytes";
    assert_eq!(error.to_string(), message);
}

#[tokio::test]
async fn a_watch_that_is_refused_says_why() {
    let server = Server::start(|asked| match asked.path() {
        "/api/v1/configmaps" => Answer::text(503, "no server is there for it"),
        _ => server::discovery(asked),
    })
    .await;
    let refused = server.cluster().watch(&kind(), None, "1").await;
    let error = refused.err().expect("it is refused");
    assert_eq!(error.reason, Reason::Unavailable);
}

#[tokio::test]
async fn a_list_that_is_too_long_is_not_read_to_its_end() {
    let server = Server::start(|asked| match asked.path() {
        "/api/v1/configmaps" => {
            let mut item = config_map();
            item["data"] = json!({"a": "x".repeat(40_000)});
            let next = json!({"resourceVersion": "1", "continue": format!("page-{}", asked.count)});
            Answer::json(200, json!({"metadata": next, "items": [item]}))
        }
        _ => server::discovery(asked),
    })
    .await;
    let options = Options::default().longest_list(100_000);
    let listed = server.cluster().limited(options).list(&kind(), None).await;
    let error = listed.unwrap_err();
    assert_eq!(error.reason, Reason::TooLarge);
    let message = "the list of v1/ConfigMap is longer than 100000 bytes";
    assert_eq!(error.to_string(), message);
    assert_eq!(server.count("GET", "/api/v1/configmaps"), 3);
}

#[tokio::test]
async fn a_watch_tells_changes_and_its_end() {
    let events = [
        json!({"type": "ADDED", "object": config_map()}),
        json!({"type": "BOOKMARK", "object": {
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"resourceVersion": "9"}}}),
        json!({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired",
            "message": "too old resource version"}}),
        json!({"type": "ADDED", "object": {"metadata": {}}}),
    ];
    let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
    let server = Server::start(move |asked| match asked.path() {
        "/api/v1/configmaps" => Answer::text(200, &lines),
        _ => server::discovery(asked),
    })
    .await;
    let watch = server.cluster().watch(&kind(), None, "1").await.unwrap();
    let seen: Vec<String> = watch
        .map(|event| match event {
            Ok(event) => format!("{event:?}"),
            Err(error) => format!("{:?}", error.reason),
        })
        .collect()
        .await;
    let expected = [
        "Added(Object(ConfigMap shop/a))",
        "Bookmark(\"9\")",
        "Expired",
        "Other",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_is_known_of_the_kinds_is_asked_for_once() {
    let server = Server::start(|asked| match asked.path() {
        PATH => Answer::json(200, config_map()),
        _ => server::discovery(asked),
    })
    .await;
    let cluster = server.cluster();
    let reference = reference();
    let gets = future::join_all((0..8).map(|_| cluster.get(&reference))).await;
    assert!(gets.iter().all(Result::is_ok));
    assert_eq!(server.count("GET", "/api"), 1);

    let eager = server
        .cluster()
        .limited(Options::default().discovery_age(Duration::ZERO));
    eager.discover().await.unwrap();
    let again = eager.discover().await.unwrap();
    assert_eq!(server.count("GET", "/api"), 3);
    assert!(again.get(&kind()).is_some());
    // The third answer was "as before", without content.
    assert_eq!(server.statuses("/api"), [200, 200, 304]);
}

#[tokio::test]
async fn a_kind_asked_for_in_vain_does_not_flood_the_server() {
    let server = Server::start(server::discovery).await;
    let cluster = server.cluster();
    for _ in 0..20 {
        let kind = GroupVersionKind::new("example.com", "v1", "Widget");
        let error = cluster.list(&kind, None).await.unwrap_err();
        assert_eq!(error.reason, Reason::UnknownKind);
    }
    assert!(server.count("GET", "/api") <= 2);
}

#[tokio::test]
async fn a_patch_a_server_cannot_merge_by_key_is_sent_as_a_plain_merge() {
    let server = Server::start(|asked| match (asked.method(), asked.path()) {
        ("GET", PATH) => Answer::json(200, config_map()),
        ("PATCH", PATH) if asked.head.contains("strategic-merge-patch") => {
            Answer::text(415, "unsupported media type")
        }
        ("PATCH", PATH) => Answer::json(200, config_map()),
        _ => server::discovery(asked),
    })
    .await;
    let mut object = Object::new(config_map()).unwrap();
    object
        .update(|value| value["data"] = json!({"a": "1"}))
        .unwrap();
    let applied = server
        .cluster()
        .apply(&object, &ApplyOptions::default())
        .await;
    applied.unwrap();
    assert_eq!(server.statuses(PATH), [200, 415, 200]);
    let sent: Value = serde_json::from_str(&server.last_body()).unwrap();
    assert_eq!(sent["data"], json!({"a": "1"}));
    assert_eq!(sent["metadata"].get("resourceVersion"), None);
}

#[tokio::test]
async fn an_object_that_goes_while_it_is_changed_is_created() {
    let collection = "/api/v1/namespaces/shop/configmaps";
    for strategy in [Strategy::ClientSide, Strategy::Replace] {
        let server = Server::start(move |asked| match (asked.method(), asked.path()) {
            ("GET", PATH) if asked.count == 0 => Answer::json(200, config_map()),
            ("GET" | "PATCH" | "PUT", PATH) => Answer::json(
                404,
                json!({"kind": "Status", "reason": "NotFound", "message": "configmaps \"a\" not found"}),
            ),
            ("POST", path) if path == collection => Answer::json(201, config_map()),
            _ => server::discovery(asked),
        })
        .await;
        let mut object = Object::new(config_map()).unwrap();
        object
            .update(|value| value["data"] = json!({"a": "1"}))
            .unwrap();
        let options = ApplyOptions::default().strategy(strategy);
        let applied = server.cluster().apply(&object, &options).await.unwrap();
        assert_eq!(applied.outcome, Outcome::Created, "{strategy:?}");
    }
}
