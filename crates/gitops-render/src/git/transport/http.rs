//! `http://` and `https://`: gix's client with our bounds and credentials.

use std::any::Any;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gitops_core::source::Reason;
use gix::protocol::transport::Protocol;
use gix::protocol::transport::client::blocking_io::http::{
    self, GetResponse, Http, PostBodyDataKind, PostResponse, Transport, reqwest,
};

use super::super::Options;
use super::super::error::Error;
use super::super::limits::{BoundedBuffer, Limits};
use crate::credentials::Credential;
use crate::tls::Trust;

pub(super) fn connect(
    url: &str,
    user: Option<&str>,
    options: &Options,
    limits: &Arc<Limits>,
) -> Result<super::Connection, Error> {
    crate::tls::install_provider();
    let parsed = gix::url::parse(url)
        .map_err(|error| Error::gix(Reason::Unsupported, "not a URL", &error))?;
    let client = Client {
        inner: configured(options.trust(url)?, limits),
        authorization: authorization(options.credential(url)?, user),
        authority: authority(url).to_owned(),
        limits: Arc::clone(limits),
    };
    Ok(Box::new(Transport::new_http(
        client,
        parsed,
        Protocol::V2,
        false,
    )))
}

/// gix's client; none of its requests waits longer than there is time.
fn configured(trust: Trust, limits: &Limits) -> reqwest::Remote {
    let timeout = limits.remaining();
    let backend = reqwest::Options {
        configure_client: Some(Box::new(move |builder| {
            let builder = trust.apply(builder);
            Ok(builder.timeout(timeout).connect_timeout(timeout))
        })),
        configure_request: None,
    };
    let options = http::Options {
        backend: Some(Arc::new(Mutex::new(backend))),
        ..http::Options::default()
    };
    let mut remote = reqwest::Remote::default();
    // The one thing it refuses are options of another client.
    remote.configure(&options).ok();
    remote
}

fn authorization(credential: Option<Credential>, user: Option<&str>) -> Option<String> {
    match credential? {
        Credential::Basic { username, password } => {
            let username = if username.is_empty() {
                user.unwrap_or_default()
            } else {
                &username
            };
            let pair = STANDARD.encode(format!("{username}:{}", password.expose()));
            Some(format!("Authorization: Basic {pair}"))
        }
        Credential::Bearer(token) => Some(format!("Authorization: Bearer {}", token.expose())),
        Credential::Ssh(_) => None,
    }
}

/// Scheme, host and port: who gets to see the credentials.
fn authority(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    &url[..end]
}

/// Adds bounds, and the credentials for the host they are meant for.
///
/// gix sends credentials only after a refusal and never over plain HTTP. Here
/// the embedder decided for this very URL, so they go with the first request;
/// after a redirect to another host they stay at home.
struct Client {
    inner: reqwest::Remote,
    authorization: Option<String>,
    authority: String,
    limits: Arc<Limits>,
}

impl Client {
    fn headers(
        &self,
        url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Vec<String> {
        let ours = self
            .authorization
            .iter()
            .filter(|_| authority(url) == self.authority)
            .cloned();
        headers
            .into_iter()
            .map(|header| header.as_ref().to_owned())
            .chain(ours)
            .collect()
    }
}

impl Http for Client {
    type Headers = BoundedBuffer<<reqwest::Remote as Http>::Headers>;
    type ResponseBody = BoundedBuffer<<reqwest::Remote as Http>::ResponseBody>;
    type PostBody = <reqwest::Remote as Http>::PostBody;

    fn get(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Self::Headers, Self::ResponseBody>> {
        let headers = self.headers(url, headers);
        let response = self.inner.get(url, base_url, headers)?;
        Ok(GetResponse {
            headers: BoundedBuffer::new(response.headers, &self.limits),
            body: BoundedBuffer::new(response.body, &self.limits),
        })
    }

    fn post(
        &mut self,
        url: &str,
        base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        kind: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Self::Headers, Self::ResponseBody, Self::PostBody>> {
        let headers = self.headers(url, headers);
        let response = self.inner.post(url, base_url, headers, kind)?;
        Ok(PostResponse {
            post_body: response.post_body,
            headers: BoundedBuffer::new(response.headers, &self.limits),
            body: BoundedBuffer::new(response.body, &self.limits),
        })
    }

    /// Keeps what [`configured`] set: gix would bring options of its own here.
    fn configure(&mut self, _config: &dyn Any) -> gix::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.inner.redirected_base_url()
    }
}
