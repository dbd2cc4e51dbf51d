//! The objects of one file.

use gitops_core::render::Error;
use gitops_core::yaml::{self, Document, Problem};
use gitops_core::{Object, TreePath};
use serde_json::Value;

/// A comment with this text, anywhere in a file, leaves the file out.
const SKIP: &str = "+argocd:skip-file-rendering";

/// A file that cannot be read and lacks one of these was never meant as a manifest.
const MARKS: [&str; 3] = ["apiVersion:", "kind:", "metadata:"];

/// The objects of a file; none when it holds something else than manifests.
pub(super) fn objects(path: &TreePath, bytes: &[u8]) -> Result<Vec<Object>, Error> {
    if path.name().ends_with(".jsonnet") {
        let message = "Jsonnet is not supported; exclude the file or render it beforehand";
        return Err(Error::at(path, message));
    }
    let text = match yaml::decode(bytes) {
        Ok(text) => text,
        Err(error) => return Err(at(path, &error)),
    };
    if text.contains(SKIP) {
        return Ok(Vec::new());
    }
    let options = yaml::Options::default();
    let (objects, errors): (Vec<_>, Vec<_>) = yaml::documents(&text, &options)
        .filter(is_manifest)
        .flat_map(Document::into_objects)
        .partition(Result::is_ok);
    let objects: Vec<Object> = objects.into_iter().flatten().collect();
    let meant = !objects.is_empty() || MARKS.iter().all(|mark| text.contains(mark));
    let errors = errors
        .into_iter()
        .filter_map(Result::err)
        .filter(|error| meant || matches!(error.problem, Problem::Object { .. }))
        .map(|error| at(path, &error))
        .collect();
    match super::join(errors) {
        Some(error) => Err(error),
        None => Ok(objects),
    }
}

/// Whether a document says that it is an object: it has a kind, or an API version
/// and metadata. Values of a chart and other files are passed over.
fn is_manifest(document: &Document) -> bool {
    match &document.value {
        Err(_) => true,
        Ok(Value::Object(map)) => {
            map.contains_key("kind")
                || map.contains_key("apiVersion") && map.contains_key("metadata")
        }
        Ok(_) => false,
    }
}

fn at(path: &TreePath, error: &yaml::Error) -> Error {
    Error::at(path, error.problem.to_string()).line(error.line, Some(error.column))
}
