//! Manifests that an operation brings along, in place of what the sources hold.

use gitops_core::api::{Application, ApplicationSource, LocalManifests, SyncOperation};
use gitops_core::{Object, yaml};

use super::load::Desired;
use super::{Error, refresh};

/// What an Application is compared with while nothing is asked for: the manifests that
/// its last operation brought along, else its sources. A dry run changed nothing, so
/// what it brought along does not count.
pub(super) fn last_wanted(application: &Application) -> SyncOperation {
    let state = application.status.operation_state.as_ref();
    let last = state.and_then(|state| state.operation.sync.as_ref());
    let mut wanted = SyncOperation::default();
    if let Some(last) = last.filter(|last| !last.dry_run) {
        wanted.manifests.clone_from(&last.manifests);
    }
    wanted
}

/// What the manifests hold. They stand in for the sources, which are not asked, so no
/// revision is known.
pub(super) async fn desired(
    sources: Vec<ApplicationSource>,
    manifests: LocalManifests,
) -> Result<Desired, Error> {
    let objects = refresh::aside("reading the manifests", move || objects(&manifests)).await??;
    Ok(Desired {
        sources,
        revisions: Vec::new(),
        tools: Vec::new(),
        objects,
        warnings: Vec::new(),
    })
}

/// The objects of all manifests, which share the bounds of one.
fn objects(manifests: &LocalManifests) -> Result<Vec<Object>, Error> {
    let mut bounds = yaml::Options::default();
    let mut objects = Vec::new();
    for (index, text) in manifests.0.iter().enumerate() {
        let (mut nodes, mut bytes) = (0, 0);
        for object in yaml::objects(text, &bounds) {
            let number = index + 1;
            let object = object.map_err(|error| Error::Manifest { number, error })?;
            let spent = yaml::measure(object.value());
            (nodes, bytes) = (nodes + spent.0, bytes + spent.1);
            objects.push(object);
        }
        bounds.bytes = bounds.bytes.saturating_sub(bytes.max(text.len()));
        bounds.nodes = bounds.nodes.saturating_sub(nodes);
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<Vec<Object>, Error> {
        let texts = texts.iter().map(|text| (*text).to_owned());
        objects(&LocalManifests(texts.collect()))
    }

    #[test]
    fn texts_hold_json_documents_and_lists() {
        let texts = [
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"#,
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n---\n\
             {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]}",
            "",
            "null",
        ];
        let objects = read(&texts).unwrap();
        let names: Vec<&str> = objects.iter().map(Object::name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn a_text_that_cannot_be_read_is_named_without_what_it_holds() {
        let texts = ["", "kind: Secret\nstringData: {password: hunter2}\n"];
        let error = read(&texts).unwrap_err();
        assert_eq!(error.to_string(), "cannot read manifest 2 of the operation");
        let reason = std::error::Error::source(&error).unwrap().to_string();
        assert!(reason.starts_with("line 1"), "{reason}");
        assert!(!reason.contains("hunter2"), "{reason}");
    }

    #[test]
    fn texts_that_grow_share_the_bounds_of_one() {
        let large = "x".repeat(1 << 20);
        let aliases = "*a, ".repeat(60);
        let text = format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a}}, data: [&a {large}, {aliases}]}}"
        );
        assert!(read(&[&text]).is_ok());
        let error = read(&[&text, &text, &text]).unwrap_err();
        assert!(
            matches!(error, Error::Manifest { number: 3, .. }),
            "{error}"
        );
    }
}
