//! What happens to the objects of a kind.

use std::time::Duration;

use futures::StreamExt;
use gitops_core::Object;
use gitops_core::apply::{Error, WatchEvent, WatchStream};
use gitops_core::discovery::Resource;
use tokio::time::{sleep, timeout};

use super::failure::Failure;
use super::path;
use super::request::{Request, Server};

/// How long the server keeps a watch open. Less than five minutes, after which
/// many proxies cut connections.
const OPEN: Duration = Duration::from_secs(290);

/// When we stop waiting for the server to close it: its machine may be gone
/// without a word.
const OVERDUE: Duration = Duration::from_secs(310);

/// Opens a watch. The stream ends when the server closes it, which it does every
/// few minutes.
pub(super) async fn since(
    server: &Server,
    resource: &Resource,
    namespace: Option<&str>,
    version: &str,
) -> Result<WatchStream, Error> {
    let request = Request::get(path::collection(resource, namespace)?)
        .query("watch", "true")
        .query("allowWatchBookmarks", "true")
        .query("resourceVersion", version)
        .query("timeoutSeconds", &OPEN.as_secs().to_string());
    let opening = server.client.request_events::<Object>(request.to_http()?);
    let events = match timeout(server.options.request_timeout, opening).await {
        Ok(opened) => opened.map_err(Failure::of_transport)?,
        Err(_elapsed) => return Err(server.too_late().into()),
    };
    let events = events.map(|event| match event {
        Ok(event) => read(event),
        Err(error) => Err(Failure::of_transport(error).into()),
    });
    Ok(events.take_until(sleep(OVERDUE)).boxed())
}

fn read(event: ::kube::core::WatchEvent<Object>) -> Result<WatchEvent, Error> {
    use ::kube::core::WatchEvent as Raw;
    Ok(match event {
        Raw::Added(object) => WatchEvent::Added(object),
        Raw::Modified(object) => WatchEvent::Modified(object),
        Raw::Deleted(object) => WatchEvent::Deleted(object),
        Raw::Bookmark(bookmark) => WatchEvent::Bookmark(bookmark.metadata.resource_version),
        Raw::Error(status) => return Err(Failure::of_status(&status).into()),
    })
}
