//! One request to the API server, and when it is sent again.

use std::sync::Arc;
use std::time::Duration;

use ::http::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RETRY_AFTER};
use ::http::response::Parts;
use ::http::{HeaderMap, Method, StatusCode};
use ::kube::client::Body;
use gitops_core::apply::{Error, Reason};
use gitops_core::discovery::Resource;
use http_body_util::{BodyExt, Collected, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::failure::{Failure, Repeat};
use super::hidden::Hidden;
use super::{Options, path, warning};

/// The first pause before a request is sent again; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause the server did not ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A request, kept so that it can be sent again.
#[derive(Clone)]
pub(super) struct Request {
    method: Method,
    url: String,
    accept: &'static str,
    content_type: &'static str,
    known: Option<String>,
    body: Vec<u8>,
    /// Whether doing it twice is the same as doing it once.
    repeatable: bool,
    /// What messages must not show.
    pub(super) hidden: Hidden,
}

impl Request {
    fn new(method: Method, url: String) -> Self {
        Self {
            repeatable: method == Method::GET,
            method,
            url,
            accept: "application/json",
            content_type: "application/json",
            known: None,
            body: Vec::new(),
            hidden: Hidden::default(),
        }
    }

    /// Reads what is at `url`.
    pub(super) fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url.into())
    }

    /// Creates an object of the kind in a collection.
    pub(super) fn post(url: String, resource: &Resource, body: &Value) -> Self {
        Self::new(Method::POST, url).body(resource, body)
    }

    /// Puts an object in another's place.
    pub(super) fn put(url: String, resource: &Resource, body: &Value) -> Self {
        Self::new(Method::PUT, url).body(resource, body)
    }

    /// Changes an object of the kind in the way of `content_type`.
    pub(super) fn patch(
        url: String,
        resource: &Resource,
        content_type: &'static str,
        body: &Value,
    ) -> Self {
        let mut request = Self::new(Method::PATCH, url).body(resource, body);
        // The operations of a JSON patch can append, the other kinds say how it shall be.
        request.repeatable = !body.is_array();
        request.content_type = content_type;
        request
    }

    /// Deletes what is at `url`.
    pub(super) fn delete(url: String, options: &Value) -> Self {
        let mut request = Self::new(Method::DELETE, url);
        request.body = options.to_string().into_bytes();
        request
    }

    /// Adds `key=value` to the query.
    #[must_use]
    pub(super) fn query(mut self, key: &str, value: &str) -> Self {
        path::add_query(&mut self.url, key, value);
        self
    }

    /// Adds `key=value` to the query where there is a value.
    #[must_use]
    pub(super) fn query_some(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(key, value),
            None => self,
        }
    }

    /// Only says what would come of it.
    #[must_use]
    pub(super) fn dry_run(self, dry_run: bool) -> Self {
        self.query_some("dryRun", dry_run.then_some("All"))
    }

    /// Asks for another form than plain JSON.
    #[must_use]
    pub(super) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// Asks for nothing when the answer is still the one of this `ETag`.
    #[must_use]
    pub(super) fn unless(mut self, known: Option<String>) -> Self {
        self.known = known;
        self
    }

    /// The failure where the answer is longer than `longest`; another would be so too.
    fn too_large(&self, longest: usize) -> Failure {
        let Self { method, url, .. } = self;
        let message = format!("the answer to {method} {url} is longer than {longest} bytes");
        Failure::new(Error::new(Reason::TooLarge, message), Repeat::Never)
    }

    fn body(mut self, resource: &Resource, body: &Value) -> Self {
        self.hidden = Hidden::of(&resource.kind, body);
        self.body = body.to_string().into_bytes();
        self
    }

    /// The request as the client takes it.
    pub(super) fn to_http(&self) -> Result<::http::Request<Vec<u8>>, Error> {
        let mut builder = ::http::Request::builder()
            .method(&self.method)
            .uri(&self.url)
            .header(ACCEPT, self.accept);
        if !self.body.is_empty() {
            builder = builder.header(CONTENT_TYPE, self.content_type);
        }
        if let Some(known) = &self.known {
            builder = builder.header(IF_NONE_MATCH, known);
        }
        builder.body(self.body.clone()).map_err(|error| {
            Error::new(Reason::Invalid, format!("{} is no request", self.url)).caused_by(error)
        })
    }
}

/// What the server answered when it did what was asked.
pub(super) struct Reply<T> {
    /// Its content; `None` when the server says that it is known already.
    pub(super) content: Option<T>,
    /// How long it is.
    pub(super) bytes: usize,
    /// Whether an object is new.
    pub(super) created: bool,
    /// What the server wants a person to know.
    pub(super) warnings: Vec<String>,
    /// By which the content is known again.
    pub(super) etag: Option<String>,
}

impl<T> Reply<T> {
    /// The content, which the server owes to all who did not say that they know it.
    pub(super) fn content(self) -> Result<T, Error> {
        let empty = || Error::new(Reason::Other, "the server sent an empty answer");
        self.content.ok_or_else(empty)
    }
}

/// An API server, talked to within limits.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) client: ::kube::Client,
    pub(super) options: Arc<Options>,
    permits: Arc<Semaphore>,
}

impl Server {
    pub(super) fn new(client: ::kube::Client, options: Options) -> Self {
        let permits = options.concurrency.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            client,
            options: Arc::new(options),
            permits: Arc::new(Semaphore::new(permits)),
        }
    }

    pub(super) fn limited(&self, options: Options) -> Self {
        Self::new(self.client.clone(), options)
    }

    /// Sends a request and reads the answer, as often as patience allows.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<Reply<T>, Failure> {
        let give_up = Instant::now() + self.options.patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match self.attempt(request).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let wait = failure.error.retry_after.unwrap_or(pause);
            if !failure.allows(request.repeatable) || Instant::now() + wait > give_up {
                return Err(failure);
            }
            tracing::debug!(url = request.url, error = %failure.error, ?wait, "trying again");
            sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt<T: DeserializeOwned>(&self, request: &Request) -> Result<Reply<T>, Failure> {
        let permit = self.permits.acquire().await;
        let _permit = permit.expect("the semaphore is never closed");
        let exchange = self.exchange(request);
        match timeout(self.options.request_timeout, exchange).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Err(self.too_late()),
        }
    }

    /// The failure of a request that took too long.
    pub(super) fn too_late(&self) -> Failure {
        let limit = self.options.request_timeout;
        let message = format!("the API server did not answer within {limit:?}");
        Failure::new(Error::new(Reason::Timeout, message), Repeat::Harmless)
    }

    /// Sends a request and returns the answer with its body unread, unless it is a refusal.
    pub(super) async fn open(&self, request: &Request) -> Result<(Parts, Body), Failure> {
        let answer = self.client.send(request.to_http()?.map(Into::into)).await;
        let (head, body) = answer.map_err(Failure::of_transport)?.into_parts();
        if !head.status.is_client_error() && !head.status.is_server_error() {
            return Ok((head, body));
        }
        let body = self.read(body, request).await?;
        let retry_after = retry_after(&head.headers);
        let (status, hidden) = (head.status, &request.hidden);
        Err(Failure::of_answer(
            status,
            body.as_ref(),
            retry_after,
            hidden,
        ))
    }

    async fn exchange<T: DeserializeOwned>(&self, request: &Request) -> Result<Reply<T>, Failure> {
        let (head, body) = self.open(request).await?;
        let body = self.read(body, request).await?;
        let body = body.as_ref();
        let content = match head.status {
            StatusCode::NOT_MODIFIED => None,
            _ => Some(serde_json::from_slice(body).map_err(Failure::of_content)?),
        };
        let warnings = warning::texts(&head.headers);
        Ok(Reply {
            content,
            bytes: body.len(),
            created: head.status == StatusCode::CREATED,
            warnings: warnings
                .into_iter()
                .map(|text| request.hidden.scrub(text))
                .collect(),
            etag: text(&head.headers, &ETAG).map(str::to_owned),
        })
    }

    /// Reads an answer to its end, unless it is longer than allowed.
    async fn read(
        &self,
        body: Body,
        request: &Request,
    ) -> Result<impl AsRef<[u8]> + use<>, Failure> {
        let longest = self.options.longest_answer;
        let read = Limited::new(body, longest).collect().await;
        read.map(Collected::to_bytes)
            .map_err(|error| match error.downcast::<::kube::Error>() {
                Ok(error) => Failure::of_transport(*error),
                Err(_too_long) => request.too_large(longest),
            })
    }
}

/// How many seconds the server asks to wait; API servers send no dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = text(headers, &RETRY_AFTER)?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn text<'a>(headers: &'a HeaderMap, name: &::http::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
