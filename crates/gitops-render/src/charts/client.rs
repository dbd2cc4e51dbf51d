//! Requests with bounds and credentials.

use std::io::Read;
use std::sync::Arc;

use gitops_core::source::Reason;
use reqwest::StatusCode;
use reqwest::Url;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{
    ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};

use super::Options;
use super::index::Indices;
use crate::credentials::Credential;
use crate::tls::Trust;

/// Why an answer is not there.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(Reason::RevisionNotFound, message)
    }
}

pub(super) struct Client {
    pub(super) options: Options,
    pub(super) indices: Arc<Indices>,
    inner: reqwest::blocking::Client,
}

impl Client {
    /// A client for the repository at `url`.
    pub(super) fn new(options: Options, indices: Arc<Indices>, url: &str) -> Result<Self, Failure> {
        crate::tls::install_provider();
        let trust = Trust::new(&options.credentials.tls(url))
            .map_err(|error| Failure::new(Reason::Unauthorized, error))?;
        let inner = trust
            .apply(reqwest::blocking::Client::builder())
            .timeout(options.timeout)
            .user_agent(concat!("gitops/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| unreachable(&error))?;
        Ok(Self {
            options,
            indices,
            inner,
        })
    }

    pub(super) fn credential(&self, url: &str) -> Result<Option<Credential>, Failure> {
        self.options
            .credentials
            .find(url)
            .map_err(|error| Failure::new(Reason::Unauthorized, format!("no credentials: {error}")))
    }

    pub(super) fn get(&self, url: Url) -> RequestBuilder {
        self.inner.get(url)
    }

    /// At most `limit` bytes of what lies at `url`.
    pub(super) fn fetch(
        &self,
        url: Url,
        credential: Option<&Credential>,
        limit: u64,
    ) -> Result<Vec<u8>, Failure> {
        let shown = url.path().to_owned();
        let response = send(with(self.get(url), credential))?;
        let response = accepted(response, &shown)?;
        body(response, limit)
    }

    /// As [`Client::fetch`], with the state of what is sent; `None` where nothing
    /// changed since the state that is given.
    pub(super) fn fetch_since(
        &self,
        url: Url,
        credential: Option<&Credential>,
        limit: u64,
        known: Option<&State>,
    ) -> Result<Option<(Vec<u8>, State)>, Failure> {
        let shown = url.path().to_owned();
        let mut request = with(self.get(url), credential);
        if let Some(known) = known {
            request = request.headers(known.conditions());
        }
        let response = send(request)?;
        if known.is_some() && response.status() == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let response = accepted(response, &shown)?;
        let state = State::of(&response);
        Ok(Some((body(response, limit)?, state)))
    }
}

/// What a server says about which state of a file it sent.
#[derive(Default)]
pub(super) struct State {
    tag: Option<HeaderValue>,
    modified: Option<HeaderValue>,
}

impl State {
    fn of(response: &Response) -> Self {
        let header = |name| response.headers().get(name).cloned();
        Self {
            tag: header(ETAG),
            modified: header(LAST_MODIFIED),
        }
    }

    /// Whether a later state can be told from this one.
    pub(super) fn is_known(&self) -> bool {
        self.tag.is_some() || self.modified.is_some()
    }

    /// The headers that ask for a later state only.
    fn conditions(&self) -> HeaderMap {
        let tag = self.tag.iter().map(|tag| (IF_NONE_MATCH, tag.clone()));
        let modified = self.modified.iter();
        let modified = modified.map(|time| (IF_MODIFIED_SINCE, time.clone()));
        tag.chain(modified).collect()
    }
}

pub(super) fn with(request: RequestBuilder, credential: Option<&Credential>) -> RequestBuilder {
    match credential {
        Some(Credential::Basic { username, password }) => {
            request.basic_auth(username, Some(password.expose()))
        }
        Some(Credential::Bearer(token)) => request.bearer_auth(token.expose()),
        Some(Credential::Ssh(_)) | None => request,
    }
}

pub(super) fn send(request: RequestBuilder) -> Result<Response, Failure> {
    request.send().map_err(|error| unreachable(&error))
}

/// The response if its status is one of success.
pub(super) fn accepted(response: Response, what: &str) -> Result<Response, Failure> {
    let status = response.status();
    let reason = match status {
        status if status.is_success() => return Ok(response),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Reason::Unauthorized,
        StatusCode::NOT_FOUND => Reason::RevisionNotFound,
        _ => Reason::Unreachable,
    };
    Err(Failure::new(reason, format!("{what}: {status}")))
}

pub(super) fn body(response: Response, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    response
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(Reason::Unreachable, format!("broken off: {error}")))?;
    if bytes.len() as u64 > limit {
        let message = format!("the answer is larger than the {limit} bytes allowed");
        return Err(Failure::new(Reason::Invalid, message));
    }
    Ok(bytes)
}

/// What a request says without the URL, which may hold a token.
fn unreachable(error: &reqwest::Error) -> Failure {
    let reason = if error.is_timeout() {
        Reason::Timeout
    } else {
        Reason::Unreachable
    };
    let mut message = String::from(if error.is_timeout() {
        "no answer in time"
    } else {
        "cannot be reached"
    });
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    Failure::new(reason, message)
}
