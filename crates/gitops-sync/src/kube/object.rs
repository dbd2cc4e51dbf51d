//! Single objects: read, changed in part, deleted.

use gitops_core::apply::{DeleteOptions, Error, Patch, PatchOptions, Propagation, Reason};
use gitops_core::discovery::Resource;
use gitops_core::{Object, ObjectRef};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::request::{Request, Server};
use super::{Cluster, path};
use crate::definition;

/// The content type of a JSON merge patch.
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";

/// The content type of a JSON patch.
pub(super) const JSON_PATCH: &str = "application/json-patch+json";

/// The object at `url`; `None` where there is none.
pub(super) async fn read(server: &Server, url: &str) -> Result<Option<Object>, Error> {
    match server.send(&Request::get(url)).await {
        Ok(reply) => reply.content().map(Some),
        Err(failure) if failure.error.is_not_found() => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// Whether the object defines kinds of its own.
pub(super) fn is_definition(resource: &Resource) -> bool {
    definition::is_definition(&resource.kind.group, &resource.kind.kind)
}

/// Whether what happens to objects of the kind changes which kinds are served.
pub(super) fn changes_kinds(resource: &Resource) -> bool {
    let kind = &resource.kind;
    is_definition(resource) || kind.group == "apiregistration.k8s.io" && kind.kind == "APIService"
}

impl Cluster {
    pub(super) async fn get_object(&self, object: &ObjectRef) -> Result<Option<Object>, Error> {
        let (_, url) = self.locate(object).await?;
        let outcome = read(&self.server, &url).await;
        self.noticing(outcome)
    }

    pub(super) async fn patch_object(
        &self,
        object: &ObjectRef,
        patch: &Patch,
        options: &PatchOptions,
    ) -> Result<Object, Error> {
        let (resource, mut url) = self.locate(object).await?;
        if let Some(subresource) = &options.subresource {
            url = format!("{url}/{}", path::encode(subresource));
        }
        let (content_type, body) = match patch {
            Patch::Merge(body) => (MERGE_PATCH, body),
            Patch::Json(body) => (JSON_PATCH, body),
        };
        let request = Request::patch(url, &resource, content_type, body)
            .query("fieldManager", &options.manager)
            .dry_run(options.dry_run);
        let reply = self.noticing(self.server.send(&request).await.map_err(Error::from))?;
        reply.content()
    }

    pub(super) async fn delete_object(
        &self,
        object: &ObjectRef,
        options: &DeleteOptions,
    ) -> Result<(), Error> {
        let (resource, url) = self.locate(object).await?;
        let request = Request::delete(url, &body(options));
        let outcome = self.server.send::<IgnoredAny>(&request).await;
        if is_definition(&resource) && !options.dry_run {
            self.kinds.forget();
        }
        self.noticing(outcome.map(drop).map_err(Error::from))
    }

    async fn locate(&self, object: &ObjectRef) -> Result<(Resource, String), Error> {
        let resource = self.kinds.find(&self.server, &object.kind).await?;
        let url = path::object(&resource, object)?;
        Ok((resource, url))
    }

    /// A kind that was known and is gone means that others may be gone too.
    pub(super) fn noticing<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &outcome
            && error.reason == Reason::UnknownKind
        {
            self.kinds.forget();
        }
        outcome
    }
}

fn body(options: &DeleteOptions) -> Value {
    let mut body = json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": match options.propagation {
            Propagation::Foreground => "Foreground",
            Propagation::Background => "Background",
            Propagation::Orphan => "Orphan",
        },
    });
    if let Some(uid) = &options.uid {
        body["preconditions"] = json!({"uid": uid});
    }
    if options.dry_run {
        body["dryRun"] = json!(["All"]);
    }
    body
}
