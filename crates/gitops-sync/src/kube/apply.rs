//! One object on its way into the cluster.

mod client_side;
mod established;
mod migrate;
mod recreate;
mod replace;
mod role_binding;
mod server_side;

use std::time::Duration;

use gitops_core::apply::{
    Applied, ApplyOptions, Conflicts, Error, FieldValidation, Outcome, Reason, Recreate, Strategy,
};
use gitops_core::discovery::Resource;
use gitops_core::{Object, ObjectRef, Scope};
use serde_json::Value;

use super::failure::Failure;
use super::request::{Reply, Request};
use super::{Cluster, object, path};

/// How often a change is tried anew on what somebody else made of the object.
const CONFLICTS: u32 = 5;

/// The pause after all but the first of them.
const CONFLICT_PAUSE: Duration = Duration::from_secs(1);

/// What the server alone may set; it refuses or misreads an object that brings it.
const SET_BY_SERVER: [&str; 3] = ["managedFields", "resourceVersion", "uid"];

/// An object to be made so, and how.
pub(super) struct Target<'a> {
    cluster: &'a Cluster,
    resource: Resource,
    at: ObjectRef,
    object: Object,
    options: &'a ApplyOptions,
}

impl<'a> Target<'a> {
    /// Finds out where the object belongs.
    pub(super) async fn new(
        cluster: &'a Cluster,
        object: &Object,
        options: &'a ApplyOptions,
    ) -> Result<Self, Error> {
        let kind = object.group_version_kind();
        let resource = cluster.kinds.find(&cluster.server, &kind).await?;
        let object = clean(object, resource.scope)?;
        let target = Self {
            cluster,
            at: object.reference(),
            resource,
            object,
            options,
        };
        if target.at.name.is_empty() && options.strategy != Strategy::Create {
            let message = format!(
                "{} with generateName can only be created",
                target.at.kind.kind
            );
            return Err(Error::new(Reason::Invalid, message));
        }
        Ok(target)
    }

    /// Makes the cluster hold the object.
    pub(super) async fn apply(&self) -> Result<Applied, Error> {
        let outcome = match self.options.strategy {
            Strategy::ClientSide => client_side::apply(self).await,
            Strategy::ServerSide => server_side::apply(self).await,
            Strategy::Create => self.create_as_is().await,
            Strategy::Replace => replace::apply(self).await,
        };
        let mut applied = self.cluster.noticing(outcome)?;
        if applied.object.deletion_timestamp().is_some() {
            let warning = format!("{} is being deleted, so the change will not last", self.at);
            applied.warnings.push(warning);
        }
        if object::is_definition(&self.resource) && !self.options.dry_run {
            return Ok(established::wait(self.cluster, applied).await);
        }
        Ok(applied)
    }

    async fn create_as_is(&self) -> Result<Applied, Error> {
        let reply = self.create(&self.object).await?;
        applied(Outcome::Created, reply)
    }

    /// The live object.
    async fn live(&self) -> Result<Option<Object>, Error> {
        object::read(&self.cluster.server, &self.url()?).await
    }

    /// Creates an object of the target's kind and place.
    async fn create(&self, object: &Object) -> Result<Reply<Object>, Failure> {
        let url = path::parent(&self.resource, &self.at)?;
        self.write(Request::post(url, &self.resource, object.value()))
            .await
    }

    /// Puts an object, with the resource version it brings, in the live one's place.
    async fn put(&self, object: &Value) -> Result<Reply<Object>, Failure> {
        self.write(Request::put(self.url()?, &self.resource, object))
            .await
    }

    /// Changes the live object in the way of `content_type`.
    async fn patch(
        &self,
        content_type: &'static str,
        patch: &Value,
    ) -> Result<Reply<Object>, Failure> {
        let request = Request::patch(self.url()?, &self.resource, content_type, patch);
        self.write(request).await
    }

    async fn write(&self, request: Request) -> Result<Reply<Object>, Failure> {
        let validation = match self.options.validation {
            FieldValidation::Warn => "Warn",
            FieldValidation::Strict => "Strict",
            FieldValidation::Ignore => "Ignore",
        };
        let request = request
            .query("fieldManager", &self.options.manager)
            .query("fieldValidation", validation)
            .dry_run(self.options.dry_run);
        self.cluster.server.send(&request).await
    }

    fn url(&self) -> Result<String, Error> {
        path::object(&self.resource, &self.at)
    }

    /// What became of `live`, by what the server answered.
    fn outcome(&self, live: Option<&Object>, reply: &Reply<Object>) -> Outcome {
        let after = reply.content.as_ref();
        match (live, after) {
            _ if reply.created => Outcome::Created,
            (Some(live), Some(after)) if self.is_same(live, after) => Outcome::Unchanged,
            _ => Outcome::Configured,
        }
    }

    /// A dry run leaves the resource version as it is, so there the content counts.
    fn is_same(&self, live: &Object, after: &Object) -> bool {
        if !self.options.dry_run {
            return live.resource_version() == after.resource_version();
        }
        let content = |object: &Object| {
            let mut value = object.value().clone();
            if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
                for field in ["managedFields", "resourceVersion", "generation"] {
                    metadata.remove(field);
                }
            }
            value
        };
        content(live) == content(after)
    }

    /// Whether the object may be deleted and created again after this refusal.
    fn may_recreate(&self, refusal: &Error) -> bool {
        let refused = match refusal.reason {
            Reason::Invalid => true,
            // To whom conflicts shall fail, a conflict is the answer.
            Reason::Conflict => {
                self.options.strategy != Strategy::ServerSide
                    || self.options.conflicts == Conflicts::Force
            }
            _ => false,
        };
        refused && self.options.recreate == Recreate::WhenRefused && !self.is_kept()
    }

    /// Kinds whose deletion takes much else with it.
    fn is_kept(&self) -> bool {
        self.resource.kind.kind == "Namespace" || object::is_definition(&self.resource)
    }
}

/// Whether a change was refused because the object changed, came or went since
/// `live` was read.
fn is_overtaken(refusal: &Error, live: Option<&Object>) -> bool {
    match refusal.reason {
        Reason::Conflict | Reason::AlreadyExists => true,
        Reason::NotFound => live.is_some(),
        _ => false,
    }
}

/// The object without what the server sets, and without a namespace where its
/// kind knows none.
fn clean(object: &Object, scope: Scope) -> Result<Object, Error> {
    let mut cleaned = object.clone();
    let outcome = cleaned.update(|value| {
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            for field in SET_BY_SERVER {
                metadata.remove(field);
            }
        }
    });
    outcome.map_err(|error| {
        Error::new(Reason::Invalid, format!("{object} is no object")).caused_by(error)
    })?;
    if scope == Scope::Cluster {
        cleaned.set_namespace(None);
    }
    Ok(cleaned)
}

/// What an apply left, with the server's warnings.
fn applied(outcome: Outcome, reply: Reply<Object>) -> Result<Applied, Error> {
    let warnings = reply.warnings.clone();
    Ok(Applied::new(outcome, reply.content()?).warnings(warnings))
}
