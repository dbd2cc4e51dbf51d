//! OCI registries.

use gitops_core::source::Reason;
use reqwest::blocking::Response;
use reqwest::header::{ACCEPT, LINK, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::client::{Client, Failure, accepted, body, send, with};
use super::index::check_digest;
use crate::credentials::Credential;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// Most bytes of a manifest, a token or one page of tags.
const MAX_ANSWER: u64 = 4 << 20;

/// Most pages of tags.
const MAX_PAGES: usize = 100;

/// The versions of a chart: its tags, with `+` for `_`.
pub(super) fn versions(client: &Client, path: &str, name: &str) -> Result<Vec<String>, Failure> {
    let registry = Registry::new(client, path, name)?;
    let mut versions = Vec::new();
    let mut next = Some(registry.url("tags/list")?);
    for _ in 0..MAX_PAGES {
        let Some(url) = next else { break };
        let response = registry.get(&url, "application/json")?;
        next = next_page(&response, &url);
        let page = json(&body(response, MAX_ANSWER)?)?;
        let tags = page
            .get("tags")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        versions.extend(
            tags.filter_map(Value::as_str)
                .map(|tag| tag.replace('_', "+")),
        );
    }
    Ok(versions)
}

/// The packed chart.
pub(super) fn archive(
    client: &Client,
    path: &str,
    name: &str,
    version: &str,
) -> Result<Vec<u8>, Failure> {
    let registry = Registry::new(client, path, name)?;
    let tag = version.replace('+', "_");
    let manifest = registry.url(&format!("manifests/{tag}"))?;
    let manifest = json(&body(registry.get(&manifest, MANIFEST)?, MAX_ANSWER)?)?;
    let text = |value: &Value, field: &str| {
        value
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let layers = manifest
        .get("layers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut charts = layers.filter(|layer| text(layer, "mediaType") == CHART);
    let layer = charts
        .next()
        .ok_or_else(|| Failure::new(Reason::Invalid, format!("{name}:{tag} is no Helm chart")))?;
    let digest = text(layer, "digest");
    let hash = digest
        .strip_prefix("sha256:")
        .filter(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let hash = hash.ok_or_else(|| {
        Failure::new(
            Reason::Invalid,
            format!("{name}:{tag}: {digest:?} is no SHA-256 digest"),
        )
    })?;
    let blob = registry.url(&format!("blobs/{digest}"))?;
    let bytes = body(registry.get(&blob, "*/*")?, client.options.max_chart_size)?;
    check_digest(&bytes, hash, &format!("{name}:{tag}"))?;
    Ok(bytes)
}

/// The packed chart at `host/path/name:tag`; without a tag, that of `version`.
pub(super) fn referred(
    client: &Client,
    reference: &str,
    version: &str,
) -> Result<Vec<u8>, Failure> {
    let Some((path, last)) = reference.rsplit_once('/') else {
        let message = format!("oci://{reference} names no chart");
        return Err(Failure::new(Reason::Invalid, message));
    };
    let (name, tag) = last.split_once(':').unwrap_or((last, version));
    archive(client, path, name, tag)
}

/// A repository of a registry.
struct Registry<'a> {
    client: &'a Client,
    base: Url,
    credential: Option<Credential>,
}

impl<'a> Registry<'a> {
    fn new(client: &'a Client, path: &str, name: &str) -> Result<Self, Failure> {
        let scheme = if client.options.plain_http {
            "http"
        } else {
            "https"
        };
        let (host, inner) = path.split_once('/').unwrap_or((path, ""));
        let folder = if inner.is_empty() {
            name.to_owned()
        } else {
            format!("{inner}/{name}")
        };
        let base = Url::parse(&format!("{scheme}://{host}/v2/{folder}/")).map_err(|error| {
            Failure::new(Reason::Unsupported, format!("not a registry: {error}"))
        })?;
        let credential = client.credential(&format!("oci://{path}"))?;
        Ok(Self {
            client,
            base,
            credential,
        })
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        // A tag or digest may hold a colon, which would make it a scheme.
        self.base
            .join(&format!("./{path}"))
            .map_err(|error| Failure::new(Reason::Invalid, format!("{path}: {error}")))
    }

    /// Asks once as it is, and once more with the token the registry points to.
    fn get(&self, url: &Url, accept: &str) -> Result<Response, Failure> {
        let what = url.path().to_owned();
        let request = || self.client.get(url.clone()).header(ACCEPT, accept);
        let response = send(with(request(), self.credential.as_ref()))?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return accepted(response, &what);
        }
        match self.token(&response)? {
            Some(token) => accepted(send(request().bearer_auth(token))?, &what),
            None => accepted(response, &what),
        }
    }

    fn token(&self, response: &Response) -> Result<Option<String>, Failure> {
        let challenge = response.headers().get(WWW_AUTHENTICATE);
        let challenge = challenge
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let Some(parameters) = challenge.strip_prefix("Bearer ") else {
            return Ok(None);
        };
        let parameter = |name: &str| parameter(parameters, name);
        let Some(mut realm) = parameter("realm").and_then(|realm| Url::parse(&realm).ok()) else {
            return Ok(None);
        };
        // Never send credentials in the clear to where a registry points.
        let is_safe = realm.scheme() == "https" || self.client.options.plain_http;
        let credential = self.credential.as_ref().filter(|_| is_safe);
        for name in ["service", "scope"] {
            if let Some(value) = parameter(name) {
                realm.query_pairs_mut().append_pair(name, &value);
            }
        }
        let answer = json(&self.client.fetch(realm, credential, MAX_ANSWER)?)?;
        let token = answer.get("token").or_else(|| answer.get("access_token"));
        Ok(token.and_then(Value::as_str).map(str::to_owned))
    }
}

/// A quoted parameter of a challenge such as `realm="…",service="…"`.
fn parameter(text: &str, name: &str) -> Option<String> {
    let start = text.find(&format!("{name}=\""))? + name.len() + 2;
    let (value, _) = text[start..].split_once('"')?;
    Some(value.to_owned())
}

/// Where the next page is, of the same registry.
fn next_page(response: &Response, url: &Url) -> Option<Url> {
    let link = response.headers().get(LINK)?.to_str().ok()?;
    let (target, rest) = link.strip_prefix('<')?.split_once('>')?;
    let next = url.join(target).ok()?;
    (rest.contains("rel=\"next\"") && next.origin() == url.origin()).then_some(next)
}

fn json(bytes: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::new(
            Reason::Invalid,
            format!("the registry's answer is no JSON: {error}"),
        )
    })
}
