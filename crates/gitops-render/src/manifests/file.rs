//! The objects of one file.

use gitops_core::render::Error;
use gitops_core::yaml;
use gitops_core::{Object, TreePath};
use serde_json::Value;

/// A file that says this anywhere is none of ours.
const SKIP: &str = "+argocd:skip-file-rendering";

/// What YAML that cannot be read has in it when it was meant to be a manifest.
const MARKS: [&str; 3] = ["apiVersion:", "kind:", "metadata:"];

/// Reads the objects of the file at `path`; nothing when it is no manifest.
pub(super) fn read(path: &TreePath, bytes: &[u8]) -> Vec<Result<Object, Error>> {
    let text = match yaml::decode(bytes) {
        Ok(text) => text,
        Err(error) => return vec![Err(at(path, &error))],
    };
    if text.contains(SKIP) {
        return Vec::new();
    }
    match extension(path) {
        "json" => json(path, &text),
        "jsonnet" => vec![Err(Error::at(
            path,
            "Jsonnet is not evaluated here; commit what it makes, or exclude the file",
        ))],
        _ => yaml(path, &text),
    }
}

fn extension(path: &TreePath) -> &str {
    let extension = path.name().rsplit_once('.');
    extension.map_or("", |(_, extension)| extension)
}

fn yaml(path: &TreePath, text: &str) -> Vec<Result<Object, Error>> {
    let options = yaml::Options::default();
    let mut meant = MARKS.iter().all(|mark| text.contains(mark));
    let mut results = Vec::new();
    for document in yaml::documents(text, &options) {
        meant |= document.value.as_ref().is_ok_and(is_manifest);
        results.extend(document.into_objects());
    }
    if !meant {
        return Vec::new();
    }
    located(path, results)
}

/// Whether somebody meant an object by a document, whatever it lacks.
fn is_manifest(value: &Value) -> bool {
    let has = |field| value.get(field).is_some_and(|value| !value.is_null());
    has("kind") || has("apiVersion") && has("metadata")
}

/// One object; JSON without a kind is somebody else's, such as a package's metadata.
fn json(path: &TreePath, text: &str) -> Vec<Result<Object, Error>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let first = match values.next() {
        None => return vec![Err(Error::at(path, "the file is empty"))],
        Some(Err(error)) => {
            let message = error.to_string();
            // serde_json adds the place, which is told already.
            let message = message.split(" at line ").next().unwrap_or_default();
            let error = Error::at(path, message).line(error.line(), Some(error.column()));
            return vec![Err(error)];
        }
        Some(Ok(value)) => value,
    };
    if first.is_object()
        && first
            .get("kind")
            .is_none_or(|kind| kind.as_str() == Some(""))
    {
        return Vec::new();
    }
    if values.next().is_some() {
        let message = "a JSON file may hold one object only; use a List or several files";
        return vec![Err(Error::at(path, message))];
    }
    located(path, yaml::objects(text, &yaml::Options::default()))
}

fn located(
    path: &TreePath,
    results: Vec<Result<Object, yaml::Error>>,
) -> Vec<Result<Object, Error>> {
    results
        .into_iter()
        .map(|result| result.map_err(|error| at(path, &error)))
        .collect()
}

fn at(path: &TreePath, error: &yaml::Error) -> Error {
    Error::at(path, error.problem.to_string()).line(error.line, Some(error.column))
}
