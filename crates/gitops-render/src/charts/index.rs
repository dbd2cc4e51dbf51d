//! Repositories with an `index.yaml`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gitops_core::source::Reason;
use gitops_core::yaml;
use reqwest::Url;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::client::{Client, Failure, State};
use super::oci;
use crate::helm::functions::hexadecimal;
use crate::version::Version;

/// Bytes of text that the kept indices were read from, together.
const MAX_KEPT: usize = 64 << 20;

/// What an index says of the charts of a repository, as far as it is needed.
pub(super) struct Index {
    versions: HashMap<String, Vec<ChartVersion>>,
    /// Bytes of the text it was read from.
    size: usize,
    state: State,
}

struct ChartVersion {
    version: String,
    url: Option<String>,
    digest: String,
}

/// Indices as they were last seen, by the URLs of their repositories.
///
/// They are used again as long as the server says that nothing changed.
#[derive(Default)]
pub(super) struct Indices(Mutex<HashMap<String, Arc<Index>>>);

impl Indices {
    fn get(&self, url: &str) -> Option<Arc<Index>> {
        self.lock().get(url).cloned()
    }

    fn keep(&self, url: &str, index: &Arc<Index>) {
        if !index.state.is_known() {
            return;
        }
        let mut kept = self.lock();
        kept.insert(url.to_owned(), Arc::clone(index));
        if kept.values().map(|index| index.size).sum::<usize>() > MAX_KEPT {
            kept.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Index>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The index of the repository at `url` as it is now.
pub(super) fn read(client: &Client, url: &str) -> Result<Arc<Index>, Failure> {
    let known = client.indices.get(url);
    let credential = client.credential(url)?;
    let at = below(url, "index.yaml")?;
    let state = known.as_ref().map(|index| &index.state);
    let answer = client
        .fetch_since(
            at,
            credential.as_ref(),
            client.options.max_index_size,
            state,
        )
        .map_err(|failure| match failure.reason {
            // No index is no repository.
            Reason::RevisionNotFound => Failure::new(Reason::Unreachable, failure.message),
            _ => failure,
        })?;
    match (answer, known) {
        (Some((bytes, state)), _) => {
            let index = Arc::new(Index::parse(&bytes, state)?);
            client.indices.keep(url, &index);
            Ok(index)
        }
        (None, Some(known)) => Ok(known),
        (None, None) => Err(Failure::new(
            Reason::Invalid,
            "index.yaml: not sent, though it was never seen",
        )),
    }
}

impl Index {
    fn parse(bytes: &[u8], state: State) -> Result<Self, Failure> {
        let invalid =
            |message: String| Failure::new(Reason::Invalid, format!("index.yaml: {message}"));
        let text = std::str::from_utf8(bytes).map_err(|_| invalid("not valid UTF-8".into()))?;
        let options = yaml::Options::default().dialect(yaml::Dialect::Helm);
        let value = yaml::read(text, &options).map_err(|error| invalid(error.to_string()))?;
        if value.get("apiVersion").is_none_or(Value::is_null) {
            return Err(invalid("no API version specified".into()));
        }
        let entries = value.get("entries").and_then(Value::as_object);
        let versions = entries.into_iter().flatten().map(|(name, versions)| {
            let versions = versions.as_array().into_iter().flatten();
            (
                name.clone(),
                versions.filter_map(ChartVersion::read).collect(),
            )
        });
        Ok(Self {
            versions: versions.collect(),
            size: bytes.len(),
            state,
        })
    }

    /// The versions of a chart as the index has them.
    pub(super) fn versions(&self, name: &str) -> Vec<String> {
        let entries = self.entries(name).iter();
        entries.map(|entry| entry.version.clone()).collect()
    }

    fn entries(&self, name: &str) -> &[ChartVersion] {
        self.versions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The entry of a version: by its very text, else by what the text means.
    fn entry(&self, name: &str, version: &str) -> Option<&ChartVersion> {
        let entries = self.entries(name);
        let same = entries.iter().find(|entry| entry.version == version);
        same.or_else(|| {
            let wanted = Version::parse(version).ok()?;
            entries.iter().find(|entry| {
                let found = Version::parse(&entry.version);
                found.is_ok_and(|found| found.precedence(&wanted).is_eq())
            })
        })
    }
}

impl ChartVersion {
    /// An entry; `None` for one that names no version.
    fn read(entry: &Value) -> Option<Self> {
        let url = entry.get("urls").and_then(|urls| urls.get(0)?.as_str());
        let digest = entry.get("digest").and_then(Value::as_str);
        Some(Self {
            version: entry.get("version")?.as_str()?.to_owned(),
            url: url.map(str::to_owned),
            digest: digest
                .map(|digest| digest.strip_prefix("sha256:").unwrap_or(digest))
                .unwrap_or_default()
                .to_owned(),
        })
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
    let first = entry.url.as_deref().ok_or_else(|| {
        Failure::new(
            Reason::Invalid,
            format!("index.yaml: {name}-{version} has no URL"),
        )
    })?;
    let bytes = match first.strip_prefix("oci://") {
        Some(reference) => oci::referred(client, reference, version)?,
        None => packed(client, url, first)?,
    };
    check_digest(&bytes, &entry.digest, &format!("{name}-{version}"))?;
    Ok(bytes)
}

/// What lies at `target`, which the index of the repository at `url` points to.
fn packed(client: &Client, url: &str, target: &str) -> Result<Vec<u8>, Failure> {
    let repository = below(url, "")?;
    let mut at = repository.join(target).map_err(|error| {
        Failure::new(Reason::Invalid, format!("index.yaml: {target:?}: {error}"))
    })?;
    if Url::parse(target).is_err() {
        // A relative URL is asked for as the index was, also with a token.
        at.set_query(repository.query());
    }
    // Credentials are for the repository; its index may point anywhere.
    let credential = client
        .credential(url)?
        .filter(|_| at.origin() == repository.origin());
    client.fetch(at, credential.as_ref(), client.options.max_chart_size)
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
