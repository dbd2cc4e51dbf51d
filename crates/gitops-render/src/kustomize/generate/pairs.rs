//! Keys and values of generated objects.

use std::collections::BTreeMap;

use crate::kustomize::Error;
use crate::kustomize::kustomization::GeneratorArgs;
use crate::kustomize::limits::Limits;
use crate::kustomize::load::Loader;

type Pair = (String, Vec<u8>);

/// The pairs of env files, literals and files.
pub(super) fn collect(
    args: &GeneratorArgs,
    loader: &Loader<'_>,
    limits: &Limits,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let mut pairs = Vec::new();
    for path in &args.envs {
        let bytes = loader
            .bytes(path, limits)
            .map_err(|error| loading(error, "env source files"))?;
        pairs.extend(env_file(&bytes).map_err(|error| loading(error, path))?);
    }
    for text in &args.literals {
        pairs.push(literal(text).map_err(|error| loading(error, "literal sources"))?);
    }
    for text in &args.files {
        pairs.push(file(text, loader, limits).map_err(|error| loading(error, "file sources"))?);
    }
    let mut data = BTreeMap::new();
    for (key, value) in pairs {
        if data.contains_key(&key) {
            let name = &args.name;
            return Err(Error::new(format!(
                "configmap {name} illegally repeats the key `{key}`"
            )));
        }
        data.insert(key, value);
    }
    Ok(data)
}

fn loading(error: Error, what: &str) -> Error {
    error.context(what).context("loading KV pairs")
}

fn literal(text: &str) -> Result<Pair, Error> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    // The text is not shown: it may be a secret.
    let (key, value) = pair.ok_or_else(|| {
        let key = text.split('=').next().unwrap_or_default();
        Error::new(format!("invalid literal source {key}, expected key=value"))
    })?;
    Ok((key.to_owned(), unquoted(value).as_bytes().to_vec()))
}

/// Takes one pair of equal quotes away.
fn unquoted(value: &str) -> &str {
    let inner = |quote| {
        value
            .strip_prefix(quote)
            .and_then(|rest: &str| rest.strip_suffix(quote))
    };
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

fn file(text: &str, loader: &Loader<'_>, limits: &Limits) -> Result<Pair, Error> {
    let parts: Vec<&str> = text.split('=').collect();
    let (key, path) = match parts[..] {
        [path] => (path.rsplit('/').next().unwrap_or(path), path),
        ["", _] => {
            return Err(Error::new(format!(
                "missing key name for file path {text:?}"
            )));
        }
        [_, ""] => {
            return Err(Error::new(format!(
                "missing file path for key name {text:?}"
            )));
        }
        [key, path] => (key, path),
        _ => {
            let message = format!("source {text:?} key name or file path contains '='");
            return Err(Error::new(message));
        }
    };
    Ok((key.to_owned(), loader.bytes(path, limits)?.to_vec()))
}

fn env_file(bytes: &[u8]) -> Result<Vec<Pair>, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = valid.matches('\n').count();
        Error::new(format!("line {} has invalid utf8 bytes", line + 1))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().map(str::trim_start);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            if key.is_empty() {
                return Err(Error::new("a line starts with '=' and names no key"));
            }
            Ok((key.to_owned(), value.as_bytes().to_vec()))
        })
        .collect()
}
