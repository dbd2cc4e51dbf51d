//! Repositories with an `index.yaml`.

use crate::helm::functions::hexadecimal;
use gitops_core::source::Reason;
use gitops_core::yaml;
use reqwest::Url;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::client::{Client, Failure};
use crate::version::Version;

/// An index, read.
pub(super) struct Index(Value);

/// Reads the index of the repository at `url`.
pub(super) fn read(client: &Client, url: &str) -> Result<Index, Failure> {
    let invalid = |message: String| Failure::new(Reason::Invalid, format!("index.yaml: {message}"));
    let credential = client.credential(url)?;
    let at = below(url, "index.yaml")?;
    let bytes = client
        .fetch(at, credential.as_ref(), client.options.max_index_size)
        .map_err(|failure| match failure.reason {
            // No index is no repository.
            Reason::RevisionNotFound => Failure::new(Reason::Unreachable, failure.message),
            _ => failure,
        })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("not valid UTF-8".into()))?;
    let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
    let value = yaml::read(text, &options).map_err(|error| invalid(error.to_string()))?;
    if value.get("apiVersion").is_none_or(Value::is_null) {
        return Err(invalid("no API version specified".into()));
    }
    Ok(Index(value))
}

impl Index {
    /// The versions of a chart as the index has them.
    pub(super) fn versions(&self, name: &str) -> Vec<String> {
        let entries = self.entries(name).iter();
        entries
            .filter_map(|entry| Some(entry.get("version")?.as_str()?.to_owned()))
            .collect()
    }

    fn entries(&self, name: &str) -> &[Value] {
        let entries = self.0.get("entries").and_then(|entries| entries.get(name));
        entries.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The entry of a version: by its very text, else by what the text means.
    fn entry(&self, name: &str, version: &str) -> Option<&Value> {
        let text = |entry: &Value| {
            entry
                .get("version")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let same = |entry: &&Value| text(entry).as_deref() == Some(version);
        let wanted = Version::parse(version).ok()?;
        let equal = |entry: &&Value| {
            let found = text(entry).and_then(|text| Version::parse(&text).ok());
            found.is_some_and(|found| found.precedence(&wanted).is_eq())
        };
        let entries = self.entries(name);
        entries
            .iter()
            .find(same)
            .or_else(|| entries.iter().find(equal))
    }
}

/// The packed chart, checked against the index's digest where it has one.
pub(super) fn archive(
    client: &Client,
    url: &str,
    name: &str,
    version: &str,
) -> Result<Vec<u8>, Failure> {
    let index = read(client, url)?;
    let entry = index
        .entry(name, version)
        .ok_or_else(|| Failure::missing(format!("no chart version found for {name}-{version}")))?;
    let first = entry
        .get("urls")
        .and_then(|urls| urls.get(0))
        .and_then(Value::as_str);
    let first = first.ok_or_else(|| {
        Failure::new(
            Reason::Invalid,
            format!("index.yaml: {name}-{version} has no URL"),
        )
    })?;
    let repository = below(url, "")?;
    let at = repository.join(first).map_err(|error| {
        Failure::new(Reason::Invalid, format!("index.yaml: {first:?}: {error}"))
    })?;
    // Credentials are for the repository; its index may point anywhere.
    let credential = client
        .credential(url)?
        .filter(|_| at.origin() == repository.origin());
    let bytes = client.fetch(at, credential.as_ref(), client.options.max_chart_size)?;
    let digest = entry
        .get("digest")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let digest = digest.strip_prefix("sha256:").unwrap_or(digest);
    check_digest(&bytes, digest, &format!("{name}-{version}"))?;
    Ok(bytes)
}

/// Compares the content's SHA-256 with what it should be, if that is known.
pub(super) fn check_digest(bytes: &[u8], expected: &str, what: &str) -> Result<(), Failure> {
    let digest = hexadecimal(&Sha256::digest(bytes));
    if expected.is_empty() || digest.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    let message = format!("{what}: the content has the digest {digest}, not {expected}");
    Err(Failure::new(Reason::Invalid, message))
}

/// `path` below the repository's URL, with the URL's own query.
fn below(url: &str, path: &str) -> Result<Url, Failure> {
    let invalid = |error: &dyn std::fmt::Display| {
        Failure::new(Reason::Unsupported, format!("not a URL: {error}"))
    };
    let mut url = Url::parse(url).map_err(|error| invalid(&error))?;
    let folder = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{folder}/{path}"));
    Ok(url)
}
