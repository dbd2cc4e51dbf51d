//! What happens to the objects of a kind.

use std::io;
use std::time::Duration;

use ::kube::core::{Status, WatchEvent as Raw};
use futures::{StreamExt, TryStreamExt, future};
use gitops_core::Object;
use gitops_core::apply::{Error, Reason, WatchEvent, WatchStream};
use gitops_core::discovery::Resource;
use http_body_util::BodyExt;
use tokio::time::{sleep, timeout};
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

use super::failure::Failure;
use super::path;
use super::request::{Request, Server};

/// How long the server keeps a watch open. Less than five minutes, after which
/// many proxies cut connections.
const OPEN: Duration = Duration::from_secs(290);

/// When we stop waiting for the server to close it: its machine may be gone
/// without a word.
const OVERDUE: Duration = Duration::from_secs(310);

/// What hyper says of an answer that is cut off, which is how many proxies end a watch.
const CUT_OFF: &str = "unexpected EOF during chunk size line";

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
    let (_head, body) = match timeout(server.options.request_timeout, server.open(&request)).await {
        Ok(opened) => opened?,
        Err(_elapsed) => return Err(server.too_late().into()),
    };
    let longest = server.options.longest_answer;
    let bytes = StreamReader::new(body.into_data_stream().map_err(io::Error::other));
    let lines = FramedRead::new(bytes, LinesCodec::new_with_max_length(longest));
    let kind = resource.kind.clone();
    let events = lines.filter_map(move |line| {
        future::ready(match line {
            Ok(line) => read(&line),
            Err(LinesCodecError::Io(error)) => interruption(error).map(Err),
            Err(LinesCodecError::MaxLineLengthExceeded) => {
                let message = format!("an event of {kind} is longer than {longest} bytes");
                Some(Err(Error::new(Reason::TooLarge, message)))
            }
        })
    });
    Ok(events.take_until(sleep(OVERDUE)).boxed())
}

/// The event of a line; `None` where the line was cut off.
fn read(line: &str) -> Option<Result<WatchEvent, Error>> {
    let event = match serde_json::from_str::<Raw<Object>>(line) {
        Ok(event) => event,
        Err(error) if error.is_eof() => return None,
        Err(error) => {
            let failure = match serde_json::from_str::<Status>(line) {
                Ok(status) => Failure::of_status(&status),
                Err(_) => Failure::of_content(error),
            };
            return Some(Err(failure.into()));
        }
    };
    Some(Ok(match event {
        Raw::Added(object) => WatchEvent::Added(object),
        Raw::Modified(object) => WatchEvent::Modified(object),
        Raw::Deleted(object) => WatchEvent::Deleted(object),
        Raw::Bookmark(bookmark) => WatchEvent::Bookmark(bookmark.metadata.resource_version),
        Raw::Error(status) => return Some(Err(Failure::of_status(&status).into())),
    }))
}

/// Why a watch was interrupted; `None` where that is how it ends.
fn interruption(error: io::Error) -> Option<Error> {
    if error.to_string().contains(CUT_OFF) {
        return None;
    }
    Some(Failure::of_transport(::kube::Error::ReadEvents(error)).into())
}
